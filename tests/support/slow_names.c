// Preloaded into a program: a name server that never answers. Names that end in ".slow" are looked up for a
// minute, all others as ever.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <string.h>
#include <unistd.h>

__attribute__((visibility("default"))) int getaddrinfo(const char* node, const char* service,
                                                       const struct addrinfo* hints,
                                                       struct addrinfo** found) {
  const size_t length = node == NULL ? 0 : strlen(node);
  if (length > 5 && strcmp(node + length - 5, ".slow") == 0) {
    sleep(60);
    return EAI_AGAIN;
  }
  int (*real)(const char*, const char*, const struct addrinfo*, struct addrinfo**) = NULL;
  *(void**)&real = dlsym(RTLD_NEXT, "getaddrinfo");
  return real(node, service, hints, found);
}

#include "collector/transport/curl_library.h"

#include <dlfcn.h>

#include <initializer_list>

namespace alibi::transport {
namespace {

template <typename Function>
bool find(void* library, const char* name, Function* function) {
  *function = reinterpret_cast<Function>(dlsym(library, name));
  return *function != nullptr;
}

bool load(CurlLibrary* curl) {
  void* library = nullptr;
  for (const char* name : {"libcurl.so.4", "libcurl-gnutls.so.4", "libcurl.so"}) {
    if (library == nullptr) library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
  }
  return library != nullptr && find(library, "curl_global_init", &curl->global_init) &&
         find(library, "curl_easy_init", &curl->easy_init) &&
         find(library, "curl_easy_reset", &curl->easy_reset) &&
         find(library, "curl_easy_cleanup", &curl->easy_cleanup) &&
         find(library, "curl_easy_setopt", &curl->easy_setopt) &&
         find(library, "curl_easy_perform", &curl->easy_perform) &&
         find(library, "curl_easy_getinfo", &curl->easy_getinfo) &&
         find(library, "curl_easy_send", &curl->easy_send) &&
         find(library, "curl_easy_recv", &curl->easy_recv) &&
         find(library, "curl_easy_strerror", &curl->easy_strerror) &&
         find(library, "curl_slist_append", &curl->slist_append) &&
         find(library, "curl_slist_free_all", &curl->slist_free_all) &&
         find(library, "curl_multi_init", &curl->multi_init) &&
         find(library, "curl_multi_cleanup", &curl->multi_cleanup) &&
         find(library, "curl_multi_perform", &curl->multi_perform) &&
         find(library, "curl_multi_info_read", &curl->multi_info_read) &&
         find(library, "curl_multi_poll", &curl->multi_poll) &&
         find(library, "curl_multi_add_handle", &curl->multi_add_handle) &&
         find(library, "curl_multi_remove_handle", &curl->multi_remove_handle) &&
         curl->global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

}  // namespace

const CurlLibrary* curl_library() {
  static CurlLibrary curl;
  static const bool loaded = load(&curl);
  return loaded ? &curl : nullptr;
}

}  // namespace alibi::transport

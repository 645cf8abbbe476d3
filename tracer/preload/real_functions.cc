#include "tracer/preload/real_functions.h"

#include <dlfcn.h>

#include <cerrno>
#include <utility>

namespace alibi::preload {

constinit RealFunctions real_functions{};
constinit std::atomic<bool> real_functions_known{false};

namespace {

// Programs that were linked against an old C library ask for functions that a newer one keeps only under
// their old version.
void* find(const char* name) {
  if (void* const found = ::dlsym(RTLD_NEXT, name)) return found;
  for (const char* version : {"GLIBC_2.2.5", "GLIBC_2.4", "GLIBC_2.17"}) {
    if (void* const found = ::dlvsym(RTLD_NEXT, name, version)) return found;
  }
  return nullptr;
}

template <typename Function>
struct Missing;
template <typename Returned, typename... Parameters>
struct Missing<Returned (*)(Parameters...)> {
  static Returned call(Parameters...) {
    errno = ENOSYS;
    if constexpr (std::is_pointer_v<Returned>) return nullptr;
    if constexpr (std::is_integral_v<Returned>) return Returned(-1);
  }
};
template <typename Returned, typename... Parameters>
struct Missing<Returned (*)(Parameters..., ...)> {
  static Returned call(Parameters..., ...) {
    errno = ENOSYS;
    return Returned(-1);
  }
};

template <typename Function>
void look_up(const char* name, Function* function) {
  void* const found = find(name);
  *function = found != nullptr ? reinterpret_cast<Function>(found) : &Missing<Function>::call;
}

}  // namespace

const RealFunctions& look_up_real_functions() {
  const int error_number = errno;
#define ALIBI_LOOK_UP(name, result, parameters) look_up(#name, &real_functions.name);
  ALIBI_REAL_FUNCTIONS(ALIBI_LOOK_UP)
#undef ALIBI_LOOK_UP
  real_functions_known.store(true, std::memory_order_release);
  errno = error_number;
  return real_functions;
}

}  // namespace alibi::preload

// What the hooks of library_calls.cc have in common.
#ifndef ALIBI_RUBY_EXT_LIBRARY_HOOKS_H_
#define ALIBI_RUBY_EXT_LIBRARY_HOOKS_H_

#include <cerrno>
#include <cstddef>

#include "inputs.h"
#include "library_slots.h"
#include "observation.h"

namespace alibi::ruby {

struct Place {
  int folder;
  const char* path;
};

inline bool is_bad_address(long result) {
  return result < 0 && errno == EFAULT;
}

inline Observation observation(Act act, Place place, long result, int number = 0) {
  Observation seen;
  seen.act = act;
  seen.folder = place.folder;
  seen.path = place.path;
  seen.number = number;
  seen.error = result < 0 ? errno : 0;
  return seen;
}

// Before a call that may make what is there. errno stays.
Before before_making(Place place);
// Of a name that a table has, also where the headers do not.
void* real_function(const char* name);

struct HookTable {
  const Replacement* rows;
  size_t count;
};
HookTable path_hooks();
HookTable change_hooks();
HookTable other_hooks();

}  // namespace alibi::ruby

// A row for a function that has a hook of the same name in `Hooks<Origin>`.
#define ALIBI_ROW(name, hook)                                   \
  {                                                             \
    name, reinterpret_cast<void*>(&Hooks<Origin::kRuby>::hook), \
        reinterpret_cast<void*>(&Hooks<Origin::kOthers>::hook)  \
  }

#endif  // ALIBI_RUBY_EXT_LIBRARY_HOOKS_H_

#include "library_calls.h"

#include <dlfcn.h>

#include <string>
#include <vector>

#include "compat.h"
#include "library_hooks.h"
#include "library_slots.h"

namespace alibi::ruby {
namespace {

// Of the extensions that come with the interpreter.
std::string extension_folder() {
  int failed = 0;
  const VALUE before = rb_errinfo();
  VALUE folder =
      rb_eval_string_protect("defined?(RbConfig) ? RbConfig::CONFIG['rubyarchdir'].to_s : ''", &failed);
  if (failed != 0) rb_set_errinfo(before);
  if (failed != 0 || !RB_TYPE_P(folder, T_STRING) || RSTRING_LEN(folder) == 0) return {};
  std::string text(RSTRING_PTR(folder), static_cast<size_t>(RSTRING_LEN(folder)));
  RB_GC_GUARD(folder);
  return text + '/';
}

std::vector<Replacement>& replacements() {
  static auto* const made = new std::vector<Replacement>;
  return *made;
}

}  // namespace

Before before_making(Place place) {
  const int kept = errno;
  struct stat status {};
  const bool is_absent = Inputs::is_running() &&
                         ::fstatat(place.folder, place.path, &status, AT_SYMLINK_NOFOLLOW) != 0 &&
                         (errno == ENOENT || errno == ENOTDIR);
  errno = kept;
  return is_absent ? Before::kAbsent : Before::kThere;
}

void* real_function(const char* name) {
  return ::dlsym(RTLD_DEFAULT, name);
}

bool LibraryCalls::start() {
  if (replacements().empty()) {
    for (const HookTable& table : {path_hooks(), change_hooks(), other_hooks()})
      replacements().insert(replacements().end(), table.rows, table.rows + table.count);
  }
  LibrarySlots::start(replacements().data(), replacements().size(), extension_folder());
  return LibrarySlots::count() != 0;
}

void LibraryCalls::stop() {
  LibrarySlots::stop();
}

void LibraryCalls::look_again() {
  LibrarySlots::look_again();
}

void LibraryCalls::forked() {
  LibrarySlots::forked();
}

}  // namespace alibi::ruby

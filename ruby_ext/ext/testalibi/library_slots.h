// Puts functions of ours in the place of the C library's, in the tables by which loaded objects call them.
//
// Used by LibraryCalls. x86-64 and aarch64, ELF; elsewhere nothing is replaced. Left alone: the C library,
// the loader, the runtimes of compilers, and this very object.
#ifndef ALIBI_RUBY_EXT_LIBRARY_SLOTS_H_
#define ALIBI_RUBY_EXT_LIBRARY_SLOTS_H_

#include <cstddef>
#include <string>

namespace alibi::ruby {

struct Replacement {
  const char* name;
  void* for_ruby;    // in the interpreter and the extensions that come with it
  void* for_others;  // in all other objects; null: they keep the C library's
};

class LibrarySlots {
 public:
  // `ruby_folder`: of the extensions that come with the interpreter.
  static void start(const Replacement* replacements, size_t count, const std::string& ruby_folder);
  // In objects that were loaded since.
  static void look_again();
  // Where ours still are, what was there before is there again.
  static void stop();
  // In a child whose parent may have been at it.
  static void forked();
  static size_t count();
};

}  // namespace alibi::ruby

#endif  // ALIBI_RUBY_EXT_LIBRARY_SLOTS_H_

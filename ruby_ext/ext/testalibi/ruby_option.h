// The option of RUBYOPT by which a Ruby that is started joins the session: only in the environment that it is
// handed, never in the one of this process.
//
// Used by the hooks that start programs, on any thread, also in a child of vfork: what is made there lies on
// the stack. The interpreter that is started takes the option out again (started_process.rb).
#ifndef ALIBI_RUBY_EXT_RUBY_OPTION_H_
#define ALIBI_RUBY_EXT_RUBY_OPTION_H_

#include <cstddef>
#include <string_view>

namespace alibi::ruby {

class RubyOption {
 public:
  // Before hooks run. One with blanks cannot be handed over: then there is none.
  static void set(std::string_view option);

  // Calls `run` with the environment for this program.
  template <typename Run>
  static auto with(const char* program, char* const* settings, const Run& run) {
    const size_t size = needed(program, settings);
    if (size == 0) return run(settings);
    return run(extended(settings, __builtin_alloca(size)));
  }

 private:
  // Bytes for the environment with the option; 0: it stays as it is.
  static size_t needed(const char* program, char* const* settings);
  static char* const* extended(char* const* settings, void* space);
};

}  // namespace alibi::ruby

#endif  // ALIBI_RUBY_EXT_RUBY_OPTION_H_

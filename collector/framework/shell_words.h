// A command as a user writes it -> its words, quoted as in a shell (no variables, no patterns). Pure.
#ifndef ALIBI_COLLECTOR_FRAMEWORK_SHELL_WORDS_H_
#define ALIBI_COLLECTOR_FRAMEWORK_SHELL_WORDS_H_

#include <string>
#include <string_view>
#include <vector>

namespace alibi::framework {

struct ShellWords {
  std::vector<std::string> words;
  std::vector<std::string> warnings;
};

// The words alone, as Python's shlex.split makes them; bad quoting: split at blanks, with a warning.
ShellWords split_quoted(std::string_view text);

// Of a command. Bad quoting: split at blanks, with a warning. The first word that is just "--", and all after
// it, are dropped with a warning: options that are appended would be taken for something else behind it.
ShellWords split_command(std::string_view text);

}  // namespace alibi::framework

#endif  // ALIBI_COLLECTOR_FRAMEWORK_SHELL_WORDS_H_

#include "ruby_option.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

#include "process_inputs.h"
#include "tracer/abi/alibi.h"

namespace alibi::ruby {
namespace {

constexpr std::string_view kVariable = "RUBYOPT=";
// Fibers have small stacks.
constexpr size_t kMostSpace = 64 * 1024;

// Never freed: programs may be started until the process ends.
const std::string* option = nullptr;

std::string_view search_path() {
  const char* folders = ::getenv("PATH");
  return folders != nullptr ? folders : "/bin:/usr/bin";
}

bool is_variable(const char* setting) {
  return std::strncmp(setting, kVariable.data(), kVariable.size()) == 0;
}

}  // namespace

void RubyOption::set(std::string_view text) {
  const bool is_word = !text.empty() && text.find_first_of(" \t\r\n\f\v") == std::string_view::npos;
  option = is_word ? new std::string(text) : nullptr;
}

size_t RubyOption::needed(const char* program, char* const* settings) {
  if (option == nullptr || program == nullptr || settings == nullptr) return 0;
  const int kept = errno;
  Observation start{};
  look_at_environment(settings, &start);
  size_t size = 0;
  if (start.invited && ::access(program, X_OK) == 0) {
    const std::string_view folders = search_path();
    const alibi_program found =
        alibi_classify_program({program, std::strlen(program)}, {folders.data(), folders.size()});
    if (found.runs_ruby != 0) {
      size = kVariable.size() + option->size() + 2 + 2 * sizeof(char*);
      for (char* const* each = settings; *each != nullptr; ++each)
        size += sizeof(char*) + (is_variable(*each) ? std::strlen(*each) : 0);
    }
  }
  errno = kept;
  return size > kMostSpace ? 0 : size;
}

// A blank behind the option says that the variable was there.
char* const* RubyOption::extended(char* const* settings, void* space) {
  char** const made = static_cast<char**>(space);
  size_t count = 0;
  size_t place = 0;
  bool is_there = false;
  for (; settings[count] != nullptr; ++count) {
    made[count] = settings[count];
    if (is_there || !is_variable(settings[count])) continue;
    place = count;
    is_there = true;
  }
  const char* const before = is_there ? settings[place] + kVariable.size() : nullptr;
  if (!is_there) place = count++;
  made[count] = nullptr;
  char* text = reinterpret_cast<char*>(made + count + 1);
  made[place] = text;
  text = static_cast<char*>(mempcpy(text, kVariable.data(), kVariable.size()));
  text = static_cast<char*>(mempcpy(text, option->data(), option->size()));
  if (before != nullptr) {
    *text++ = ' ';
    std::strcpy(text, before);
  } else {
    *text = '\0';
  }
  return made;
}

}  // namespace alibi::ruby

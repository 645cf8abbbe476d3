#include "program_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace alibi::python {
namespace {

constexpr size_t kLongestFirstLine = 256;
constexpr int kDeepest = 4;  // scripts whose interpreter is a script

std::string first_bytes(const std::string& path) {
  char bytes[kLongestFirstLine];
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (file < 0) return {};
  const ssize_t length = ::read(file, bytes, sizeof bytes);
  ::close(file);
  return std::string(bytes, length > 0 ? static_cast<size_t>(length) : 0);
}

std::string_view base_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

// python, python3, python3.12, python3.13t, pypy is another one.
bool is_python_name(std::string_view name) {
  constexpr std::string_view kName = "python";
  if (!name.starts_with(kName)) return false;
  name.remove_prefix(kName.size());
  return name.find_first_not_of("0123456789.td-bg") == std::string_view::npos;
}

std::string_view take_word(std::string_view* line) {
  const size_t begin = line->find_first_not_of(" \t");
  if (begin == std::string_view::npos) return *line = {};
  line->remove_prefix(begin);
  const size_t end = std::min(line->find_first_of(" \t"), line->size());
  const std::string_view word = line->substr(0, end);
  line->remove_prefix(end);
  return word;
}

bool leads_to_python(const std::string& path, int depth, bool* is_script);

// `line`: what follows "#!".
bool interpreter_is_python(std::string_view line, int depth) {
  std::string_view word = take_word(&line);
  if (base_name(word) != "env") {
    bool unused = false;
    return leads_to_python(std::string(word), depth, &unused);
  }
  word = take_word(&line);
  if (word == "-S") word = take_word(&line);
  if (word.find('=') != std::string_view::npos || word.starts_with('-')) return false;
  for (const std::string& path : paths_of_program(std::string(word))) {
    bool unused = false;
    if (::access(path.c_str(), X_OK) == 0) return leads_to_python(path, depth, &unused);
  }
  return false;
}

bool leads_to_python(const std::string& path, int depth, bool* is_script) {
  if (depth > kDeepest) return false;
  const std::string bytes = first_bytes(path);
  const std::string_view view(bytes);
  *is_script = !view.starts_with(
      "\x7f"
      "ELF");
  if (!*is_script) return is_python_name(base_name(path));
  if (!view.starts_with("#!")) return false;
  const size_t end = view.find('\n');
  return end != std::string_view::npos && interpreter_is_python(view.substr(2, end - 2), depth + 1);
}

}  // namespace

std::vector<std::string> paths_of_program(const std::string& name) {
  const char* variable = std::getenv("PATH");
  std::string_view path = variable != nullptr ? variable : "/bin:/usr/bin";
  std::vector<std::string> paths;
  while (true) {
    const size_t end = std::min(path.find(':'), path.size());
    const std::string folder(path.substr(0, end));
    paths.push_back((folder.empty() ? "." : folder) + "/" + name);
    if (end == path.size()) return paths;
    path.remove_prefix(end + 1);
  }
}

ProgramFile::ProgramFile(const std::string& path) {
  is_python_ = leads_to_python(path, 0, &is_script_);
}

}  // namespace alibi::python

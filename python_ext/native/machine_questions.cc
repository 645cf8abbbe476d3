#include "machine_questions.h"

#include <string_view>

namespace alibi::python {
namespace {

bool is_of_system(std::string_view folder) {
  for (const std::string_view each : {"/bin", "/sbin", "/usr/bin", "/usr/sbin"}) {
    if (folder == each) return true;
  }
  return false;
}

}  // namespace

bool asks_machine(const std::string& path, const std::string& command) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos || !is_of_system(std::string_view(path).substr(0, slash))) return false;
  const std::string name = path.substr(slash + 1);
  // Without -p it writes the cache that it otherwise prints.
  if (name == "ldconfig")
    return command.size() > 3 && command.find(' ') == command.size() - 3 && command.ends_with(" -p");
  return name == "uname" || name == "getconf" || name == "lsb_release" || name == "arch";
}

}  // namespace alibi::python

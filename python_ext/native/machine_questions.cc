#include "machine_questions.h"

#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace alibi::python {
namespace {

bool is_of_system(std::string_view folder) {
  for (const std::string_view each : {"/bin", "/sbin", "/usr/bin", "/usr/sbin"}) {
    if (folder == each) return true;
  }
  return false;
}

// The first of PATH's folders that has it.
std::string folder_of(const std::string& program) {
  const char* variable = std::getenv("PATH");
  std::string_view path = variable != nullptr ? variable : "/bin:/usr/bin";
  while (!path.empty()) {
    const size_t end = path.find(':');
    std::string folder(path.substr(0, end));
    path = end == std::string_view::npos ? std::string_view() : path.substr(end + 1);
    if (access((folder + "/" + program).c_str(), X_OK) == 0) return folder;
  }
  return {};
}

}  // namespace

bool asks_machine(const std::string& program, const std::string& command) {
  const size_t slash = program.rfind('/');
  const std::string name = slash == std::string::npos ? program : program.substr(slash + 1);
  bool asks = name == "uname" || name == "getconf" || name == "lsb_release" || name == "arch";
  // Without -p it writes the cache that it otherwise prints.
  if (name == "ldconfig") asks = command == program + " -p";
  if (!asks) return false;
  return is_of_system(slash == std::string::npos ? folder_of(name) : program.substr(0, slash));
}

}  // namespace alibi::python

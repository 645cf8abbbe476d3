#include "tracer/base/blind_program.h"

#include <algorithm>
#include <array>

namespace alibi {
namespace {

constexpr std::array<std::string_view, 4> kFoldersOfSystem = {"/bin", "/sbin", "/usr/bin", "/usr/sbin"};
constexpr std::array<std::string_view, 4> kAskMachine = {"uname", "getconf", "lsb_release", "arch"};
// Neither date (the clock), nor test and which (files), nor env (what it starts).
constexpr std::array<std::string_view, 9> kKnowArguments = {"true", "false", "echo",     "printf", "sleep",
                                                            "seq",  "expr",  "basename", "dirname"};

bool is_among(const auto& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

bool is_blind_program(std::string_view path, std::string_view command) {
  const size_t slash = path.rfind('/');
  if (slash == std::string_view::npos || !is_among(kFoldersOfSystem, path.substr(0, slash))) return false;
  const std::string_view name = path.substr(slash + 1);
  // Without -p it writes the cache that it otherwise prints.
  if (name == "ldconfig")
    return command.size() > 3 && command.find(' ') == command.size() - 3 && command.ends_with(" -p");
  return is_among(kAskMachine, name) || is_among(kKnowArguments, name);
}

}  // namespace alibi

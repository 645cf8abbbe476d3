#include "collector/cli/data_folder.h"

#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace alibi::cli {
namespace {

constexpr char kName[] = ".alibi";

}  // namespace

std::string without_trailing_slashes(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

std::string data_folder(const std::string& chosen) {
  if (!chosen.empty()) return without_trailing_slashes(chosen);
  const char* variable = std::getenv("ALIBI_DATA");
  if (variable != nullptr && *variable != '\0') return without_trailing_slashes(variable);
  std::error_code failed;
  const std::filesystem::path working = std::filesystem::current_path(failed);
  if (failed) return kName;
  for (std::filesystem::path directory = working;; directory = directory.parent_path()) {
    if (std::filesystem::is_directory(directory / kName, failed)) return (directory / kName).string();
    if (directory == directory.parent_path()) return (working / kName).string();
  }
}

}  // namespace alibi::cli

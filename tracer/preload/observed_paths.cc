#include "tracer/preload/observed_paths.h"

#include <algorithm>
#include <array>

#include "tracer/base/kernel_path.h"

namespace alibi::preload {
namespace {

using namespace std::string_view_literals;

constexpr std::array kSystem = {"/usr"sv,   "/bin"sv,   "/sbin"sv,   "/lib"sv,
                                "/lib32"sv, "/lib64"sv, "/libx32"sv, "/etc"sv};
// Not the distribution's.
constexpr std::array kOwn = {"/usr/local"sv};

constexpr std::array kVariables = {"PWD"sv,     "OLDPWD"sv,  "SHLVL"sv,         "_"sv,        "TERM"sv,
                                   "COLUMNS"sv, "LINES"sv,   "LANG"sv,          "LANGUAGE"sv, "LOCPATH"sv,
                                   "NLSPATH"sv, "CHARSET"sv, "OUTPUT_CHARSET"sv};
constexpr std::array kVariablePrefixes = {"LD_"sv,     "LC_"sv,    "ALIBI_"sv, "PYTEST_"sv,
                                          "MALLOC_"sv, "GLIBC_"sv, "GCONV_"sv};

constexpr std::array kShells = {"sh"sv,      "dash"sv, "bash"sv,         "rbash"sv,    "ash"sv,
                                "busybox"sv, "ksh"sv,  "mksh"sv,         "zsh"sv,      "fish"sv,
                                "csh"sv,     "tcsh"sv, "env"sv,          "printenv"sv, "awk"sv,
                                "gawk"sv,    "mawk"sv, "original-awk"sv, "perl"sv};

bool is_at_or_below(std::string_view path, std::string_view folder) {
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

template <typename Folders>
bool is_below_any(std::string_view path, const Folders& folders) {
  return std::ranges::any_of(folders, [&](std::string_view each) { return is_at_or_below(path, each); });
}

}  // namespace

std::string absolute_path(std::string_view path, std::string_view folder, std::vector<PassedFolder>* passed) {
  std::string whole;
  if (!path.starts_with('/')) {
    whole = folder;
    whole += '/';
  }
  whole += path;
  std::string result;
  result.reserve(whole.size());
  for (size_t begin = 0; begin < whole.size();) {
    const size_t end = std::min(whole.find('/', begin), whole.size());
    const std::string_view part = std::string_view(whole).substr(begin, end - begin);
    if (part == "..") return climbed_path(whole, passed);
    if (!part.empty() && part != ".") {
      result += '/';
      result += part;
    }
    begin = end + 1;
  }
  return result.empty() ? "/" : result;
}

bool is_noise(std::string_view path) {
  return is_kernel_path(path) || path.find("/.alibi/") != std::string_view::npos;
}

bool is_of_machine(std::string_view path, std::string_view root) {
  if (is_noise(path)) return true;
  if (root.size() > 1 && is_at_or_below(path, root)) return false;
  return is_below_any(path, kSystem) && !is_below_any(path, kOwn);
}

bool is_noise_variable(std::string_view name) {
  return std::ranges::find(kVariables, name) != kVariables.end() ||
         std::ranges::any_of(kVariablePrefixes,
                             [&](std::string_view each) { return name.starts_with(each); });
}

bool reads_whole_environment(std::string_view program) {
  std::string_view name = program.substr(program.rfind('/') + 1);
  // perl5.36
  if (name.starts_with("perl5")) name = "perl";
  return std::ranges::find(kShells, name) != kShells.end();
}

}  // namespace alibi::preload

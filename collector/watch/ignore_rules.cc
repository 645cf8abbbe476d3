#include "collector/watch/ignore_rules.h"

#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace alibi::watch {
namespace {

constexpr std::array<std::string_view, 25> kFolders = {
    ".alibi", ".bundle",       ".cache",      ".eggs",        ".git",
    ".hg",    ".hypothesis",   ".idea",       ".jj",          ".mypy_cache",
    ".nox",   ".pytest_cache", ".ruff_cache", ".svn",         ".tox",
    ".venv",  ".vscode",       ".yarn",       "__pycache__",  "__pypackages__",
    "build",  "dist",          "htmlcov",     "node_modules", "venv"};

bool ends_with_any(std::string_view name, std::initializer_list<std::string_view> endings) {
  return std::any_of(endings.begin(), endings.end(),
                     [&](std::string_view ending) { return name.ends_with(ending); });
}

// vim: .name.swp, .name.swo and on down the alphabet; .name.swpx while it tries whether it may.
bool is_vim_swap_file(std::string_view name) {
  const size_t dot = name.rfind(".sw");
  if (!name.starts_with('.') || dot == std::string_view::npos) return false;
  const std::string_view rest = name.substr(dot + 3);
  return rest == "px" || (rest.size() == 1 && std::islower(static_cast<unsigned char>(rest[0])) != 0);
}

bool is_editors_own(std::string_view name) {
  return name == "4913" ||                                  // vim, to see whether it can create files
         name.ends_with('~') || is_vim_swap_file(name) ||   // backups
         name.starts_with(".#") ||                          // Emacs' locks
         (name.starts_with('#') && name.ends_with('#')) ||  // and what it saves by itself
         name.starts_with(".goutputstream-") ||             // GNOME
         ends_with_any(name, {"___jb_tmp___", "___jb_old___", ".kate-swp"}) ||
         (name.starts_with(".~lock.") && name.ends_with('#'));  // LibreOffice
}

bool is_made_by_tools(std::string_view name) {
  return ends_with_any(name, {".pyc", ".pyo"}) || name == ".coverage" || name.starts_with(".coverage.") ||
         name == ".DS_Store" || name == ".testmondata" || name.starts_with(".testmondata-");
}

}  // namespace

bool IgnoreRules::user_ignores(const std::string& name, const std::string& below_root) const {
  return std::any_of(patterns_.begin(), patterns_.end(), [&](const std::string& pattern) {
    const std::string& text = pattern.find('/') == std::string::npos ? name : below_root;
    return ::fnmatch(pattern.c_str(), text.c_str(), 0) == 0;
  });
}

bool IgnoreRules::ignores_folder(const std::string& name, const std::string& below_root) const {
  return std::find(kFolders.begin(), kFolders.end(), name) != kFolders.end() || name.ends_with(".egg-info") ||
         user_ignores(name, below_root);
}

bool IgnoreRules::ignores_file(const std::string& name, const std::string& below_root) const {
  return is_editors_own(name) || is_made_by_tools(name) || user_ignores(name, below_root);
}

}  // namespace alibi::watch

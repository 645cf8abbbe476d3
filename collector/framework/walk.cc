#include "collector/framework/walk.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

namespace alibi::framework {
namespace {

constexpr std::array<std::string_view, 7> kForeign = {"node_modules", ".git", ".hg", ".svn",
                                                      ".venv",        ".tox", ".nox"};

bool is_excluded(const Walk& walk, const std::string& path) {
  return walk.exclude.has_value() && walk.exclude->matches(path);
}

bool is_below_excluded(const Walk& walk, const std::string& path) {
  if (is_excluded(walk, path)) return true;
  for (size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    if (is_excluded(walk, path.substr(0, slash))) return true;
  }
  return false;
}

struct Folder {
  std::string path;
  bool is_linked = false;  // or below one that is
};

bool is_entered(const Walk& walk, const Folder& above, const Entry& entry, const Folder& folder,
                const Disk& disk) {
  if (!walk.include.may_match_below(folder.path)) return false;
  if (entry.kind == EntryKind::kLinkedFolder) return walk.manner == Manner::kRubyAndLinks && !above.is_linked;
  if (entry.kind != EntryKind::kFolder) return false;
  return walk.manner != Manner::kOwn || !is_foreign_folder(walk.directory, folder.path, disk);
}

}  // namespace

bool is_foreign_folder(const std::string& directory, const std::string& folder, const Disk& disk) {
  const std::string name = folder.substr(folder.rfind('/') + 1);
  if (std::ranges::find(kForeign, name) != kForeign.end()) return true;
  if (folder == "vendor/bundle" || folder.ends_with("/vendor/bundle")) return true;
  return disk.is_file(joined(joined(directory, folder), "pyvenv.cfg"));
}

std::vector<std::string> files_of(const Walk& walk, const Disk& disk) {
  std::set<std::string> found;
  std::vector<Folder> waiting;
  for (const std::string& base : walk.include.bases()) {
    if (!is_below_excluded(walk, base)) waiting.push_back({base});
  }
  while (!waiting.empty()) {
    const Folder folder = std::move(waiting.back());
    waiting.pop_back();
    for (const Entry& entry : disk.entries(joined(walk.directory, folder.path))) {
      if (walk.manner != Manner::kOwn && entry.name.starts_with('.')) continue;
      Folder below{joined(folder.path, entry.name),
                   folder.is_linked || entry.kind == EntryKind::kLinkedFolder};
      if (is_excluded(walk, below.path)) continue;
      if (entry.kind == EntryKind::kFile) {
        if (walk.include.matches(below.path)) found.insert(std::move(below.path));
      } else if (is_entered(walk, folder, entry, below, disk)) {
        waiting.push_back(std::move(below));
      }
    }
  }
  return {found.begin(), found.end()};
}

std::vector<std::string> files_among(const Walk& walk, std::vector<std::string> files) {
  std::set<std::string> found;
  for (std::string& file : files) {
    if (walk.include.matches(file) && !is_below_excluded(walk, file)) found.insert(std::move(file));
  }
  return {found.begin(), found.end()};
}

Result<std::vector<std::string>> without_excluded(std::vector<std::string> files,
                                                  const plan::Settings& settings) {
  const Result<Walk> walk = walk_for("", "**", settings);
  if (!walk) return walk.error();
  std::erase_if(files, [&](const std::string& file) { return is_below_excluded(*walk, file); });
  return files;
}

Result<Walk> walk_for(const std::string& directory, const std::string& pattern,
                      const plan::Settings& settings) {
  Result<Glob> include = Glob::compile(pattern);
  if (!include) return std::move(include).error();
  Walk walk{directory, std::move(*include), std::nullopt, Manner::kOwn};
  if (settings.tests_exclude.empty()) return walk;
  Result<Glob> exclude = Glob::compile(settings.tests_exclude);
  if (!exclude) return std::move(exclude).error();
  walk.exclude = std::move(*exclude);
  return walk;
}

}  // namespace alibi::framework

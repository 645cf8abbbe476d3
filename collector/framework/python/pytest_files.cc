#include "collector/framework/python/pytest_files.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace alibi::framework {
namespace {

using Words = std::vector<std::string>;

// Python's glob: names that begin with a dot only where the pattern says so.
void expand(const std::string& folder, const Words& names, size_t at, const Disk& disk, Words* into) {
  if (at == names.size()) {
    into->push_back(folder);
    return;
  }
  const std::string& name = names[at];
  const bool any_depth = name == "**";
  if (any_depth) expand(folder, names, at + 1, disk, into);
  if (name.find_first_of("*?[") == std::string::npos) {
    const std::string path = joined(folder, name);
    if (disk.is_folder(path) || disk.is_file(path)) expand(path, names, at + 1, disk, into);
    return;
  }
  for (const Entry& entry : disk.entries(folder)) {
    if (entry.name[0] == '.' && name[0] != '.') continue;
    const std::string path = joined(folder, entry.name);
    const bool is_last = at + 1 == names.size();
    if (any_depth) {
      if (disk.is_folder(path) && entry.kind != EntryKind::kLinkedFolder)
        expand(path, names, at, disk, into);
      else if (is_last)
        into->push_back(path);
    } else if (fnmatch(name, entry.name) && (is_last || disk.is_folder(path))) {
      expand(path, names, at + 1, disk, into);
    }
  }
}

class Collection {
 public:
  Collection(std::string directory, const PytestConfiguration& configuration, const PytestOptions& options,
             const Disk& disk)
      : directory_(std::move(directory)), options_(options), disk_(disk) {
    python_files_ = configuration.of("python_files", kPythonFiles);
    stop_at_ = configuration.of("norecursedirs", kNoRecurseDirs);
    doctests_ = options.doctest_patterns.empty() ? Words{"test*.txt"} : options.doctest_patterns;
    for (const std::string& path : options.ignored) ignored_.insert(absolute(path));
    for (const std::string& path : options.ignored_patterns) ignored_patterns_.push_back(absolute(path));
  }

  void add_place(const std::string& place) {
    const std::string path = absolute(place);
    if (disk_.is_folder(path)) {
      visit(path, {});
    } else if (disk_.is_file(path)) {
      const bool is_text = path.ends_with(".txt") || path.ends_with(".rst");
      if (path.ends_with(".py") || (is_text && has_examples(path)) || is_doctest(path)) found_.insert(path);
    }
  }

  Words take() {
    Words files;
    for (const std::string& path : found_) files.push_back(relative_to(directory_, path));
    std::ranges::sort(files);
    return files;
  }

 private:
  std::string absolute(const std::string& path) const { return normal_path(joined(directory_, path)); }

  // `way`: folders without links that led here, from the first link on.
  void visit(const std::string& folder, const Words& way) {
    for (const Entry& entry : disk_.entries(folder)) {
      const std::string path = joined(folder, entry.name);
      if (entry.kind == EntryKind::kFile) {
        if (!is_ignored(path) && is_collected(path)) found_.insert(path);
      } else if (entry.kind != EntryKind::kOther && enters(path, entry.name)) {
        Words further = way;
        if (!way.empty() || entry.kind == EntryKind::kLinkedFolder) {
          if (way.empty()) add_way(folder, &further);
          const std::string real = disk_.resolved(path);
          if (real.empty() || std::ranges::find(further, real) != further.end()) continue;
          further.push_back(real);
        }
        visit(path, further);
      }
    }
  }

  void add_way(const std::string& folder, Words* way) const {
    for (std::string above = disk_.resolved(folder); !above.empty(); above.resize(above.rfind('/')))
      way->push_back(above);
    if (way->empty()) way->push_back("/");
  }

  bool enters(const std::string& path, const std::string& name) const {
    if (name == "__pycache__" || is_ignored(path)) return false;
    if (!options_.collects_in_virtualenv && is_virtual_environment(path)) return false;
    return std::ranges::none_of(stop_at_, [&](const auto& pattern) { return path_fnmatch(pattern, path); });
  }

  // pytest before 8.3 looks for the first, later ones for the second.
  bool is_virtual_environment(const std::string& path) const {
    for (const char* const name :
         {"bin/activate", "bin/activate.csh", "bin/activate.fish", "pyvenv.cfg", "conda-meta/history"}) {
      if (disk_.is_file(joined(path, name))) return true;
    }
    return false;
  }

  bool is_ignored(const std::string& path) const {
    if (ignored_.contains(path)) return true;
    return std::ranges::any_of(ignored_patterns_,
                               [&](const auto& pattern) { return fnmatch(pattern, path); });
  }

  bool is_collected(const std::string& path) const {
    if (!path.ends_with(".py")) return is_doctest(path);
    if (std::ranges::any_of(python_files_, [&](const auto& pattern) { return path_fnmatch(pattern, path); }))
      return true;
    return options_.doctest_modules && is_doctest_module(path);
  }

  bool has_examples(const std::string& path) const {
    return disk_.text(path).value_or("").find(">>>") != std::string::npos;
  }
  bool is_doctest(const std::string& path) const {
    return !path.ends_with(".py") &&
           std::ranges::any_of(doctests_, [&](const auto& pattern) { return path_fnmatch(pattern, path); }) &&
           has_examples(path);
  }
  bool is_doctest_module(const std::string& path) const {
    const std::string name = path.substr(path.rfind('/') + 1);
    if (name == "__main__.py") return false;
    const std::string text = disk_.text(path).value_or("");
    if (text.find(">>>") == std::string::npos) return false;
    return name != "setup.py" ||
           (text.find("setuptools") == std::string::npos && text.find("distutils") == std::string::npos);
  }

  std::string directory_;
  const PytestOptions& options_;
  const Disk& disk_;
  Words python_files_, stop_at_, doctests_, ignored_patterns_;
  std::set<std::string> ignored_, found_;
};

Words names_of(const std::string& path) {
  Words names;
  for (size_t begin = 0; begin < path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    if (end > begin) names.push_back(path.substr(begin, end - begin));
    begin = end + 1;
  }
  return names;
}

}  // namespace

Words pytest_files(const std::string& directory, const PytestConfiguration& configuration,
                   const PytestOptions& options, const Disk& disk) {
  const std::string root = normal_path(directory);
  Words places = options.places;
  if (places.empty() && configuration.root == root) {
    for (const std::string& path : configuration.of("testpaths", {})) {
      const std::string whole = normal_path(joined(root, path));
      expand("/", names_of(whole), 0, disk, &places);
    }
  }
  if (places.empty()) places.push_back(root);
  Collection collection(root, configuration, options, disk);
  for (const std::string& place : places) collection.add_place(place);
  return collection.take();
}

}  // namespace alibi::framework

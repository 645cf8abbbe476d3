#include "collector/change/import_finder.h"

#include <utility>

namespace alibi::change {

ImportFinder::ImportFinder(Search search, ProjectFiles* files, std::vector<std::string> path,
                           const std::vector<std::string>& builtin)
    : search_(search), files_(*files), path_(std::move(path)), builtin_(builtin.begin(), builtin.end()) {}

// In the order of importlib's FileFinder: a package, an extension, a source, a compiled source; else a
// folder.
std::string ImportFinder::find_in(const std::string& directory, const std::string& name, bool* is_package) {
  const auto& names = files_.names_in(directory);
  *is_package = false;
  const std::string place = directory + "/" + name;
  if (names.contains(name)) {
    const auto& inside = files_.names_in(place);
    for (const char* init : {"__init__.py", "__init__.pyc"}) {
      if (!inside.contains(init)) continue;
      *is_package = true;
      return place + "/" + init;
    }
  }
  // "name.cpython-311-x86_64-linux-gnu.so", "name.abi3.so", "name.so"
  const std::string dotted = name + ".";
  for (const std::string& candidate : names) {
    if (candidate.starts_with(dotted) && candidate.ends_with(".so")) return directory + "/" + candidate;
  }
  for (const char* suffix : {".py", ".pyc"}) {
    if (names.contains(name + suffix)) return place + suffix;
  }
  return {};
}

// Of Ruby, with or without its suffix.
std::string ImportFinder::find_feature(const std::string& stem) {
  const size_t slash = stem.rfind('/');
  if (slash == std::string::npos) return {};
  const auto& names = files_.names_in(stem.substr(0, slash));
  for (const char* suffix : {"", ".rb", ".so"}) {
    if (*suffix == '\0' && !stem.ends_with(".rb") && !stem.ends_with(".so")) continue;
    if (names.contains(stem.substr(slash + 1) + suffix)) return stem + suffix;
  }
  return {};
}

std::string ImportFinder::find_stem(const std::string& stem) {
  if (search_ == Search::kRuby) return find_feature(stem);
  const size_t slash = stem.rfind('/');
  if (slash == std::string::npos) return {};
  bool is_package = false;
  std::string found = find_in(stem.substr(0, slash), stem.substr(slash + 1), &is_package);
  if (found.empty() && files_.names_in(stem.substr(0, slash)).contains(stem.substr(slash + 1)) &&
      !files_.names_in(stem).empty())
    return stem;
  return found;
}

std::string ImportFinder::find(const std::string& module) {
  if (search_ == Search::kRuby) {
    for (const std::string& folder : path_) {
      std::string found = find_feature(module.starts_with('/') ? module : folder + "/" + module);
      if (!found.empty()) return found;
    }
    return {};
  }
  std::vector<std::string> folders = path_;
  std::string_view rest = module;
  while (true) {
    const size_t dot = rest.find('.');
    const std::string name(rest.substr(0, dot));
    std::vector<std::string> portions;
    std::string found;
    bool is_package = false;
    for (const std::string& folder : folders) {
      found = find_in(folder, name, &is_package);
      if (!found.empty()) break;
      if (files_.names_in(folder).contains(name) && !files_.names_in(folder + "/" + name).empty())
        portions.push_back(folder + "/" + name);
    }
    const bool last = dot == std::string_view::npos;
    if (last) return found.empty() && !portions.empty() ? portions.front() : found;
    if (found.empty() && portions.empty()) return {};
    if (!found.empty() && !is_package) return {};
    folders = found.empty() ? portions : std::vector<std::string>{found.substr(0, found.rfind('/'))};
    rest.remove_prefix(dot + 1);
  }
}

}  // namespace alibi::change

#include "collector/timings/file_names.h"

#include <algorithm>
#include <set>

namespace alibi::timings {
namespace {

constexpr size_t kLongest = 4096;
constexpr int kMostFolders = 64;

std::string cleaned(std::string_view path) {
  std::string clean(path.substr(0, kLongest));
  std::replace(clean.begin(), clean.end(), '\\', '/');
  while (clean.starts_with("./")) clean.erase(0, 2);
  return clean;
}

std::string stem_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  const size_t name = slash == std::string::npos ? 0 : slash + 1;
  return path.substr(0, path.find('.', name));
}

// "a/b/c" -> "b/c", "c".
template <typename Take>
void each_end(std::string_view path, Take take) {
  for (int folders = 0; folders < kMostFolders; ++folders) {
    const size_t slash = path.find('/');
    if (slash == std::string_view::npos) return;
    path.remove_prefix(slash + 1);
    if (!path.empty()) take(path);
  }
}

}  // namespace

FileNames::FileNames(const std::vector<std::string>& files) {
  const std::set<std::string> once(files.begin(), files.end());
  files_.assign(once.begin(), once.end());
  for (const std::string& file : files_) {
    const std::string stem = stem_of(file);
    add(file, &file, &paths_);
    add(stem, &file, &stems_);
    each_end(file, [&](std::string_view end) { add(std::string(end), &file, &ends_of_paths_); });
    each_end(stem, [&](std::string_view end) { add(std::string(end), &file, &ends_of_stems_); });
  }
}

void FileNames::add(const std::string& name, const std::string* file, Names* names) {
  const auto [place, is_new] = names->emplace(name, file);
  if (!is_new) place->second = nullptr;
}

NameMatch FileNames::find(const Names& names, std::string_view name) {
  const auto found = names.find(name);
  if (found == names.end()) return {};
  return {found->second, found->second == nullptr};
}

NameMatch FileNames::by_path(std::string_view path) const {
  const std::string clean = cleaned(path);
  if (clean.empty()) return {};
  NameMatch match = find(paths_, clean);
  if (match.file != nullptr || match.ambiguous) return match;
  const bool is_absolute = clean.front() == '/' || (clean.size() > 2 && clean[1] == ':' && clean[2] == '/');
  if (!is_absolute) return find(ends_of_paths_, clean);
  // The longest end is the project's own way of writing it. A name alone may be any project's.
  each_end(clean, [&](std::string_view end) {
    if (match.file == nullptr) match = find(paths_, end);
  });
  return match;
}

NameMatch FileNames::by_dotted_name(std::string_view name) const {
  std::string path(name.substr(0, kLongest));
  for (size_t at = path.find("::"); at != std::string::npos; at = path.find("::", at)) path.erase(at, 1);
  std::replace_if(
      path.begin(), path.end(), [](char letter) { return letter == '.' || letter == ':'; }, '/');
  // Classes and what they are in come last: "tests/unit/test_a/TestClass".
  for (int names = 0; !path.empty() && names < kMostFolders; ++names) {
    for (const Names* known : {&stems_, &ends_of_stems_}) {
      const NameMatch match = find(*known, path);
      if (match.file != nullptr || match.ambiguous) return match;
    }
    const size_t slash = path.rfind('/');
    path.resize(slash == std::string::npos ? 0 : slash);
  }
  return {};
}

}  // namespace alibi::timings

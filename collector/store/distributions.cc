#include "collector/store/distributions.h"

#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "collector/store/disk.h"
#include "tracer/base/hash.h"
#include "tracer/model/fingerprint.h"

namespace alibi::store {

std::string normalised_name(std::string_view name) {
  std::string plain;
  for (char letter : name) {
    const bool separator = letter == '-' || letter == '.';
    plain.push_back(separator ? '_' : static_cast<char>(std::tolower(static_cast<unsigned char>(letter))));
  }
  return plain;
}

namespace {

using collector::Distribution;

struct Metadata {
  std::string name;
  std::string version;
  std::vector<std::string> required;  // normalised names
  std::string editable_source;        // directory an editable installation points at; empty: a normal one
};

std::string_view take_line(std::string_view* text) {
  const size_t end = text->find('\n');
  std::string_view line = text->substr(0, end);
  text->remove_prefix(end == std::string_view::npos ? text->size() : end + 1);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

std::string read_text(const std::string& path) {
  Result<std::string> text = read_file(path);
  return text ? std::move(*text) : std::string();
}

bool is_directory(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

// "Under_Lying>=2; python_version > '3'": whatever marker or extra it stands under.
std::string required_name(std::string_view requirement) {
  requirement = trimmed(requirement);
  size_t length = 0;
  while (length < requirement.size() &&
         (std::isalnum(static_cast<unsigned char>(requirement[length])) != 0 ||
          std::string_view("-_.").find(requirement[length]) != std::string_view::npos))
    ++length;
  return normalised_name(requirement.substr(0, length));
}

// The headers end at the first empty line; what follows is a description that may say "Version: 9" too.
bool parse_headers(std::string_view text, Metadata* metadata) {
  while (!text.empty()) {
    const std::string_view line = take_line(&text);
    if (line.empty()) break;
    if (line.starts_with("Name:")) metadata->name = trimmed(line.substr(5));
    if (line.starts_with("Version:")) metadata->version = trimmed(line.substr(8));
    if (line.starts_with("Requires-Dist:")) metadata->required.push_back(required_name(line.substr(14)));
  }
  return !metadata->name.empty() && !metadata->version.empty();
}

std::string editable_source(const std::string& folder) {
  const nlohmann::json origin = nlohmann::json::parse(read_text(folder + "/direct_url.json"), nullptr, false);
  if (!origin.is_object() || !origin.contains("url") || !origin["url"].is_string()) return {};
  const auto kind = origin.find("dir_info");
  if (kind == origin.end() || !kind->is_object() ||
      !kind->value("editable", nlohmann::json(false)).is_boolean() ||
      !kind->value("editable", nlohmann::json(false)).get<bool>()) {
    return {};
  }
  const auto url = origin["url"].get<std::string>();
  constexpr std::string_view kFile = "file://";
  return url.starts_with(kFile) ? url.substr(kFile.size()) : std::string();
}

void add_top_level(std::string_view path, std::set<std::string>* modules) {
  const size_t slash = path.find('/');
  std::string_view top = path.substr(0, slash);
  if (slash == std::string_view::npos) {
    const bool module = path.ends_with(".py") || path.ends_with(".so");
    if (!module) return;
    top = path.substr(0, path.find('.'));  // "name.cpython-311-x86_64-linux-gnu.so"
  }
  if (!top.empty() && top != ".." && top.find('.') == std::string_view::npos) modules->emplace(top);
}

// Top-level names that a distribution provides.
std::set<std::string> provided_modules(const std::string& folder) {
  std::set<std::string> modules;
  const std::string top_level = read_text(folder + "/top_level.txt");
  for (std::string_view text = top_level; !text.empty();) {
    if (const std::string_view line = trimmed(take_line(&text)); !line.empty()) modules.emplace(line);
  }
  if (!modules.empty()) return modules;
  const std::string record = read_text(folder + "/RECORD");
  for (std::string_view text = record; !text.empty();) {
    const std::string_view line = take_line(&text);
    add_top_level(line.substr(0, line.find(',')), &modules);
  }
  return modules;
}

constexpr size_t kMostSources = 20'000;

bool is_code(std::string_view name) {
  return name.ends_with(".py") || name.ends_with(".so") || name.ends_with(".pyd");
}

// Names and contents of the code files below a directory, the tests' caches left out.
void add_sources(const std::string& directory, size_t* left, ContentHasher* hasher) {
  for (const std::string& name : names_in(directory)) {
    const std::string path = directory + "/" + name;
    if (name == "__pycache__" || name.front() == '.' || *left == 0) continue;
    if (is_code(name)) {
      *left -= 1;
      const std::string content = read_text(path);
      hasher->update(name.c_str(), name.size() + 1);
      hasher->update(content.data(), content.size());
    } else if (is_directory(path)) {
      hasher->update(name.c_str(), name.size() + 1);
      add_sources(path, left, hasher);
    }
  }
}

// Code that no metadata speaks of, a folder on the path for example, is known by its content.
std::string version_of_sources(const std::string& path) {
  ContentHasher hasher;
  const size_t slash = path.find_last_of('/');
  if (path.compare(slash + 1, 9, "__init__.") == 0) {
    size_t left = kMostSources;
    add_sources(path.substr(0, slash), &left, &hasher);
    if (left == 0) return "more than " + std::to_string(kMostSources) + " files";
  } else {
    const std::string content = read_text(path);
    hasher.update(content.data(), content.size());
  }
  return "content " + model::to_hex(hasher.finish());
}

// One directory of sys.path with metadata folders in it.
class Site {
 public:
  explicit Site(const std::string& directory) {
    for (const std::string& name : names_in(directory)) {
      const bool wheel = name.ends_with(".dist-info");
      if (!wheel && !name.ends_with(".egg-info")) continue;
      folders_.push_back(directory + "/" + name);
    }
  }

  bool empty() const { return folders_.empty(); }

  std::vector<const Metadata*> providers_of(const std::string& module) {
    std::vector<const Metadata*> found;
    const std::string wanted = normalised_name(module);
    for (const std::string& folder : folders_) {
      // "six-1.16.0.dist-info" provides "six": no need to read every other record.
      const std::string name = folder.substr(folder.find_last_of('/') + 1);
      if (normalised_name(name.substr(0, name.find('-'))) != wanted) continue;
      if (const Metadata* metadata = read(folder); metadata != nullptr) found.push_back(metadata);
    }
    if (!found.empty()) return found;
    index_all();
    const auto range = by_module_.equal_range(module);
    for (auto place = range.first; place != range.second; ++place) found.push_back(place->second);
    return found;
  }

  // Editable installations whose source directory holds `path`.
  std::vector<const Metadata*> editable_providers_of(const std::string& path) {
    std::vector<const Metadata*> found;
    for (const std::string& folder : folders_) {
      const Metadata* metadata = read(folder);
      if (metadata == nullptr || metadata->editable_source.empty()) continue;
      if (path.starts_with(metadata->editable_source + "/")) found.push_back(metadata);
    }
    return found;
  }

 private:
  const Metadata* read(const std::string& folder) {
    const auto [place, added] = metadata_.try_emplace(folder);
    if (added) {
      const bool single_file = !is_directory(folder);  // distutils wrote NAME.egg-info as one file
      const std::string headers = read_text(single_file ? folder : folder + "/METADATA");
      const bool held = parse_headers(headers, &place->second) ||
                        parse_headers(read_text(folder + "/PKG-INFO"), &place->second);
      if (!held)
        place->second.name.clear();
      else
        place->second.editable_source = editable_source(folder);
    }
    return place->second.name.empty() ? nullptr : &place->second;
  }

  void index_all() {
    if (std::exchange(indexed_, true)) return;
    for (const std::string& folder : folders_) {
      const Metadata* metadata = read(folder);
      if (metadata == nullptr) continue;
      for (const std::string& module : provided_modules(folder)) by_module_.emplace(module, metadata);
    }
  }

  std::vector<std::string> folders_;
  std::map<std::string, Metadata> metadata_;
  std::multimap<std::string, const Metadata*> by_module_;
  bool indexed_ = false;
};

class Resolver {
 public:
  void add(const collector::ImportedModule& imported) {
    const std::string top = imported.module.substr(0, imported.module.find('.'));
    if (top.empty() || imported.path.empty() || imported.path.front() != '/') return;
    if (Site* site = site_above(imported.path); site != nullptr) {
      const bool source_tree = imported.path.find("/site-packages/") == std::string::npos &&
                               imported.path.find("/dist-packages/") == std::string::npos;
      const std::vector<const Metadata*> providers = site->providers_of(top);
      for (const Metadata* metadata : providers) note(*metadata, top, source_tree);
      if (providers.empty()) unclaimed_.emplace_back(top, imported.path);
    } else {
      elsewhere_.emplace_back(top, imported.path);
    }
  }

  std::vector<Distribution> finish() {
    for (const auto& [top, path] : elsewhere_) {
      bool claimed = false;
      for (auto& [directory, site] : sites_) {
        for (const Metadata* metadata : site.editable_providers_of(path)) {
          note(*metadata, top, true);
          claimed = true;
        }
      }
      if (!claimed) unclaimed_.emplace_back(top, path);
    }
    for (const auto& [top, path] : unclaimed_) {
      Found& found = found_[{top, version_of_sources(path)}];
      found.modules.insert(top);
    }
    std::vector<Distribution> distributions;
    for (auto& [key, found] : found_) {
      distributions.push_back(Distribution{key.first,
                                           key.second,
                                           found.editable,
                                           {found.modules.begin(), found.modules.end()},
                                           {found.required.begin(), found.required.end()}});
    }
    return distributions;
  }

 private:
  struct Found {
    bool editable = false;
    std::set<std::string> modules;
    std::set<std::string> required;
  };

  // A setuptools "develop" leaves its egg-info in the source tree: editable, like a direct_url.json that says
  // so.
  void note(const Metadata& metadata, const std::string& module, bool source_tree) {
    Found& found = found_[{metadata.name, metadata.version}];
    found.editable = found.editable || source_tree || !metadata.editable_source.empty();
    found.modules.insert(module);
    found.required.insert(metadata.required.begin(), metadata.required.end());
  }

  Site* site_above(const std::string& path) {
    for (size_t slash = path.find_last_of('/'); slash != 0 && slash != std::string::npos;
         slash = path.find_last_of('/', slash - 1)) {
      const std::string directory = path.substr(0, slash);
      auto place = sites_.find(directory);
      if (place == sites_.end()) place = sites_.emplace(directory, Site(directory)).first;
      if (!place->second.empty()) return &place->second;
    }
    return nullptr;
  }

  std::map<std::string, Site> sites_;
  std::vector<std::pair<std::string, std::string>> elsewhere_;  // top-level name, path
  std::vector<std::pair<std::string, std::string>> unclaimed_;  // likewise: no metadata speaks of it
  std::map<std::pair<std::string, std::string>, Found> found_;  // name, version
};

}  // namespace

std::vector<Distribution> resolve_distributions(const std::vector<collector::ImportedModule>& imported) {
  Resolver resolver;
  for (const collector::ImportedModule& module : imported) resolver.add(module);
  return resolver.finish();
}

}  // namespace alibi::store

#include "collector/change/new_sources.h"

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <algorithm>
#include <vector>

#include "collector/change/project_state.h"
#include "collector/store/disk.h"

namespace alibi::change {
namespace {

using collector::Input;
using collector::SessionCoverage;

constexpr std::string_view kListed = "autoload", kListedEagerly = "eager load", kSuffix = ".rb";

bool has_word(const Input& input, std::string_view word) {
  return input.kind == collector::InputKind::kDirectory &&
         std::string_view(input.detail).substr(0, input.detail.find('\n')) == word;
}

}  // namespace

bool is_autoload_listing(const Input& input) {
  return has_word(input, kListed) || is_eager_listing(input);
}

bool is_eager_listing(const Input& input) {
  return has_word(input, kListedEagerly);
}

std::string same_letters(std::string_view name) {
  std::string letters;
  for (const char each : name) {
    if (each == '_') continue;
    letters += each >= 'A' && each <= 'Z' ? static_cast<char>(each - 'A' + 'a') : each;
  }
  return letters;
}

// Only the hash of a listing was kept: where it differs, all is new that was not loaded. A folder that no
// autoloader listed is looked through; it is a module, or nothing.
class NewSources {
 public:
  NewSources(const SessionCoverage& coverage, ProjectFiles* files, UnitStore* units, ProjectChange* change)
      : files_(*files), units_(*units), change_(*change) {
    for (const collector::SourceFile& file : coverage.files) known_.insert(files_.here(file.path));
    for (const Input& input : coverage.inputs) {
      if (is_autoload_listing(input)) eager_[files_.here(input.subject)] |= is_eager_listing(input);
    }
  }

  void look_in(const std::string& folder) { look_in(folder, eager_[folder]); }

 private:
  void look_in(const std::string& folder, bool eager) {
    std::vector<std::string> names(files_.names_in(folder).begin(), files_.names_in(folder).end());
    std::sort(names.begin(), names.end());
    for (const std::string& name : names) {
      const std::string path = folder + "/" + name;
      if (name.starts_with('.') || !known_.insert(path).second) continue;
      if (name.ends_with(kSuffix)) {
        add(path, name.substr(0, name.size() - kSuffix.size()), eager);
      } else if (!eager_.contains(path) && !files_.names_in(path).empty()) {
        change_.sources.push_back({path, same_letters(name), false, nullptr});
        look_in(path, eager);
      }
    }
  }

  void add(const std::string& path, const std::string& stem, bool eager) {
    NewSource source{path, same_letters(stem), eager, nullptr};
    const recording::Observed& now = files_.content(path);
    if (eager && now.state == collector::InputState::kPresent)
      source.units = units_.units_of({{now.hash, path, [path] { return store::read_file(path); }}}).front();
    change_.sources.push_back(std::move(source));
  }

  ProjectFiles& files_;
  UnitStore& units_;
  ProjectChange& change_;
  absl::flat_hash_set<std::string> known_;
  absl::flat_hash_map<std::string, bool> eager_;  // by folder that was listed
};

void ProjectState::find_new_sources(const SessionCoverage& coverage, ProjectChange* change) {
  adopt(coverage);
  const auto listings = std::stable_partition(
      change->inputs.begin(), change->inputs.end(),
      [&](const InputChange& each) { return !is_autoload_listing(coverage.inputs[each.input]); });
  if (listings == change->inputs.end()) return;
  NewSources sources(coverage, &files_, &units_, change);
  for (auto each = listings; each != change->inputs.end(); ++each)
    sources.look_in(files_.here(coverage.inputs[each->input].subject));
  change->inputs.erase(listings, change->inputs.end());
}

}  // namespace alibi::change

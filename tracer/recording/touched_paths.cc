#include "tracer/recording/touched_paths.h"

#include <algorithm>

namespace alibi::recording {

void TouchedPaths::note(std::string_view path, Before before) {
  const size_t slash = path.rfind('/');
  if (slash == std::string_view::npos || count_ >= kMost) return;
  count_ += folders_[std::string(path.substr(0, slash))].emplace(path.substr(slash + 1), before).second;
}

bool TouchedPaths::any_in(const std::string& folder) const {
  if (!folders_.contains(folder)) return false;
  const size_t slash = folder.rfind('/');
  if (slash == std::string::npos) return true;
  const auto above = folders_.find(folder.substr(0, slash));
  if (above == folders_.end()) return true;
  const auto itself = above->second.find(folder.substr(slash + 1));
  return itself == above->second.end() || itself->second == Before::kThere;
}

void TouchedPaths::put_back(const std::string& folder, std::vector<std::string>* names) const {
  const auto touched = folders_.find(folder);
  if (touched == folders_.end()) return;
  for (const auto& [name, before] : touched->second) {
    const auto place = std::lower_bound(names->begin(), names->end(), name);
    const bool is_there = place != names->end() && *place == name;
    if (is_there && before == Before::kAbsent) names->erase(place);
    if (!is_there && before == Before::kThere) names->insert(place, name);
  }
}

}  // namespace alibi::recording

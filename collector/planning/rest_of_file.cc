#include "collector/planning/rest_of_file.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace alibi::planning {
namespace {

constexpr size_t kMostBytes = 64 * 1024;
constexpr char kDeselect[] = "--deselect=";

// Whether one of the sorted beginnings is one of the id's.
bool begins_with_any(std::string_view id, const std::set<std::string_view>& beginnings) {
  for (size_t length = 1; length <= id.size(); ++length)
    if (beginnings.contains(id.substr(0, length))) return true;
  return false;
}

// What the part leaves to the others, in their order.
std::vector<std::string> left_to_others(const std::vector<plan::Unit*>& parts, const plan::Unit* part) {
  std::vector<std::string> ids;
  for (const plan::Unit* other : parts) {
    if (other != part) ids.insert(ids.end(), other->selectors.begin(), other->selectors.end());
  }
  return ids;
}

bool may_be_the_rest(const plan::Unit& part, const std::vector<std::string>& others) {
  size_t bytes = 0;
  for (const std::string& id : others) bytes += id.size() + sizeof kDeselect;
  const std::set<std::string_view> beginnings(others.begin(), others.end());
  return bytes <= kMostBytes && std::ranges::none_of(part.selectors, [&](const std::string& id) {
           return begins_with_any(id, beginnings);
         });
}

}  // namespace

std::vector<plan::Unit> with_rest_of_files(std::vector<plan::Unit> units) {
  std::map<std::string, std::vector<plan::Unit*>> divided;
  for (plan::Unit& unit : units) {
    if (unit.is_part()) divided[unit.file].push_back(&unit);
  }
  for (const auto& [file, parts] : divided) {
    for (plan::Unit* part : parts) {
      const std::vector<std::string> others = left_to_others(parts, part);
      if (others.empty() || !may_be_the_rest(*part, others)) continue;
      part->selectors = {file};
      for (const std::string& id : others) part->selectors.push_back(kDeselect + id);
      break;
    }
  }
  return units;
}

}  // namespace alibi::planning

#include "collector/plan/rest_of_file.h"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace alibi::plan {
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
std::vector<std::string> left_to_others(const std::vector<Unit>& parts, const Unit* part) {
  std::vector<std::string> ids;
  for (const Unit& other : parts) {
    if (&other != part) ids.insert(ids.end(), other.selectors.begin(), other.selectors.end());
  }
  return ids;
}

bool may_be_the_rest(const Unit& part, const std::vector<std::string>& others) {
  size_t bytes = 0;
  for (const std::string& id : others) bytes += id.size() + sizeof kDeselect;
  const std::set<std::string_view> beginnings(others.begin(), others.end());
  return bytes <= kMostBytes && std::ranges::none_of(part.selectors, [&](const std::string& id) {
           return begins_with_any(id, beginnings);
         });
}

}  // namespace

void leave_rest_to_one(std::vector<Unit>* parts) {
  for (Unit& part : *parts) {
    const std::vector<std::string> others = left_to_others(*parts, &part);
    if (others.empty() || !may_be_the_rest(part, others)) continue;
    part.selectors = {part.file};
    for (const std::string& id : others) part.selectors.push_back(kDeselect + id);
    return;
  }
}

}  // namespace alibi::plan

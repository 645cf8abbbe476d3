#include "collector/planning/test_groups.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

namespace alibi::planning {
namespace {

using framework::DiscoveredTest;

constexpr char kOwnTests[] = "(the file's own tests)";

// All parameters of a function together: they may be others where the part runs.
std::string selector_of(const DiscoveredTest& test, const GroupRules& rules) {
  if (!rules.names_parameters) return test.selector;
  // A parameter may have "::" in it, a file's name a bracket.
  const size_t name = test.selector.starts_with(test.file) ? test.file.size() : test.selector.find("::");
  return test.selector.substr(0, test.selector.find('[', std::min(name, test.selector.size())));
}

// Functions of a module may share what they change, in their order; classes are meant to stand alone. Where
// tests already run in other orders or processes, functions are, too.
std::string group_of(const DiscoveredTest& test, const GroupRules& rules) {
  if (!test.group.empty()) return test.group;
  return rules.tests_run_apart ? selector_of(test, rules) : kOwnTests;
}

struct Gathered {
  plan::FileTests tests;
  std::map<std::string, size_t> groups;  // name -> place
  std::vector<uint64_t> counts;          // of tests, by group
  std::set<std::string> selectors;
  bool selectable = true;

  void add(const DiscoveredTest& test, const GroupRules& rules) {
    selectable = selectable && !test.selector.empty();
    const size_t at = groups.try_emplace(group_of(test, rules), counts.size()).first->second;
    if (at == counts.size()) {
      counts.push_back(0);
      tests.groups.push_back({});
    }
    ++counts[at];
    std::string selector = selector_of(test, rules);
    // Parameters of a class come in turns: its functions are met again.
    if (selectors.insert(selector).second) tests.groups[at].selectors.push_back(std::move(selector));
  }

  void share(uint64_t weight) {
    uint64_t all = 0;
    for (const uint64_t count : counts) all += count;
    for (size_t at = 0; at < counts.size(); ++at)
      tests.groups[at].weight_ms = std::max<uint64_t>(weight * counts[at] / all, 1);
  }
};

}  // namespace

std::vector<plan::FileTests> test_groups(const std::vector<DiscoveredTest>& tests,
                                         const std::vector<plan::Unit>& units, const GroupRules& rules) {
  std::map<std::string, Gathered> files;
  for (const DiscoveredTest& test : tests) files[test.file].add(test, rules);
  std::vector<plan::FileTests> found;
  for (const plan::Unit& unit : units) {
    const auto file = files.find(unit.file);
    if (file == files.end() || !file->second.selectable) continue;
    file->second.share(unit.weight_ms);
    file->second.tests.file = unit.file;
    file->second.tests.can_leave_out = rules.names_parameters;
    found.push_back(std::move(file->second.tests));
    files.erase(file);
  }
  return found;
}

}  // namespace alibi::planning

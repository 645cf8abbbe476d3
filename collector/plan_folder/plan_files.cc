#include "collector/plan_folder/plan_files.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <set>

#include "collector/model/plan_errors.h"
#include "collector/plan_folder/durations_json.h"
#include "collector/plan_folder/plan_json.h"

namespace alibi::plan_folder {
namespace {

std::string lines_of(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += name + "\n";
  return text;
}

std::string test_files(const PlannedRun& planned) {
  std::set<std::string> files;
  for (const plan::Unit& unit : planned.plan.units) files.insert(unit.file);
  return lines_of({files.begin(), files.end()});
}

// In the order of assignment: the plan's units are sorted, heaviest first.
std::string split_of(const PlannedRun& planned, const plan::NodeShare& node) {
  std::vector<size_t> positions;
  for (const plan::WorkerShare& worker : node.workers) {
    positions.insert(positions.end(), worker.units.begin(), worker.units.end());
  }
  std::sort(positions.begin(), positions.end());
  std::string text;
  for (const size_t position : positions) text += lines_of(planned.plan.units[position].arguments());
  return text;
}

std::string percentage(double value) {
  char text[64];
  std::snprintf(text, sizeof text, "%.2f", std::isfinite(value) ? value : 0);
  return text;
}

Error refused(const std::string& what) {
  return {collector::kPlanSplitsWrite, 0, what};
}

// A list has one name a line; a worker gets them as arguments, below its working directory.
Result<void> check_name(const std::string& name, bool is_path) {
  const auto fault = [&name](const std::string& what) {
    std::string shown = name;
    std::ranges::replace(shown, '\n', '?');
    return Error{collector::kPlanTestFilesWrite, 0,
                 "the test file \"" + shown + "\" cannot be planned: " + what};
  };
  if (name.empty()) return fault("it has no name");
  if (name.find('\n') != std::string::npos || name.find('\0') != std::string::npos) {
    return fault(
        "its name has a line break or a null byte, and lists have one name a line: rename it or "
        "leave it out with --tests-exclude-pattern");
  }
  // A part may be a file without tests ("--deselect=ID").
  if (name.front() == '-' && (is_path || !name.starts_with("--deselect="))) {
    return fault(
        "its name starts with '-' and would be read as an option: rename it or leave it out with "
        "--tests-exclude-pattern");
  }
  if (!is_path) return {};
  if (name.front() == '/') return fault("its path is absolute: plan in the folder that holds it");
  for (size_t start = 0; start <= name.size();) {
    const size_t end = std::min(name.find('/', start), name.size());
    if (name.substr(start, end - start) == "..") {
      return fault("its path leads out of the working directory: plan in a folder that holds all tests");
    }
    start = end + 1;
  }
  return {};
}

Result<void> check_units(const std::vector<plan::Unit>& units) {
  std::map<std::string, bool> is_divided;
  std::set<std::string> selectors;
  for (const plan::Unit& unit : units) {
    if (Result<void> named = check_name(unit.file, true); !named) return named;
    for (const std::string& selector : unit.selectors) {
      if (Result<void> named = check_name(selector, false); !named) return named;
      if (!selectors.insert(unit.file + '\0' + selector).second) {
        return refused("\"" + selector + "\" is planned twice");
      }
    }
    const auto [known, is_new] = is_divided.emplace(unit.file, unit.is_part());
    if (!is_new && (!unit.is_part() || !known->second)) {
      return refused("the file \"" + unit.file + "\" is planned twice");
    }
  }
  return {};
}

}  // namespace

Result<void> check_plan(const PlannedRun& planned) {
  const plan::Plan& plan = planned.plan;
  if (Result<void> units = check_units(plan.units); !units) return units;
  std::vector<bool> given(plan.units.size(), false);
  for (size_t node = 0; node < plan.nodes.size(); ++node) {
    for (const plan::WorkerShare& worker : plan.nodes[node].workers) {
      for (const size_t position : worker.units) {
        const std::string where = "node " + std::to_string(node);
        if (position >= given.size()) return refused(where + " has a test file that is not in the plan");
        if (given[position]) {
          return refused("\"" + plan.units[position].arguments().front() +
                         "\" is on two workers; the second is on " + where);
        }
        given[position] = true;
      }
    }
  }
  const auto lost = std::find(given.begin(), given.end(), false);
  if (lost != given.end()) {
    const plan::Unit& unit = plan.units[static_cast<size_t>(lost - given.begin())];
    return refused("\"" + unit.arguments().front() + "\" is on no node");
  }
  std::set<std::string> planned_files;
  for (const plan::Unit& unit : plan.units) planned_files.insert(unit.file);
  for (const plan::Unit& unit : planned.files.units) {
    if (!planned_files.contains(unit.file))
      return refused("\"" + unit.file + "\" has to run and is not planned");
  }
  return {};
}

std::vector<PlanFile> render_lists(const PlannedRun& planned) {
  using namespace collector;  // NOLINT: the codes
  const size_t nodes = planned.plan.nodes.size();
  std::vector<PlanFile> files;
  files.push_back({kTestFiles, test_files(planned), kPlanTestFilesWrite});
  files.push_back({kPercentage, percentage(planned.files.skippable_percentage), kPlanPercentageWrite});
  files.push_back({kRunners, std::to_string(nodes), kPlanRunnersWrite});
  for (size_t node = 0; node < nodes; ++node) {
    const bool copies = planned.compat && nodes == 1;
    files.push_back({kSplits + std::string("/") + kSplitName + std::to_string(node),
                     copies ? test_files(planned) : split_of(planned, planned.plan.nodes[node]),
                     kPlanSplitsWrite});
  }
  return files;
}

std::vector<PlanFile> render_plan(const PlannedRun& planned) {
  using namespace collector;  // NOLINT: the codes
  std::vector<PlanFile> files;
  files.push_back({kManifest, "1\n", kPlanManifestWrite});
  files.push_back({kDurations, render_durations(planned), kPlanCacheWrite});
  files.push_back({kPlanJson, render_plan_json(planned), kPlanCacheWrite});
  for (PlanFile& list : render_lists(planned)) files.push_back(std::move(list));
  if (!planned.github_matrix.empty()) files.push_back({kGithub, planned.github_matrix, kPlanCacheWrite});
  for (const auto& [name, body] : planned.http_cache) {
    if (!body.empty()) files.push_back({std::string(kHttpCache) + "/" + name, body, kPlanCacheWrite});
  }
  return files;
}

}  // namespace alibi::plan_folder

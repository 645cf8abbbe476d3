#include <array>
#include <charconv>
#include <string_view>

#include "collector/ci/ci_outputs.h"
#include "collector/model/plan_errors.h"

namespace alibi::ci {
namespace {

struct NodeVariables {
  std::string_view present;  // set on this system only; "": the variables below are enough
  std::string_view index, total;
  uint32_t first = 0;  // the number of the first node
};

// In this order: what a person set for this purpose is before what a system says of itself. CI_NODE_INDEX is
// GitLab's from 1, and of everybody else (Heroku, people) from 0.
constexpr std::array<NodeVariables, 11> kNodeVariables = {{
    {"", "KNAPSACK_PRO_CI_NODE_INDEX", "KNAPSACK_PRO_CI_NODE_TOTAL", 0},
    {"GITLAB_CI", "CI_NODE_INDEX", "CI_NODE_TOTAL", 1},
    {"", "CI_NODE_INDEX", "CI_NODE_TOTAL", 0},
    {"", "CIRCLE_NODE_INDEX", "CIRCLE_NODE_TOTAL", 0},
    {"", "BUILDKITE_PARALLEL_JOB", "BUILDKITE_PARALLEL_JOB_COUNT", 0},
    {"", "BITBUCKET_PARALLEL_STEP", "BITBUCKET_PARALLEL_STEP_COUNT", 0},
    {"", "SEMAPHORE_JOB_INDEX", "SEMAPHORE_JOB_COUNT", 1},
    {"", "SEMAPHORE_CURRENT_JOB", "SEMAPHORE_JOB_COUNT", 1},
    {"", "SEMAPHORE_CURRENT_THREAD", "SEMAPHORE_THREAD_COUNT", 1},
    {"", "TEAMCITY_BUILD_PARALLELTESTS_CURRENTBATCH", "TEAMCITY_BUILD_PARALLELTESTS_TOTALBATCHES", 1},
    {"TF_BUILD", "SYSTEM_JOBPOSITIONINPHASE", "SYSTEM_TOTALJOBSINPHASE", 1},
}};
constexpr uint32_t kMostNodes = 1'000'000;

std::string_view value_in(const Environment& environment, std::string_view name) {
  const auto found = environment.find(std::string(name));
  return found == environment.end() ? std::string_view() : std::string_view(found->second);
}

std::string shown(std::string_view text) {
  constexpr size_t kLongest = 60;
  return text.size() <= kLongest ? std::string(text) : std::string(text.substr(0, kLongest)) + "...";
}

Error wrong(std::string_view name, std::string_view value, const std::string& what) {
  return {collector::kBadPlanSetting, 0,
          std::string(name) + "=" + shown(value) + " " + what +
              ": correct the variable, or say which node this is with --ci-node N"};
}

Result<uint32_t> number_in(std::string_view name, std::string_view value) {
  const std::string_view text = value;
  value.remove_prefix(std::min(value.find_first_not_of(" \t\r\n"), value.size()));
  value.remove_suffix(value.size() - std::min(value.find_last_not_of(" \t\r\n") + 1, value.size()));
  uint32_t number = 0;
  const auto [end, fault] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (fault != std::errc() || end != value.data() + value.size() || number > kMostNodes)
    return wrong(name, text, "is not the number of a node");
  return number;
}

}  // namespace

Result<std::optional<NodePosition>> node_position(const Environment& environment) {
  for (const NodeVariables& of : kNodeVariables) {
    const std::string_view index_text = value_in(environment, of.index);
    if (index_text.empty() || (!of.present.empty() && value_in(environment, of.present).empty())) continue;
    const Result<uint32_t> index = number_in(of.index, index_text);
    if (!index.ok()) return index.error();
    if (*index < of.first) return wrong(of.index, index_text, "is no node: this system counts them from 1");
    NodePosition position{.index = *index - of.first, .variable = std::string(of.index)};
    const std::string_view total_text = value_in(environment, of.total);
    if (!total_text.empty()) {
      const Result<uint32_t> total = number_in(of.total, total_text);
      if (!total.ok()) return total.error();
      if (*total == 0) return wrong(of.total, total_text, "says that there is no node");
      if (position.index >= *total)
        return wrong(of.index, index_text, "is beyond " + std::string(of.total) + "=" + shown(total_text));
      position.total = *total;
    }
    return std::optional<NodePosition>(std::move(position));
  }
  return std::optional<NodePosition>();
}

}  // namespace alibi::ci

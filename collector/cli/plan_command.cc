#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string_view>

#include "collector/cli/commands.h"
#include "collector/cli/exit_codes.h"
#include "collector/cli/planning_guard.h"
#include "collector/cli/splitting.h"
#include "collector/model/plan_errors.h"
#include "collector/planning/explanation.h"
#include "collector/planning/report.h"
#include "collector/report/json_report.h"

namespace alibi::cli {
namespace {

namespace fs = std::filesystem;

// "4,8,16"
Result<std::vector<uint32_t>> numbers_in(const std::string& text) {
  std::vector<uint32_t> numbers;
  for (size_t start = 0; start <= text.size();) {
    const size_t end = std::min(text.find(',', start), text.size());
    uint32_t number = 0;
    const auto [stop, error] = std::from_chars(text.data() + start, text.data() + end, number);
    if (error != std::errc() || stop != text.data() + end || number == 0 || number > 65536)
      return Error{collector::kBadPlanSetting, 0,
                   "--what-if is \"" + text + "\"; it takes numbers of nodes from 1 to 65536: 4,8,16"};
    numbers.push_back(number);
    start = end + 1;
  }
  return numbers;
}

// Questions about a plan go to standard output; nothing is written then.
Result<std::string> answer_of(const PlanOptions& options, const std::string& directory,
                              const planning::Planned& planned) {
  if (!options.explain.empty()) {
    const fs::path file = fs::path(options.explain).lexically_normal();
    return planning::explain_text(planned.run, planned.history,
                                  file.is_absolute() ? file.lexically_relative(directory) : file);
  }
  if (!options.what_if.empty()) {
    Result<std::vector<uint32_t>> numbers = numbers_in(options.what_if);
    if (!numbers) return std::move(numbers).error();
    return planning::what_if_text(planned.request, *numbers);
  }
  Result<plan_folder::PlannedRun> other = plan_folder::read_plan(options.difference);
  if (!other) return std::move(other).error();
  return planning::difference_text(other->plan, planned.run.plan);
}

bool asks(const PlanOptions& options) {
  return !options.explain.empty() || !options.what_if.empty() || !options.difference.empty();
}

Result<void> check_ci_system(const std::string& name) {
  static constexpr std::array<std::string_view, 7> kKnown = {"",          "github", "gitlab", "circleci",
                                                             "buildkite", "azure",  "none"};
  if (std::ranges::find(kKnown, std::string_view(name)) != kKnown.end()) return {};
  return Error{
      collector::kBadPlanSetting, 0,
      "--ci-output: \"" + name + "\" is not one of github, gitlab, circleci, buildkite, azure, none"};
}

int nothing_to_run(const plan::Settings& settings, Console* console) {
  if (settings.allow_empty) return kDone;
  return console->fail(
      {collector::kPlanTestFiles, 0, "no test has to run, and --no-allow-empty makes that a failure"});
}

}  // namespace

int run_plan(const PlanOptions& options, Console* console) {
  const PlanningGuard guard;
  for (const std::string& word : options.ignored) console->warn("ignored, as DDTest does: " + word);
  if (Result<void> known = check_ci_system(options.ci); !known) return console->fail(known.error());
  Result<Splitting> splitting = prepare_splitting(options);
  if (!splitting) return console->fail(splitting.error());
  for (const std::string& warning : splitting->settings.warnings) console->warn(warning);
  Result<planning::Planned> planned = plan_now(*splitting, Then::kEnds);
  if (!planned) return console->fail(planned.error());
  for (const std::string& notice : planned->notices) console->warn(notice);
  if (asks(options)) {
    Result<std::string> answer = answer_of(options, splitting->directory, *planned);
    if (!answer) return console->fail(answer.error());
    console->print(*answer);
    return kDone;
  }
  if (!options.dry_run) {
    if (Result<void> kept = keep_plan(*planned, *splitting, options.ci,
                                      options.json ? Output::kJson : Output::kText, console);
        !kept)
      return console->fail(kept.error());
  }
  if (options.json) console->print(report::json_text(planning::plan_json(*planned)) + "\n");
  if (splitting->settings.reports && !options.json)
    std::fputs(planning::plan_text(*planned, splitting->settings).c_str(), stderr);
  return planned->run.plan.units.empty() ? nothing_to_run(splitting->settings, console) : kDone;
}

}  // namespace alibi::cli

#include <chrono>
#include <nlohmann/json.hpp>

#include "collector/cli/commands.h"
#include "collector/cli/data_folder.h"
#include "collector/cli/exit_codes.h"
#include "collector/report/json_report.h"
#include "collector/report/text_report.h"
#include "collector/store/intake.h"

namespace alibi::cli {
namespace {

// A backlog must not delay the test run that waits for this merge.
constexpr size_t kMostLeftovers = 4;

}  // namespace

int run_merge(const MergeOptions& options, Console* console) {
  const std::string data = data_folder(options.data);
  const auto started = std::chrono::steady_clock::now();
  Progress progress;
  const store::IntakeProgress reporter{
      [&](const char* step, size_t done, size_t total) { progress.update(step, done, total); }};
  Result<store::IntakeReport> report =
      store::take_in(options.session, data, {options.keep, options.retained}, reporter);
  progress.clear();
  if (!report) return console->fail(report.error());
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - started;
  if (options.output == Output::kJson) {
    console->print(report::json_text(report::intake_json(*report, took.count())) + "\n");
  } else {
    console->print(report::intake_text(*report, took.count(), console->style()));
  }
  for (const std::string& warning : report->warnings) console->warn(warning);
  std::vector<std::string> warnings;
  for (const store::IntakeReport& leftover : store::take_in_leftovers(data, kMostLeftovers, &warnings)) {
    console->warn("merged " + leftover.session_id +
                  ", left from an earlier run: " + report::count_text(leftover.tests, "test"));
  }
  for (const std::string& warning : warnings) console->warn(warning);
  return kDone;
}

}  // namespace alibi::cli

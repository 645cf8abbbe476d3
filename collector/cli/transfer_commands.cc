#include <nlohmann/json.hpp>

#include "collector/cli/commands.h"
#include "collector/cli/data_folder.h"
#include "collector/cli/exit_codes.h"
#include "collector/report/json_report.h"
#include "collector/report/style.h"
#include "collector/store/transfer.h"

namespace alibi::cli {

nlohmann::json transfer_json(const store::TransferReport& report, const std::string& from,
                             const std::string& to) {
  return {{"from", from},
          {"to", to},
          {"sessions", report.sessions},
          {"evidence_bytes", report.evidence_bytes},
          {"sources", report.sources},
          {"source_bytes", report.source_bytes},
          {"already_there", report.already_there},
          {"other_environments", report.other_environments},
          {"problems", report.problems}};
}

std::string transfer_text(const store::TransferReport& report, const char* done) {
  std::string text = std::string(done) + " " + report::count_text(report.sessions, "session") + " (" +
                     report::size_text(report.evidence_bytes) + ") and " +
                     report::count_text(report.sources, "source") + " (" +
                     report::size_text(report.source_bytes) + ")";
  if (report.already_there != 0) text += "; " + std::to_string(report.already_there) + " there already";
  if (report.other_environments != 0)
    text += "; " + std::to_string(report.other_environments) + " of other environments";
  return text + "\n";
}

namespace {

struct Direction {
  const char* done;
  const char* would;
  std::string from;
  std::string to;
};

int finish(const Result<store::TransferReport>& report, const TransferOptions& options,
           const Direction& direction, Console* console) {
  if (!report) return console->fail(report.error());
  if (options.output == Output::kJson) {
    nlohmann::json document = transfer_json(*report, direction.from, direction.to);
    document["dry_run"] = options.dry_run;
    console->print(report::json_text(document) + "\n");
  } else {
    console->print(transfer_text(*report, options.dry_run ? direction.would : direction.done));
  }
  for (const std::string& problem : report->problems) console->warn("not copied: " + problem);
  return kDone;
}

}  // namespace

int run_push(const PushOptions& options, Console* console) {
  const std::string data = data_folder(options.data);
  const std::string shared = without_trailing_slashes(options.folder);
  // What killed runs left here is news to the other side, too.
  if (!options.dry_run) merge_leftovers(data, console);
  Progress progress;
  const Result<store::TransferReport> report =
      store::push(data, shared, {options.environment, options.dry_run},
                  [&](const char* step, size_t done, size_t total) { progress.update(step, done, total); });
  progress.clear();
  return finish(report, options, {"pushed", "would push", data, shared}, console);
}

int run_pull(const PullOptions& options, Console* console) {
  const std::string data = data_folder(options.data);
  const std::string shared = without_trailing_slashes(options.folder);
  Progress progress;
  const Result<store::TransferReport> report =
      store::pull(shared, data, {options.environment, options.dry_run},
                  [&](const char* step, size_t done, size_t total) { progress.update(step, done, total); });
  progress.clear();
  return finish(report, options, {"pulled", "would pull", shared, data}, console);
}

}  // namespace alibi::cli

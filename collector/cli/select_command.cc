#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>

#include "collector/change/ground_json.h"
#include "collector/cli/commands.h"
#include "collector/cli/data_folder.h"
#include "collector/cli/exit_codes.h"
#include "collector/cli/project_request.h"
#include "collector/cli/selection.h"
#include "collector/framework/framework.h"
#include "collector/report/json_report.h"
#include "collector/report/reason_text.h"
#include "collector/report/text_report.h"
#include "collector/store/disk.h"

namespace alibi::cli {
namespace {

using Json = nlohmann::json;

// For programs: what they order by.
const char* kind_name(VerdictKind kind) {
  switch (kind) {
    case VerdictKind::kSkip:
      return "skip";
    case VerdictKind::kFailed:
      return "failed";
    case VerdictKind::kAffected:
      return "affected";
    default:
      return "unfinished";
  }
}

// Paths of the project as people know them.
std::string reason_of(const Verdict& verdict, const std::string& root) {
  std::string text = verdict_text(verdict);
  const std::string prefix = root + "/";
  for (size_t at = text.find(prefix); prefix.size() > 1 && at != std::string::npos;
       at = text.find(prefix, at))
    text.erase(at, prefix.size());
  return text;
}

double milliseconds_of(const Verdict& verdict) {
  return static_cast<double>(verdict.duration_ns) / 1e6;
}

Json verdict_json(const Verdict& verdict, const std::string& root) {
  Json json = {{"id", verdict.test}, {"duration_ms", milliseconds_of(verdict)}};
  json["verdict"] = verdict.runs() ? "run" : "skip";
  json["kind"] = kind_name(verdict.kind);
  json["reason"] = reason_of(verdict, root);
  return json;
}

void print_json(const Selection& selection, const SelectionRequest& request, Console* console) {
  Json tests = Json::array(), skipped = Json::object();
  for (const Verdict& verdict : selection.verdicts) {
    if (request.skipped_apart && !verdict.runs())
      skipped[verdict.test] = milliseconds_of(verdict);
    else
      tests.push_back(verdict_json(verdict, request.project.root));
  }
  Json document = {{"version", 1},
                   {"tests", tests},
                   {"settled_files", selection.settled_files},
                   {"all_files_settled", selection.all_files_settled},
                   {"options", selection.options},
                   {"changes", selection.changes},
                   {"notices", selection.notices}};
  if (request.skipped_apart) document["skipped"] = skipped;
  console->print(report::json_text(document) + "\n");
}

void print_ids(const Selection& selection, Console* console) {
  for (const Verdict& verdict : selection.verdicts) {
    if (verdict.runs()) console->print(verdict.test + "\n");
  }
}

void print_text(const Selection& selection, const std::string& root, Console* console) {
  size_t runs = 0;
  uint64_t saved_ns = 0;
  for (const Verdict& verdict : selection.verdicts) {
    if (verdict.runs()) {
      ++runs;
      console->print(verdict.test + "\n    " + reason_of(verdict, root) + "\n");
    } else {
      saved_ns += verdict.duration_ns;
    }
  }
  console->print(std::to_string(runs) + " of " + report::count_text(selection.verdicts.size(), "known test") +
                 " would run; skipping the others saves " + report::duration_text(saved_ns) + "\n");
}

}  // namespace

std::string verdict_text(const Verdict& verdict) {
  switch (verdict.kind) {
    case VerdictKind::kSkip:
      return "nothing that it rests on has changed";
    case VerdictKind::kAffected:
      return report::reason_text(verdict.reason);
    case VerdictKind::kFailed:
      return std::string("it did not pass when it last ran (") + collector::outcome_name(verdict.outcome) +
             ")";
    case VerdictKind::kUnfinished:
      return verdict.outcome == collector::kNeverEnded ? "it never ran to its end"
                                                       : "no complete evidence of it can be used here";
  }
  return {};
}

int run_select(const SelectOptions& options, Console* console) {
  const std::string data = data_folder(options.data);
  Result<store::Store> store =
      options.read_only ? store::Store::open(data, store::Store::Access::kRead) : open_to_read(data, console);
  if (!store) return console->fail(store.error());
  Result<SelectionRequest> request =
      read_request(options.request, options.environment, options.python, &*store);
  if (!request) return console->fail(request.error());
  request->since = options.since;
  request->afterwards = Afterwards::kProcessEnds;
  if (options.mode == "strict") request->project.mode = change::Mode::kStrict;
  if (options.mode == "fast") request->project.mode = change::Mode::kFast;
  if (options.read_only) request->keep_units = change::KeepUnits::kNo;
  const char* ground = std::getenv(framework::kGroundVariable);
  request->of_other_machines = ground != nullptr && !options.request.empty();
  request->runs_tests = !options.request.empty() && !options.read_only;
  Result<Selection> selection = select_tests(&*store, *request);
  if (!selection) return console->fail(selection.error());
  if (request->of_other_machines) {
    const Result<void> kept =
        store::write_file(ground, change::ground_text(selection->ground), store::Durability::kUnsynced);
    if (!kept) return console->fail(kept.error());
  }
  if (options.only_ids)
    print_ids(*selection, console);
  else if (options.output == Output::kJson)
    print_json(*selection, *request, console);
  else
    print_text(*selection, request->project.root, console);
  for (const std::string& notice : selection->notices) console->warn(notice);
  return kDone;
}

}  // namespace alibi::cli

#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>

#include "collector/cli/commands.h"
#include "collector/cli/data_folder.h"
#include "collector/cli/exit_codes.h"
#include "collector/cli/shipper.h"
#include "collector/model/error_codes.h"
#include "collector/report/json_report.h"
#include "collector/report/text_report.h"
#include "collector/store/disk.h"
#include "collector/store/intake.h"
#include "collector/store/session_directory.h"
#include "collector/store/store.h"
#include "collector/store/transfer.h"

namespace alibi::cli {
namespace {

// A backlog must not delay the test run that waits for this merge.
constexpr size_t kMostLeftovers = 4;

class Merging {
 public:
  Merging(const MergeOptions& options, Console* console)
      : options_(options), console_(console), data_(data_folder(options.data)) {}

  // The exit status.
  int merge(const std::string& source) {
    if (store::exists(source + "/evidence")) return merge_store(source);
    if (store::exists(source) && !store::is_session_directory(source)) {
      return console_->fail(Error{
          collector::kNoSession, 0,
          source + " is neither a session directory (shards, session.json) nor a data folder (evidence/)"});
    }
    return merge_session(source);
  }

  // To the service, of what was merged and of what earlier runs left, if this run is reported at all.
  void send() {
    if (!told_.reported) return;
    for (const std::string& problem : told_.spooled.problems) console_->warn(problem);
    if (!told_.problem.empty()) console_->warn("this run is not reported: " + told_.problem);
    const transport::Environment environment = environment_of_process();
    const Result<ship::Access> access = ship::intake_access(environment, surroundings_of_process());
    if (!access)
      return console_->warn("the report is kept in " + data_ + "/spool: " + access.error().message);
    const transport::ShipReport report =
        ship_waiting_reports(data_, *access, ship::limits_of_run(environment, ship::Part::kSending));
    for (const std::string& complaint : report.complaints) console_->warn(complaint);
    if (report.kept != 0)
      console_->warn(report::count_text(report.kept, "report body") == "1 report body"
                         ? "1 part of the report waits for the next run, or for alibi ship"
                         : std::to_string(report.kept) +
                               " parts of reports wait for the next run, or for alibi ship");
    if (!documents_.empty())
      documents_.back()["reported"] = {{"events", told_.spooled.events},
                                       {"coverage", told_.spooled.coverage},
                                       {"to", access->address.label()},
                                       {"sent", shipped_json(report)}};
  }

  void print() {
    if (options_.output == Output::kText || documents_.empty()) return;
    const bool one = options_.sources.size() == 1;
    console_->print(report::json_text(one ? documents_[0] : documents_) + "\n");
  }

  const std::string& data() const { return data_; }

 private:
  int merge_session(const std::string& session) {
    const auto started = std::chrono::steady_clock::now();
    Progress progress;
    const store::IntakeProgress reporter{
        [&](const char* step, size_t done, size_t total) { progress.update(step, done, total); }};
    const Result<store::IntakeReport> report =
        store::take_in(session, data_, {options_.leave, options_.kept, spooling(data_, &told_)}, reporter);
    progress.clear();
    if (!report) return console_->fail(report.error());
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - started;
    if (options_.output == Output::kJson)
      add_document(report::intake_json(*report, took.count()));
    else
      console_->print(report::intake_text(*report, took.count(), console_->style()));
    for (const std::string& warning : report->warnings) console_->warn(warning);
    return kDone;
  }

  // With what all sessions were spared so far: the test runner tells it at the end of a run.
  void add_document(nlohmann::json document) {
    Result<store::Store> store = store::Store::open(data_, store::Store::Access::kRead);
    if (store) {
      if (const Result<std::vector<store::SessionRow>> sessions = store->sessions(); sessions) {
        const report::Spared spared = report::spared_in(*sessions);
        document["spared"] = {{"sessions", spared.sessions},
                              {"tests", spared.tests},
                              {"saved_s", static_cast<double>(spared.nanoseconds) / 1e9}};
      }
    }
    documents_.push_back(std::move(document));
  }

  int merge_store(const std::string& folder) {
    Progress progress;
    const Result<store::TransferReport> report =
        store::pull(folder, data_, {},
                    [&](const char* step, size_t done, size_t total) { progress.update(step, done, total); });
    progress.clear();
    if (!report) return console_->fail(report.error());
    if (options_.output == Output::kJson)
      documents_.push_back(transfer_json(*report, folder, data_));
    else
      console_->print(transfer_text(*report, "merged"));
    for (const std::string& problem : report->problems) console_->warn("not copied: " + problem);
    return kDone;
  }

  const MergeOptions& options_;
  Console* console_;
  std::string data_;
  SpooledSession told_;
  nlohmann::json documents_ = nlohmann::json::array();
};

}  // namespace

int run_merge(const MergeOptions& options, Console* console) {
  Merging merging(options, console);
  int status = kDone;
  for (const std::string& source : options.sources) {
    const int merged = merging.merge(without_trailing_slashes(source));
    if (status == kDone) status = merged;
  }
  // Before anything is sent: a run that was killed is reported together with the one after it.
  if (status == kDone) report_leftovers(merging.data(), kMostLeftovers, console);
  merging.send();
  merging.print();
  return status;
}

}  // namespace alibi::cli

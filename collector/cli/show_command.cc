#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "collector/cli/commands.h"
#include "collector/cli/data_folder.h"
#include "collector/cli/exit_codes.h"
#include "collector/cli/shipper.h"
#include "collector/cli/test_selection.h"
#include "collector/model/error_codes.h"
#include "collector/report/json_report.h"
#include "collector/report/text_report.h"
#include "collector/store/intake.h"

namespace alibi::cli {
namespace {

constexpr size_t kMostLeftovers = 16;
constexpr size_t kMostInShort = 3;  // tests that are shown with details when none was named

// Streams, so that thousands of tests are never in memory at once.
int print_json(const store::Store& store, const std::vector<store::TestRow>& tests, Console* console) {
  store::TestReader reader(store);
  int status = kDone;
  nlohmann::json sessions = nlohmann::json::object();
  std::set<std::string> described;
  console->print("{\"tests\":[");
  bool first = true;
  for (const store::TestRow& row : tests) {
    Result<store::TestReader::Found> found = reader.read(row);
    if (!found) {
      status = console->fail(found.error());
      continue;
    }
    if (described.insert(row.evidence).second) {
      nlohmann::json session = report::session_json(*found->coverage);
      const std::string id = session["id"].get<std::string>();
      sessions[id] = std::move(session);
    }
    console->print(std::string(first ? "\n" : ",\n") +
                   report::json_text(report::test_json(*found->coverage, *found->test)));
    first = false;
  }
  console->print("\n],\"sessions\":" + report::json_text(sessions) + "}\n");
  return status;
}

int print_text(const store::Store& store, const std::vector<store::TestRow>& tests,
               const ShowOptions& options, Console* console) {
  store::TestReader reader(store);
  int status = kDone;
  const report::Detail detail =
      options.full || tests.size() <= kMostInShort ? report::Detail::kFull : report::Detail::kShort;
  for (const store::TestRow& row : tests) {
    Result<store::TestReader::Found> found = reader.read(row);
    if (!found)
      status = console->fail(found.error());
    else
      console->print(report::test_text(*found->coverage, *found->test, detail, console->style()) + "\n");
  }
  return status;
}

}  // namespace

void report_leftovers(const std::string& data, size_t limit, Console* console) {
  std::vector<std::string> warnings;
  SpooledSession told;  // of a killed run that was to be reported: sent by the next one
  const store::IntakeOptions options{false, store::kDefaultKept, spooling(data, &told)};
  for (const store::IntakeReport& leftover : store::take_in_leftovers(data, limit, &warnings, options)) {
    console->warn("merged " + leftover.session_id +
                  ", left from an earlier run: " + report::count_text(leftover.tests, "test"));
    for (const collector::Crash& crash : leftover.crashes) {
      const std::string what =
          report::printable(collector::subject(crash) + " " + collector::headline(crash));
      console->warn("in it " + what + (crash.in_test ? ": alibi show " + report::printable(crash.name) : ""));
    }
  }
  if (!told.problem.empty()) warnings.push_back("a run that was killed is not reported: " + told.problem);
  for (const std::string& warning : warnings) console->warn(warning);
}

void merge_leftovers(const std::string& data, Console* console) {
  report_leftovers(data, kMostLeftovers, console);
}

Result<store::Store> open_to_read(const std::string& data, Console* console) {
  merge_leftovers(data, console);
  Progress progress;
  Result<store::Store> store =
      store::Store::open(data, store::Store::Access::kRead, [&](size_t done, size_t total) {
        progress.update("reading evidence that is not in the index", done, total);
      });
  progress.clear();
  if (!store) return store;
  Result<std::vector<store::SessionRow>> sessions = store->sessions();
  if (!sessions) return std::move(sessions).error();
  for (const store::SessionRow& session : *sessions) {
    if (!session.unreadable.empty()) {
      console->warn("not all evidence can be read: " + store->evidence_path(session.evidence) + ": " +
                    session.unreadable);
    }
  }
  if (sessions->empty()) return Error{collector::kNoStore, 0, "there is no evidence in " + data};
  return store;
}

int run_show(const ShowOptions& options, Console* console) {
  Result<store::Store> store = open_to_read(data_folder(options.data), console);
  if (!store) return console->fail(store.error());
  Result<std::vector<store::TestRow>> tests = store->latest_tests();
  if (!tests) return console->fail(tests.error());
  tests = select_tests(std::move(*tests), options.test);
  if (!tests) return console->fail(tests.error());
  if (options.output == Output::kJson) return print_json(*store, *tests, console);
  return print_text(*store, *tests, options, console);
}

}  // namespace alibi::cli

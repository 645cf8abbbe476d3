#include <sys/stat.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "collector/cli/commands.h"
#include "collector/cli/data_folder.h"
#include "collector/cli/exit_codes.h"
#include "collector/report/json_report.h"
#include "collector/report/text_report.h"
#include "collector/store/disk.h"
#include "collector/store/session_directory.h"

namespace alibi::cli {
namespace {

uint64_t size_of(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? static_cast<uint64_t>(status.st_size) : 0;
}

Result<report::StoreFigures> measure(const std::string& data, store::Store* store) {
  report::StoreFigures figures;
  figures.data = data;
  Result<std::vector<store::SessionRow>> sessions = store->sessions();
  if (!sessions) return std::move(sessions).error();
  figures.sessions = std::move(*sessions);
  Result<std::vector<store::TestRow>> tests = store->latest_tests();
  if (!tests) return std::move(tests).error();
  figures.tests = tests->size();
  Result<uint64_t> evidence = store->count_tests();
  if (!evidence) return std::move(evidence).error();
  figures.test_evidence = *evidence;
  for (const store::SessionRow& session : figures.sessions) {
    figures.evidence_bytes += session.bytes;
    figures.unshared_bytes += session.unshared_bytes;
  }
  figures.index_bytes = size_of(data + "/index.sqlite");
  for (const std::string& folder : store::names_in(data + "/sources")) {
    for (const std::string& source : store::names_in(data + "/sources/" + folder)) {
      figures.sources += 1;
      figures.source_bytes += size_of(data + "/sources/" + folder + "/" + source);
    }
  }
  figures.damaged = store::names_in(data + "/damaged").size();
  figures.leftovers = store::leftover_sessions(data).size();
  return figures;
}

nlohmann::json figures_json(const report::StoreFigures& figures) {
  nlohmann::json sessions = nlohmann::json::array();
  uint64_t losses = 0;
  for (const store::SessionRow& session : figures.sessions) {
    sessions.push_back(report::session_row_json(session));
    losses += session.losses;
  }
  const report::Spared spared = report::spared_in(figures.sessions);
  return {{"data", figures.data},
          {"tests", figures.tests},
          {"test_evidence", figures.test_evidence},
          {"evidence_bytes", figures.evidence_bytes},
          {"index_bytes", figures.index_bytes},
          {"unshared_bytes", figures.unshared_bytes},
          {"sources", figures.sources},
          {"source_bytes", figures.source_bytes},
          {"losses", losses},
          {"skipped", spared.tests},
          {"saved_s", static_cast<double>(spared.nanoseconds) / 1e9},
          {"damaged_shards", figures.damaged},
          {"leftover_sessions", figures.leftovers},
          {"sessions", std::move(sessions)}};
}

}  // namespace

int run_stats(const StatsOptions& options, Console* console) {
  const std::string data = data_folder(options.data);
  Result<store::Store> store = open_to_read(data, console);
  if (!store) return console->fail(store.error());
  const Result<report::StoreFigures> figures = measure(data, &*store);
  if (!figures) return console->fail(figures.error());
  if (options.output == Output::kJson)
    console->print(report::json_text(figures_json(*figures)) + "\n");
  else
    console->print(report::stats_text(*figures, console->style()));
  return kDone;
}

}  // namespace alibi::cli

#include <nlohmann/json.hpp>

#include "collector/cli/commands.h"
#include "collector/cli/data_folder.h"
#include "collector/cli/exit_codes.h"
#include "collector/report/json_report.h"
#include "collector/report/style.h"
#include "collector/store/disk.h"
#include "collector/store/retention.h"

namespace alibi::cli {
namespace {

constexpr int kPatienceMilliseconds = 60'000;

Result<store::Garbage> collect_locked(const std::string& data, const store::GarbageOptions& options) {
  const Result<store::DirectoryLock> lock =
      store::DirectoryLock::take(data + "/merge.lock", kPatienceMilliseconds);
  if (!lock) return lock.error();
  Result<store::Store> store = store::Store::open(data, store::Store::Access::kWrite);
  if (!store) return std::move(store).error();
  return store::collect_garbage(&*store, options);
}

std::string garbage_text(const store::Garbage& garbage, const char* done) {
  std::string text = std::string(done) + " " + report::count_text(garbage.sessions, "session") + " (" +
                     report::size_text(garbage.evidence_bytes) + ") and " +
                     report::count_text(garbage.sources, "source") + " (" +
                     report::size_text(garbage.source_bytes) + ")";
  if (garbage.caches != 0) {
    text += ", " + report::count_text(garbage.caches, "cached file") + " (" +
            report::size_text(garbage.cache_bytes) + ")";
  }
  return text + "\n";
}

nlohmann::json garbage_json(const store::Garbage& garbage, bool dry_run) {
  nlohmann::json document = {{"sessions", garbage.sessions},
                             {"evidence_bytes", garbage.evidence_bytes},
                             {"sources", garbage.sources},
                             {"source_bytes", garbage.source_bytes},
                             {"caches", garbage.caches},
                             {"cache_bytes", garbage.cache_bytes},
                             {"dry_run", dry_run}};
  document["left_alone"] = garbage.left_alone.empty() ? nlohmann::json() : nlohmann::json(garbage.left_alone);
  return document;
}

}  // namespace

int run_gc(const GcOptions& options, Console* console) {
  const std::string data = data_folder(options.data);
  // Merges what killed runs left first: it may hold the newest evidence.
  Result<store::Store> store = open_to_read(data, console);
  if (!store) return console->fail(store.error());
  const store::GarbageOptions wanted{options.kept, options.dry_run};
  const Result<store::Garbage> garbage =
      options.dry_run ? store::collect_garbage(&*store, wanted) : collect_locked(data, wanted);
  if (!garbage) return console->fail(garbage.error());
  if (options.output == Output::kJson)
    console->print(report::json_text(garbage_json(*garbage, options.dry_run)) + "\n");
  else
    console->print(garbage_text(*garbage, options.dry_run ? "would remove" : "removed"));
  if (!garbage->left_alone.empty())
    console->warn("sources stay, because not all evidence can be read: " + garbage->left_alone);
  return kDone;
}

}  // namespace alibi::cli

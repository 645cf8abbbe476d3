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

Result<store::Pruned> prune_locked(const std::string& data, uint64_t retained) {
  const Result<store::DirectoryLock> lock =
      store::DirectoryLock::take(data + "/merge.lock", kPatienceMilliseconds);
  if (!lock) return lock.error();
  Result<store::Store> store = store::Store::open(data, store::Store::Access::kWrite);
  if (!store) return std::move(store).error();
  return store::prune(&*store, retained);
}

}  // namespace

int run_prune(const PruneOptions& options, Console* console) {
  const std::string data = data_folder(options.data);
  // Merges what killed runs left first: it may hold the newest evidence.
  if (const Result<store::Store> store = open_to_read(data, console); !store)
    return console->fail(store.error());
  const Result<store::Pruned> pruned = prune_locked(data, options.retained);
  if (!pruned) return console->fail(pruned.error());
  if (options.output == Output::kJson) {
    console->print(report::json_text({{"sessions", pruned->sessions},
                                      {"evidence_bytes", pruned->evidence_bytes},
                                      {"sources", pruned->sources},
                                      {"source_bytes", pruned->source_bytes}}) +
                   "\n");
  } else {
    console->print("removed " + report::count_text(pruned->sessions, "session") + " (" +
                   report::size_text(pruned->evidence_bytes) + ") and " +
                   report::count_text(pruned->sources, "source") + " (" +
                   report::size_text(pruned->source_bytes) + ")\n");
  }
  return kDone;
}

}  // namespace alibi::cli

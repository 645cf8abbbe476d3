// The commands of alibi, one source file each. Each returns the exit status (exit_codes.h) and has printed
// everything.
#ifndef ALIBI_COLLECTOR_CLI_COMMANDS_H_
#define ALIBI_COLLECTOR_CLI_COMMANDS_H_

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "collector/cli/console.h"
#include "collector/cli/options.h"
#include "collector/store/store.h"
#include "collector/store/transfer.h"

namespace alibi::cli {

int run_merge(const MergeOptions& options, Console* console);
int run_ship(const ShipOptions& options, Console* console);
int run_show(const ShowOptions& options, Console* console);
int run_list(const ListOptions& options, Console* console);
int run_stats(const StatsOptions& options, Console* console);
int run_gc(const GcOptions& options, Console* console);
int run_push(const PushOptions& options, Console* console);
int run_pull(const PullOptions& options, Console* console);
int run_doctor(const DoctorOptions& options, Console* console);
int run_export(const ExportOptions& options, Console* console);
int run_dump(const DumpOptions& options, Console* console);
int run_why(const WhyOptions& options, Console* console);
int run_verify(const VerifyOptions& options, Console* console);
int run_audit(const AuditOptions& options, Console* console);
int run_select(const SelectOptions& options, Console* console);
int run_watch(const WatchOptions& options, Console* console);
int run_plan(const PlanOptions& options, Console* console);
int run_run(const RunOptions& options, Console* console);
int run_replay(const ReplayOptions& options, Console* console);
int run_serve(char** arguments, Console* console);  // becomes another program

// Merges at most `limit` sessions of killed runs and says so; silent where nothing may be written.
void report_leftovers(const std::string& data, size_t limit, Console* console);
void merge_leftovers(const std::string& data, Console* console);  // as many as a reader waits for

// The store for reading, after what killed runs left behind has been merged. Warns about what did not work;
// an error when there is no evidence at all.
Result<store::Store> open_to_read(const std::string& data, Console* console);

// What a transfer between stores did, as `merge`, `push` and `pull` print it; `done` is the verb.
nlohmann::json transfer_json(const store::TransferReport& report, const std::string& from,
                             const std::string& to);
std::string transfer_text(const store::TransferReport& report, const char* done);

}  // namespace alibi::cli

#endif  // ALIBI_COLLECTOR_CLI_COMMANDS_H_

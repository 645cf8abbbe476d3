// The commands of alibi, one source file each. Each returns the exit status (exit_codes.h) and has printed
// everything.
#ifndef ALIBI_COLLECTOR_CLI_COMMANDS_H_
#define ALIBI_COLLECTOR_CLI_COMMANDS_H_

#include "collector/cli/console.h"
#include "collector/cli/options.h"
#include "collector/store/store.h"

namespace alibi::cli {

int run_merge(const MergeOptions& options, Console* console);
int run_show(const ShowOptions& options, Console* console);
int run_list(const ListOptions& options, Console* console);
int run_stats(const StatsOptions& options, Console* console);
int run_prune(const PruneOptions& options, Console* console);
int run_doctor(const DoctorOptions& options, Console* console);
int run_export(const ExportOptions& options, Console* console);
int run_dump(const DumpOptions& options, Console* console);
int run_select(const SelectOptions& options, Console* console);

// The store for reading, after what killed runs left behind has been merged. Warns about what did not work;
// an error when there is no evidence at all.
Result<store::Store> open_to_read(const std::string& data, Console* console);

}  // namespace alibi::cli

#endif  // ALIBI_COLLECTOR_CLI_COMMANDS_H_

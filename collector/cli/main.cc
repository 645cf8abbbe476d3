#include <malloc.h>

#include <cstdio>
#include <exception>
#include <limits>
#include <variant>

#include "collector/cli/commands.h"
#include "collector/cli/exit_codes.h"
#include "collector/cli/standard_streams.h"

namespace alibi::cli {
namespace {

struct Runner {
  Console* console;
  char** arguments;
  int operator()(const MergeOptions& options) const { return run_merge(options, console); }
  int operator()(const ShipOptions& options) const { return run_ship(options, console); }
  int operator()(const ShowOptions& options) const { return run_show(options, console); }
  int operator()(const ListOptions& options) const { return run_list(options, console); }
  int operator()(const StatsOptions& options) const { return run_stats(options, console); }
  int operator()(const GcOptions& options) const { return run_gc(options, console); }
  int operator()(const PushOptions& options) const { return run_push(options, console); }
  int operator()(const PullOptions& options) const { return run_pull(options, console); }
  int operator()(const DoctorOptions& options) const { return run_doctor(options, console); }
  int operator()(const ExportOptions& options) const { return run_export(options, console); }
  int operator()(const DumpOptions& options) const { return run_dump(options, console); }
  int operator()(const WhyOptions& options) const { return run_why(options, console); }
  int operator()(const VerifyOptions& options) const { return run_verify(options, console); }
  int operator()(const AuditOptions& options) const { return run_audit(options, console); }
  int operator()(const SelectOptions& options) const { return run_select(options, console); }
  int operator()(const WatchOptions& options) const { return run_watch(options, console); }
  int operator()(const PlanOptions& options) const { return run_plan(options, console); }
  int operator()(const RunOptions& options) const { return run_run(options, console); }
  int operator()(const ReplayOptions& options) const { return run_replay(options, console); }
  int operator()(const ServeOptions&) const { return run_serve(arguments, console); }
};

int run(int argument_count, char** arguments) {
  const Parsed parsed = parse_command_line(argument_count, arguments);
  if (const int* status = std::get_if<int>(&parsed)) return *status;
  Console console;
  return console.finish(std::visit(Runner{&console, arguments}, std::get<Command>(parsed)));
}

}  // namespace
}  // namespace alibi::cli

// Our code throws nothing; the standard library and the JSON library do when memory runs out.
int main(int argument_count, char** arguments) {
  alibi::cli::open_closed_streams();
  // A short run: memory given back to the system and asked for again is what it would spend most time on.
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TOP_PAD, 4 << 20);
  try {
    return alibi::cli::run(argument_count, arguments);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "alibi: stopped by an unexpected %s [alibi-%d]\n", error.what(),
                 static_cast<int>(alibi::ErrorCode::kInternal));
    return alibi::cli::kFailed;
  }
}

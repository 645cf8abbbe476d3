// The command line as values: one struct per command. The only users of CLI11 are options.cc and the other
// *_options.cc.
#ifndef ALIBI_COLLECTOR_CLI_OPTIONS_H_
#define ALIBI_COLLECTOR_CLI_OPTIONS_H_

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "collector/cli/selection_options.h"
#include "collector/cli/shared_options.h"
#include "collector/cli/splitting_options.h"
#include "collector/store/retention.h"

namespace alibi::cli {

struct MergeOptions {
  std::vector<std::string> sources;  // session directories and data folders
  std::string data;                  // empty: see data_folder.h, here and below
  Output output = Output::kText;
  bool leave = false;
  uint64_t kept = store::kDefaultKept;
};

struct GcOptions {
  std::string data;
  Output output = Output::kText;
  uint64_t kept = store::kDefaultKept;
  bool dry_run = false;
};

struct ShipOptions {
  std::string session;  // directory of one that begins: its report is opened; empty: what waits is sent
  std::string data;
  Output output = Output::kText;
};

struct TransferOptions {
  std::string folder;
  std::string environment;  // empty: all
  std::string data;
  Output output = Output::kText;
  bool dry_run = false;
};
struct PushOptions : TransferOptions {};
struct PullOptions : TransferOptions {};

struct ShowOptions {
  std::string test;  // empty: all
  std::string data;
  Output output = Output::kText;
  bool full = false;
};

struct ServeOptions {
  std::string host = "127.0.0.1";
  uint16_t port = 8126;  // where clients look for an agent
  std::string store;     // empty: below the user's state directory
  std::string api_key_file;
  std::string certificate, key;
  bool allow_anyone = false;
  uint64_t requests_per_second = 2000;
  uint64_t keep_days = 90;
  std::string source;
  std::vector<std::string> imports;
  std::string service = "imported";
  std::string replay;
  bool only_take = false;
};

struct ListOptions {
  std::string data;
  Output output = Output::kText;
};

struct StatsOptions {
  std::string data;
  Output output = Output::kText;
};

struct DoctorOptions {
  std::string data;
  std::string python;
  Output output = Output::kText;
};

enum class ExportFormat { kJson, kLcov, kCobertura, kCoverage };
struct ExportOptions {
  bool as_of_now = false;            // what a full run would say now, also of tests that were left out
  std::string request;               // of that, as of SelectOptions
  std::string environment;           // likewise
  std::vector<std::string> sources;  // files and folders; empty: all
  bool contexts = false;             // one per test
  bool read_only = false;            // writes only the output; tests ran since then that nothing is known of
  ExportFormat format = ExportFormat::kJson;
  std::string output;  // empty: standard output
  std::string data;
};

struct DumpOptions {
  std::string shard;
  Output output = Output::kText;
};

using Command = std::variant<MergeOptions, ShowOptions, ListOptions, StatsOptions, GcOptions, PushOptions,
                             PullOptions, DoctorOptions, ExportOptions, DumpOptions, SelectOptions,
                             WhyOptions, VerifyOptions, AuditOptions, WatchOptions, ShipOptions, ServeOptions,
                             PlanOptions, RunOptions, ReplayOptions>;

// What to do; or, after --help, --version or a mistake, the exit status (the text has been printed).
using Parsed = std::variant<Command, int>;
Parsed parse_command_line(int argument_count, char** arguments);

}  // namespace alibi::cli

#endif  // ALIBI_COLLECTOR_CLI_OPTIONS_H_

// The options of what decides which tests have to run: `alibi select`, `why`, `verify`, `audit` and `watch`.
// Used by options.cc; CLI11 stays out of the header.
#ifndef ALIBI_COLLECTOR_CLI_SELECTION_OPTIONS_H_
#define ALIBI_COLLECTOR_CLI_SELECTION_OPTIONS_H_

#include <string>
#include <vector>

#include "collector/cli/shared_options.h"

namespace alibi::cli {

struct SelectOptions {
  std::string data;
  std::string request;  // file with what the test runner says, "-": standard input; empty: nobody is there
  std::string environment;
  std::string python;
  std::string since;
  std::string mode;  // safe, strict, fast; empty: as the request says
  Output output = Output::kText;
  bool read_only = false;
  bool only_ids = false;
};

struct WhyOptions {
  std::string test;
  std::string data;
  std::string environment;
  std::string python;
  Output output = Output::kText;
};

struct VerifyOptions {
  std::vector<std::string> tests;  // empty: all that would be skipped now
  std::string alibi;               // file that `alibi why --json` made, "-": standard input
  std::string data;
  std::string environment;
  std::string python;
  Output output = Output::kText;
};

// Words for the Python side, which checks them; empty: not given.
struct AuditOptions {
  std::string sample;
  std::string mutants;
  std::string seed;
  std::string kinds;
  std::string resume;
  std::string selected_runs;           // a share of the mutants; the others by verdict
  std::vector<std::string> arguments;  // of pytest, instead of those of the last session
  std::string data;
  std::string environment;
  std::string python;
  Output output = Output::kText;
};

struct WatchOptions {
  std::vector<std::string> arguments;  // of the test runner
  std::string runner;                  // a shell command; empty: pytest
  std::vector<std::string> ignored;    // patterns
  std::string data;
  std::string environment;
  std::string python;
  bool plain = false;
  bool polls = false;
};

// Adds the five commands.
void add_selection(CLI::App* app, SelectOptions* select, WhyOptions* why, VerifyOptions* verify,
                   AuditOptions* audit, WatchOptions* watch);

}  // namespace alibi::cli

#endif  // ALIBI_COLLECTOR_CLI_SELECTION_OPTIONS_H_

// The options of `alibi plan`, `alibi run` and `alibi replay`: the flags of collector/plan/settings.h on a
// command line. Used by options.cc; CLI11 stays out of the header.
#ifndef ALIBI_COLLECTOR_CLI_SPLITTING_OPTIONS_H_
#define ALIBI_COLLECTOR_CLI_SPLITTING_OPTIONS_H_

#include <map>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace alibi::cli {

struct SplittingOptions {
  std::map<std::string, std::vector<std::string>> flags;  // as GivenSettings wants them
  std::string data;
  bool json = false;
  std::vector<std::string> ignored;  // words that mean nothing
};

struct PlanOptions : SplittingOptions {
  std::string explain;     // a file: why it is where it is
  std::string what_if;     // "4,8,16"
  std::string difference;  // another plan's folder
  std::string ci;          // provider to write for; empty: the one that runs this, none: none
  bool dry_run = false;    // writes nothing
};

struct RunOptions : SplittingOptions {};

struct ReplayOptions {
  std::string folder;               // a plan's
  std::vector<std::string> actual;  // JUnit files and folders; empty: what runs here measured
  std::string data;
  bool json = false;
};

// Adds the three commands, and to `app` itself the flags that may stand `before` them.
void add_splitting(CLI::App* app, SplittingOptions* before, PlanOptions* plan, RunOptions* run,
                   ReplayOptions* replay);

// DDTest takes words that mean nothing to it. So do plan and run for who comes from it: `lenient`. To be
// called before the parsing; afterwards odd_words() says which words these are, and returns one that is a
// mistake: a flag that there is not (words behind `--` are none), or a word for another command.
void take_odd_words(CLI::App* app, bool lenient);
std::string odd_words(const CLI::App& app, const std::vector<std::string>& behind_dashes,
                      std::vector<std::string>* ignored);

}  // namespace alibi::cli

#endif  // ALIBI_COLLECTOR_CLI_SPLITTING_OPTIONS_H_

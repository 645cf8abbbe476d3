// A test framework as splitting sees it: which files and tests there are, and how to run some of them.
//
// One class per framework in python/, ruby/, javascript/ and generic/; used by `alibi plan` and `alibi run`,
// one thread. Programs of the project (listing tests) are started through one door, so that tests need none.
// Never changes a file of the project; temporary files go below `scratch`.
#ifndef ALIBI_COLLECTOR_FRAMEWORK_FRAMEWORK_H_
#define ALIBI_COLLECTOR_FRAMEWORK_FRAMEWORK_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collector/plan/settings.h"
#include "collector/plan/unit.h"
#include "collector/process/child_process.h"
#include "tracer/base/result.h"

namespace alibi::framework {

// Where the tests are and what the user said about them.
struct Project {
  std::string directory;   // working directory, absolute
  std::string repository;  // root of the git repository, absolute; "" without
  std::map<std::string, std::string> environment;
  plan::Settings settings;
  std::string scratch;  // existing folder for temporary files, absolute
  // What list_tests() says to be skipped is left out on other machines: Discovery::ground has what they
  // compare.
  bool of_other_machines = false;
};

// The file to which `alibi select` writes what the tests that it skips rest on; set while tests are listed.
inline constexpr char kGroundVariable[] = "ALIBI_GROUND";

using RunProgram = std::function<Result<process::ChildOutput>(const std::vector<std::string>& command,
                                                              const process::ChildOptions& options)>;

struct DiscoveredTest {
  std::string name, suite, module, parameters;  // as the intake knows them
  std::string file;                             // as in Discovery::files
  std::string selector;  // selects it on the command line, "" when the framework cannot
  std::string group;     // tests of one group of a file stay together (class, xdist_group); "" none
  bool skipped = false;  // Alibi's own evidence clears it
  std::string reason;    // of that, for people
};

struct Discovery {
  std::vector<std::string> files;  // sorted by bytes, each once, relative to the directory
  // `files` is what the framework itself collects: a file that is not in it is no test file.
  bool files_complete = false;
  std::vector<DiscoveredTest> tests;  // full discovery only
  // Files whose every test Alibi's evidence clears, with the reason; they are in `files`, too.
  std::map<std::string, std::string> cleared;
  // What the skipped tests rest on besides the commit (collector/change/ground_json.h); "" nobody said.
  std::string ground;
  std::vector<std::string> notices;
};

// A process to start.
struct Launch {
  std::vector<std::string> command;  // with its arguments
  std::string directory;             // where; "" the project's
  // Over the parent's environment; a variable with no value is removed.
  std::vector<std::pair<std::string, std::optional<std::string>>> environment;
  std::vector<std::string> files;  // temporary ones below scratch, the runner removes them afterwards
  std::string junit;               // where its report will be; "" where it was asked for
  // A driver makes this file when it begins and removes it when the run has come to its end: one that is left
  // says that it did not, whatever the status. "" none.
  std::string mark;
};

struct Abilities {
  bool full_discovery = false;  // list_tests()
  bool divides_files = false;   // single tests can be listed and selected
  bool persistent = false;      // one process takes file after file (collector/run/WORKERS.md)
  bool junit = false;           // can write a JUnit report
};

// How a batch ended, from the exit status of its process.
enum class Ending : uint8_t { kPassed, kFailed, kNoTests, kInterrupted, kBroken };

class Framework {
 public:
  virtual ~Framework() = default;
  virtual std::string_view platform() const = 0;  // "python"
  virtual std::string_view name() const = 0;      // "pytest"
  virtual std::string pattern() const = 0;  // of test files: the user's, the configuration's, the default
  virtual Abilities abilities() const = 0;

  // Interpreter and framework are there: an error says what is missing and how to get it.
  virtual Result<void> check() = 0;
  // os.* and runtime.* tags.
  virtual Result<std::map<std::string, std::string>> runtime_tags() = 0;
  // Where tests import from, and the installed packages that the framework loads by itself ("name version"):
  // asked together with the tags, nothing is started for it.
  virtual std::vector<std::string> search_path() { return {}; }
  virtual std::vector<std::string> plugins() { return {}; }
  virtual Result<Discovery> list_files() = 0;
  virtual Result<Discovery> list_tests() = 0;  // an error where abilities() has no full discovery

  // Alibi is there in the workers and decides with its evidence: a test that list_tests() does not say to be
  // skipped runs in them, whatever a service says (but see ALIBI_TRUST).
  virtual bool decides_by_evidence() { return false; }

  // Tests of one file are used to other orders or processes here (xdist, randomised order).
  virtual bool runs_tests_apart() { return false; }

  // Files that say themselves that they are never to be skipped.
  virtual bool is_unskippable(const std::string& file) const = 0;
  // Which discovered file a suite of the service means; "" unknown.
  virtual std::string file_of_suite(const std::string& module, const std::string& suite) const = 0;

  // Runs these units in one process, once. Several launches where one command line cannot hold them.
  // junit: where to write a JUnit report; "" none. worker: distinguishes temporary files.
  virtual Result<std::vector<Launch>> launches(const std::vector<plan::Unit>& units, const std::string& junit,
                                               const std::string& worker) = 0;
  // A process that asks for units on a socket; nothing where abilities() says so. units: all that it may
  // come to be asked to run (for what has to be known at its start).
  virtual Result<std::optional<Launch>> persistent_launch(const std::vector<plan::Unit>& units,
                                                          const std::string& junit,
                                                          const std::string& worker) = 0;
  virtual Ending ending(int status) const = 0;
};

// By the settings; detected from the project's files where they are silent. Errors: unsupported platform or
// framework, or nothing detected, with the choices.
Result<std::unique_ptr<Framework>> make_framework(const Project& project, const RunProgram& run_program);

}  // namespace alibi::framework

#endif  // ALIBI_COLLECTOR_FRAMEWORK_FRAMEWORK_H_

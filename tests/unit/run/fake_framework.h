// A test framework of small scripts for the runner's tests: what a "file" does is the word its name begins
// with ("pass", "fail", "crash", "hang", ...). Each file that is begun adds its name to a record.
#ifndef ALIBI_TESTS_UNIT_RUN_FAKE_FRAMEWORK_H_
#define ALIBI_TESTS_UNIT_RUN_FAKE_FRAMEWORK_H_

#include <map>
#include <string>
#include <vector>

#include "collector/run/runner.h"
#include "tests/support/temporary_directory.h"

namespace alibi::run {

class FakeFramework : public framework::Framework {
 public:
  explicit FakeFramework(std::string folder);

  std::string_view platform() const override { return "fake"; }
  std::string_view name() const override { return "fake"; }
  std::string pattern() const override { return "*"; }
  framework::Abilities abilities() const override;
  Result<void> check() override { return {}; }
  Result<std::map<std::string, std::string>> runtime_tags() override {
    return std::map<std::string, std::string>();
  }
  Result<framework::Discovery> list_files() override { return framework::Discovery{}; }
  Result<framework::Discovery> list_tests() override { return framework::Discovery{}; }
  bool is_unskippable(const std::string&) const override { return false; }
  std::string file_of_suite(const std::string&, const std::string&) const override { return ""; }
  Result<std::vector<framework::Launch>> launches(const std::vector<plan::Unit>& units,
                                                  const std::string& junit,
                                                  const std::string& worker) override;
  Result<std::optional<framework::Launch>> persistent_launch(const std::vector<plan::Unit>& units,
                                                             const std::string& junit,
                                                             const std::string& worker) override;
  framework::Ending ending(int status) const override;

  std::vector<std::string> begun() const;                            // sorted
  std::vector<std::string> lines_of(const std::string& name) const;  // of a file that the script wrote

  bool persistent = false;
  bool junit = false;
  bool marks = false;        // its batches say when they have come to their end
  std::string driver_mode;   // "", dies, nonsense, ...: see the script
  std::string program = "";  // in place of the script
  size_t files_per_launch = 1000;

 private:
  std::string folder_;
};

// A node's run of files with these names, `workers` lists filled in turn.
struct FakeRun {
  FakeRun(const std::vector<std::string>& files, uint32_t workers);
  RunOutcome run();
  UnitEnd end_of(const std::string& file, const RunOutcome& outcome) const;

  testing::TemporaryDirectory directory;
  FakeFramework framework;
  RunRequest request;
  std::vector<plan::Unit> units;
  std::vector<std::vector<size_t>> share;
  bool steals = true;
  std::string printed;  // what the run wrote to our output and error, after run()
};

}  // namespace alibi::run

#endif  // ALIBI_TESTS_UNIT_RUN_FAKE_FRAMEWORK_H_

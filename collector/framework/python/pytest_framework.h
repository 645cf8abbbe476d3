// pytest as a framework: files by its rules without starting it, tests by asking it, runs by starting it.
// One thread.
#ifndef ALIBI_COLLECTOR_FRAMEWORK_PYTHON_PYTEST_FRAMEWORK_H_
#define ALIBI_COLLECTOR_FRAMEWORK_PYTHON_PYTEST_FRAMEWORK_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "collector/framework/disk.h"
#include "collector/framework/framework.h"
#include "collector/framework/programs.h"
#include "collector/framework/python/interpreter.h"
#include "collector/framework/python/pytest_configuration.h"

namespace alibi::framework {

class Pytest final : public Framework {
 public:
  Pytest(const Project& project, RunProgram run_program, const Disk& disk);

  std::string_view platform() const override { return "python"; }
  std::string_view name() const override { return "pytest"; }
  std::string pattern() const override;
  Abilities abilities() const override;
  Result<void> check() override;
  Result<std::map<std::string, std::string>> runtime_tags() override;
  std::vector<std::string> search_path() override;
  std::vector<std::string> plugins() override;
  Result<Discovery> list_files() override;
  Result<Discovery> list_tests() override;
  bool runs_tests_apart() override { return facts().ok() && facts()->runs_tests_apart; }
  bool decides_by_evidence() override {
    return project_.settings.selects && facts().ok() && facts()->has_alibi;
  }
  bool is_unskippable(const std::string& file) const override;
  std::string file_of_suite(const std::string& module, const std::string& suite) const override;
  Result<std::vector<Launch>> launches(const std::vector<plan::Unit>& units, const std::string& junit,
                                       const std::string& worker) override;
  Result<std::optional<Launch>> persistent_launch(const std::vector<plan::Unit>& units,
                                                  const std::string& junit,
                                                  const std::string& worker) override;
  Ending ending(int status) const override;

 private:
  const Result<PythonFacts>& facts() const;
  Result<PytestConfiguration> configuration(const std::vector<std::string>& files) const;
  const Result<PytestConfiguration>& whole_configuration() const;
  PytestOptions options_around() const;  // of --command and PYTEST_ADDOPTS
  PytestOptions options_of(const PytestConfiguration& configuration) const;
  Result<std::vector<std::string>> files() const;
  Result<std::vector<std::string>> root_arguments(const std::vector<std::string>& files) const;
  Variables alibi_variables() const;
  Result<Launch> base_launch(const std::vector<plan::Unit>& units, const std::string& junit) const;
  bool is_special(const plan::Unit& unit) const;
  Result<void> keep_to(const std::vector<plan::Unit>& units, const std::vector<std::string>& arguments,
                       const std::string& worker, size_t number, Launch* launch) const;
  Result<void> add_launches(const std::vector<plan::Unit>& units, const std::string& junit,
                            const std::string& worker, std::vector<Launch>* made) const;
  Result<Launch> collection(const std::string& output) const;
  struct Collected {
    Discovery discovery;
    int status = 0;
    std::string said;
    bool is_whole() const { return status == 0 || status == 5; }  // nothing failed to be imported
  };
  const Result<Collected>& collected();
  Result<Collected> collect() const;
  Result<void> keep_to_settings(Discovery* discovery) const;
  bool names_files() const { return project_.settings.compat || !project_.settings.tests_location.empty(); }
  const std::string& reason_to_collect() const;

  Project project_;
  RunProgram run_program_;
  const Disk& disk_;
  mutable std::optional<Result<PythonFacts>> facts_;          // asked for once
  mutable std::optional<Result<PytestConfiguration>> whole_;  // of a run of all tests; read once
  std::optional<Result<Collected>> collected_;                // what pytest collects; asked for once
  mutable std::optional<std::string> reason_to_collect_;
};

}  // namespace alibi::framework

#endif  // ALIBI_COLLECTOR_FRAMEWORK_PYTHON_PYTEST_FRAMEWORK_H_

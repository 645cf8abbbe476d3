// What the test frameworks of Node have in common: files are the smallest unit, the framework's own list of
// them is asked for, and one process runs a list of them. Used by `alibi plan` and `alibi run` through
// framework.h, one thread. Needs node and the framework in the project, no library of anybody. Never leaves
// a file in the project; what the drivers need is written below the scratch folder.
#ifndef ALIBI_COLLECTOR_FRAMEWORK_JAVASCRIPT_JAVASCRIPT_H_
#define ALIBI_COLLECTOR_FRAMEWORK_JAVASCRIPT_JAVASCRIPT_H_

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "collector/framework/disk.h"
#include "collector/framework/framework.h"
#include "collector/framework/javascript/command_line.h"

namespace alibi::framework::javascript {

struct Tool {
  std::string_view name;        // "cucumber"
  std::string_view executable;  // "cucumber-js"
  std::string_view package;     // that has it
  std::string_view pattern;     // of its test files, where it is not asked
  bool is_modules = false;      // made of ES modules: the vendor's library needs its loader, too
  bool named = true;            // a command of the user's has to contain the executable
  bool junit = false;
};

class Javascript : public Framework {
 public:
  Javascript(Tool tool, Project project, RunProgram run_program, const Disk& disk);

  std::string_view platform() const override { return "javascript"; }
  std::string_view name() const override { return tool_.name; }
  std::string pattern() const override;
  Abilities abilities() const override;
  Result<void> check() override;
  Result<std::map<std::string, std::string>> runtime_tags() override;
  Result<Discovery> list_files() override;
  Result<Discovery> list_tests() override;
  bool is_unskippable(const std::string& file) const override;
  std::string file_of_suite(const std::string& module, const std::string& suite) const override;
  Result<std::vector<Launch>> launches(const std::vector<plan::Unit>& units, const std::string& junit,
                                       const std::string& worker) override;
  Result<std::optional<Launch>> persistent_launch(const std::vector<plan::Unit>& units,
                                                  const std::string& junit,
                                                  const std::string& worker) override;
  Ending ending(int status) const override;

 protected:
  // The framework's own list; paths absolute or relative to the directory.
  virtual Result<Words> native_files() = 0;
  // One process for these files. batch: how many there were before; junit "" none.
  virtual Result<Launch> launch(const Words& files, const std::string& junit, const std::string& stem,
                                size_t batch) = 0;
  virtual size_t room_for_files() const;
  bool resolves(std::string_view file_of_package) const;
  // Folders that suites may be relative to, besides the directory.
  virtual Words suite_roots() const { return {}; }

  // A program that lists: without the vendor's library, told that it only lists. `set`: variables besides.
  Result<process::ChildOutput> ask(const Words& command, const std::vector<std::string>& set = {},
                                   const std::string& preload = "");
  // An error that shows what the program said.
  Error refused(const Words& command, const process::ChildOutput& output) const;
  // A launch with NODE_OPTIONS as a run has it; preload "" none.
  Launch run_launch(Words command, const std::string& preload) const;
  std::string run_node_options() const;
  // What the preload stands in NODE_OPTIONS as, so that it can take itself out again.
  std::string preload_entry() const;

  Words with_tool_arguments(const Words& more) const { return with_arguments(command_, more); }
  // The tool's place in the command; for tools that are `named` it is there once check() is good.
  Result<size_t> tool_place() const;
  // Writes a driver into the scratch folder; its path.
  Result<std::string> driver(std::string_view name);
  Result<std::string> scratch_file(const std::string& name, const std::string& text) const;
  std::string scratch_path(const std::string& name) const;
  std::string absolute(const std::string& file) const;
  std::string real(const std::string& file) const;      // absolute, as a program in the directory says it
  std::string relative(const std::string& file) const;  // to the directory, links resolved where needed
  // Names that are no UTF-8 are none for Node either.
  static std::string request_text(const nlohmann::json& request);
  const std::string& variable(const std::string& name) const;
  void notice(const std::string& text);

  const Tool tool_;
  const Project project_;
  const RunProgram run_program_;
  const Disk& disk_;
  Words command_;  // the user's, or the installed tool

 private:
  void settle_command();
  bool installed_ = true;
  Words notices_;
  std::set<std::string> written_;
  std::string real_directory_;
};

std::unique_ptr<Framework> make_jest(const Project& project, const RunProgram& run_program, const Disk& disk);
std::unique_ptr<Framework> make_vitest(const Project& project, const RunProgram& run_program,
                                       const Disk& disk);
std::unique_ptr<Framework> make_mocha(const Project& project, const RunProgram& run_program,
                                      const Disk& disk);
std::unique_ptr<Framework> make_cypress(const Project& project, const RunProgram& run_program,
                                        const Disk& disk);
std::unique_ptr<Framework> make_playwright(const Project& project, const RunProgram& run_program,
                                           const Disk& disk);
std::unique_ptr<Framework> make_cucumber_js(const Project& project, const RunProgram& run_program,
                                            const Disk& disk);

}  // namespace alibi::framework::javascript

#endif  // ALIBI_COLLECTOR_FRAMEWORK_JAVASCRIPT_JAVASCRIPT_H_

// Jest: --listTests, --runTestsByPath. Its reporters are the user's; ours, for JUnit, is put behind them from
// inside (drivers/alibi_node_preload.cjs), because --reporters would replace them.
#include <nlohmann/json.hpp>

#include "collector/framework/javascript/javascript.h"

namespace alibi::framework::javascript {
namespace {

constexpr Tool kJest = {.name = "jest",
                        .executable = "jest",
                        .package = "jest",
                        .pattern =
                            "{**/__tests__/**/*.{js,jsx,ts,tsx,mjs,cjs},"
                            "**/*.{spec,test}.{js,jsx,ts,tsx,mjs,cjs}}",
                        .is_modules = false,
                        .named = false,
                        .junit = true};

class Jest : public Javascript {
 public:
  using Javascript::Javascript;

 protected:
  Result<Words> native_files() override {
    const Words command = with_tool_arguments({"--listTests"});
    Result<process::ChildOutput> output = ask(command);
    if (!output) return std::move(output).error();
    if (output->status != 0) return refused(command, *output);
    Words files;
    for (size_t begin = 0; begin < output->text.size();) {
      const size_t end = std::min(output->text.find('\n', begin), output->text.size());
      std::string line = output->text.substr(begin, end - begin);
      if (line.ends_with('\r')) line.pop_back();
      // Of other things that are said there, none is an absolute path.
      if (line.starts_with('/')) files.push_back(std::move(line));
      begin = end + 1;
    }
    return files;
  }

  Result<Launch> launch(const Words& files, const std::string& junit, const std::string& stem,
                        size_t batch) override {
    Words more = {"--runTestsByPath"};
    more.insert(more.end(), files.begin(), files.end());
    const Words command = with_tool_arguments(more);
    if (junit.empty()) return run_launch(command, "");
    for (const char* const needed : {"alibi_junit.cjs", "alibi_jest_reporter.cjs"}) {
      if (const Result<std::string> written = driver(needed); !written) return written.error();
    }
    const Result<std::string> preload = driver("alibi_node_preload.cjs");
    if (!preload) return preload.error();
    const nlohmann::json asked = {
        {"tool", "jest"}, {"junit", junit}, {"append", batch > 0}, {"entry", preload_entry()}};
    const Result<std::string> request = scratch_file(stem + ".json", request_text(asked));
    if (!request) return request.error();
    Launch made = run_launch(command, *preload);
    made.environment.emplace_back("ALIBI_NODE_REQUEST", *request);
    made.files = {*request};
    return made;
  }
};

}  // namespace

std::unique_ptr<Framework> make_jest(const Project& project, const RunProgram& run_program,
                                     const Disk& disk) {
  return std::make_unique<Jest>(kJest, project, run_program, disk);
}

}  // namespace alibi::framework::javascript

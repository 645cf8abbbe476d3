// Jest: --listTests, --runTestsByPath. Its reporters are the user's; ours, for JUnit and the run's mark, is
// put behind them from inside (drivers/alibi_node_preload.cjs), because --reporters would replace them.
// --shard and coverageThreshold are left out there, too.
#include <algorithm>
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
    // As JSON, since a name may have a line break.
    const Words command = with_tool_arguments({"--listTests", "--json"});
    const std::string left_out = scratch_path("jest_left_out.json");
    disk_.remove(left_out);
    const Result<std::string> preload = driver("alibi_node_preload.cjs");
    const Result<std::string> request = request_for({{"mode", "list"}, {"output", left_out}}, "jest_list");
    if (!preload) return preload.error();
    if (!request) return request.error();
    Result<process::ChildOutput> output = ask(command, {"ALIBI_NODE_REQUEST=" + *request}, *preload);
    disk_.remove(*request);
    if (!output) return std::move(output).error();
    if (output->status != 0) return refused(command, *output);
    say_left_out(disk_.text(left_out).value_or(""));
    disk_.remove(left_out);
    return listed(output->text);
  }

  Result<Launch> launch(const Words& files, const std::string& junit, const std::string& stem,
                        size_t batch) override {
    Words more = {"--runTestsByPath"};
    more.insert(more.end(), files.begin(), files.end());
    for (const char* const needed : {"alibi_junit.cjs", "alibi_jest_reporter.cjs"}) {
      if (const Result<std::string> written = driver(needed); !written) return written.error();
    }
    const Result<std::string> preload = driver("alibi_node_preload.cjs");
    if (!preload) return preload.error();
    const std::string mark = scratch_path(stem + ".mark");
    const Result<std::string> request =
        request_for({{"mode", "run"}, {"junit", junit}, {"append", batch > 0}, {"mark", mark}}, stem);
    if (!request) return request.error();
    Launch made = run_launch(with_tool_arguments(more), *preload);
    made.environment.emplace_back("ALIBI_NODE_REQUEST", *request);
    made.files = {*request};
    made.mark = mark;
    return made;
  }

 private:
  // Scripts of the user's may say other things there: of those, none is such a list or an absolute path.
  static Words listed(const std::string& text) {
    Words files;
    for (size_t begin = 0; begin < text.size();) {
      const size_t end = std::min(text.find('\n', begin), text.size());
      std::string line = text.substr(begin, end - begin);
      begin = end + 1;
      if (line.ends_with('\r')) line.pop_back();
      if (line.starts_with('/')) files.push_back(line);
      if (!line.starts_with('[')) continue;
      const nlohmann::json list = nlohmann::json::parse(line, nullptr, false);
      if (!list.is_array()) continue;
      for (const nlohmann::json& file : list) {
        if (file.is_string() && file.get_ref<const std::string&>().starts_with('/'))
          files.push_back(file.get<std::string>());
      }
    }
    return files;
  }

  void say_left_out(const std::string& text) {
    const nlohmann::json names = nlohmann::json::parse(text, nullptr, false);
    if (!names.is_array()) return;
    if (std::ranges::find(names, "shard") != names.end())
      notice("Jest's --shard is left out: Alibi divides the files itself");
    if (std::ranges::find(names, "coverageThreshold") != names.end()) {
      notice(
          "Jest's coverageThreshold is left out: each worker covers only what its own files reach; check it "
          "on the merged coverage");
    }
  }

  Result<std::string> request_for(nlohmann::json asked, const std::string& stem) const {
    asked["tool"] = "jest";
    asked["entry"] = preload_entry();
    return scratch_file(stem + ".json", request_text(asked));
  }
};

}  // namespace

std::unique_ptr<Framework> make_jest(const Project& project, const RunProgram& run_program,
                                     const Disk& disk) {
  return std::make_unique<Jest>(kJest, project, run_program, disk);
}

}  // namespace alibi::framework::javascript

// Mocha: its own rules for files, applied inside its own process (drivers/alibi_node_preload.cjs), because
// its configuration adds to what the command line says. Files of --file are set-up: every process loads them.
#include <nlohmann/json.hpp>
#include <optional>

#include "collector/framework/javascript/javascript.h"
#include "collector/framework/walk.h"
#include "collector/model/plan_errors.h"

namespace alibi::framework::javascript {
namespace {

constexpr Tool kMocha = {.name = "mocha",
                         .executable = "mocha",
                         .package = "mocha",
                         .pattern = "test/**/*.{js,cjs,mjs}",
                         .is_modules = false,
                         .named = true,
                         .junit = true};

class Mocha : public Javascript {
 public:
  using Javascript::Javascript;

  // Mocha ends with the number of failures.
  Ending ending(int status) const override {
    if (status == 0) return Ending::kPassed;
    if (status == 126 || status == 127) return Ending::kBroken;
    return Ending::kFailed;
  }

 protected:
  Result<Words> native_files() override {
    if (const Result<size_t> place = tool_place(); !place) return place.error();
    const Result<std::string> preload = driver("alibi_node_preload.cjs");
    if (!preload) return preload.error();
    const std::string output = scratch_path("mocha_files.json");
    disk_.remove(output);
    const nlohmann::json asked = {{"tool", "mocha"},
                                  {"mode", "list"},
                                  {"output", output},
                                  {"location", project_.settings.tests_location},
                                  {"entry", preload_entry()}};
    const Result<std::string> request = scratch_file("mocha_list.json", request_text(asked));
    if (!request) return request.error();
    const Words command = with_tool_arguments({});
    const Result<process::ChildOutput> said = ask(command, {"ALIBI_NODE_REQUEST=" + *request}, *preload);
    disk_.remove(*request);
    if (!said) return said.error();
    const nlohmann::json read = nlohmann::json::parse(disk_.text(output).value_or(""), nullptr, false);
    disk_.remove(output);
    if (!read.is_object() || !read.contains("files") || !read["files"].is_array())
      return refused(command, *said);
    const Words hooked = words_of(read, "hooked");
    if (!hooked.empty())
      notice(hooked.front() +
             (hooked.size() > 1 ? " and " + std::to_string(hooked.size() - 1) + " more" : "") +
             " define hooks outside of any suite beside tests: they hold for the tests of the same process "
             "only. Move the hooks to a file of their own");
    setup_ = words_of(read, "setup");
    return words_of(read, "files");
  }

  // The files are in the request; only where Mocha starts a Node of its own they come to a command line.
  Result<Launch> launch(const Words& files, const std::string& junit, const std::string& stem,
                        size_t batch) override {
    if (const Result<size_t> place = tool_place(); !place) return place.error();
    if (const Result<std::string> written = driver("alibi_junit.cjs"); !written) return written.error();
    const Result<std::string> preload = driver("alibi_node_preload.cjs");
    if (!preload) return preload.error();
    // A plan of another process says what to run, not what everybody loads.
    if (!setup_) (void)native_files();
    if (!setup_) setup_ = Words{};
    Words paths = not_excluded(*setup_);
    for (const std::string& file : files) paths.push_back(absolute(file));
    const std::string mark = scratch_path(stem + ".mark");
    const nlohmann::json asked = {{"tool", "mocha"},         {"mode", "run"},       {"files", paths},
                                  {"junit", junit},          {"append", batch > 0}, {"mark", mark},
                                  {"entry", preload_entry()}};
    const Result<std::string> request = scratch_file(stem + ".json", request_text(asked));
    if (!request) return request.error();
    Launch made = run_launch(with_tool_arguments({}), *preload);
    made.environment.emplace_back("ALIBI_NODE_REQUEST", *request);
    made.files = {*request};
    made.mark = mark;
    return made;
  }

 private:
  static Words words_of(const nlohmann::json& read, const char* key) {
    Words words;
    if (!read.contains(key) || !read[key].is_array()) return words;
    for (const nlohmann::json& word : read[key]) {
      if (word.is_string()) words.push_back(word.get<std::string>());
    }
    return words;
  }

  // What the user leaves out is loaded by nobody.
  Words not_excluded(Words paths) const {
    if (project_.settings.tests_exclude.empty()) return paths;
    const Result<Walk> walk = walk_for(project_.directory, "**", project_.settings);
    if (!walk) return paths;
    std::erase_if(paths,
                  [&](const std::string& path) { return files_among(*walk, {relative(path)}).empty(); });
    return paths;
  }

  // Files among the tests that define none (helpers, hooks for all): every process loads them first, as
  // Mocha does. Nothing: not known yet.
  std::optional<Words> setup_;
};

}  // namespace

std::unique_ptr<Framework> make_mocha(const Project& project, const RunProgram& run_program,
                                      const Disk& disk) {
  return std::make_unique<Mocha>(kMocha, project, run_program, disk);
}

}  // namespace alibi::framework::javascript

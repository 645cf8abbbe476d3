// Cypress: its configuration, wrapped by a temporary one in the project's root (it takes none from
// elsewhere), says its patterns of files; a run gets `--spec a,b,c`.
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "collector/framework/drivers/drivers.h"
#include "collector/framework/javascript/javascript.h"
#include "collector/framework/walk.h"
#include "collector/model/plan_errors.h"

namespace alibi::framework::javascript {
namespace {

constexpr Tool kCypress = {.name = "cypress",
                           .executable = "cypress",
                           .package = "cypress",
                           .pattern = "cypress/e2e/**/*.cy.{js,jsx,ts,tsx}"};

const OptionTable& options() {
  static const OptionTable table = {{"-b", Takes::kValue},
                                    {"--browser", Takes::kValue},
                                    {"--ci-build-id", Takes::kValue},
                                    {"-c", Takes::kValue},
                                    {"--config", Takes::kValue},
                                    {"-C", Takes::kValue},
                                    {"--config-file", Takes::kValue},
                                    {"-e", Takes::kValue},
                                    {"--env", Takes::kValue},
                                    {"--expose", Takes::kValue},
                                    {"-x", Takes::kValue},
                                    {"--group", Takes::kValue},
                                    {"-k", Takes::kValue},
                                    {"--key", Takes::kValue},
                                    {"-p", Takes::kValue},
                                    {"--port", Takes::kValue},
                                    {"-P", Takes::kValue},
                                    {"--project", Takes::kValue},
                                    {"-r", Takes::kValue},
                                    {"--reporter", Takes::kValue},
                                    {"-o", Takes::kValue},
                                    {"--reporter-options", Takes::kValue},
                                    {"-s", Takes::kValue},
                                    {"--spec", Takes::kValue},
                                    {"-t", Takes::kValue},
                                    {"--tag", Takes::kValue},
                                    {"--record", Takes::kMaybeValue},
                                    {"--headed", Takes::kNothing},
                                    {"--parallel", Takes::kMaybeValue},
                                    {"-q", Takes::kNothing},
                                    {"--auto-cancel-after-failures", Takes::kValue},
                                    {"--runner-ui", Takes::kNothing}};
  return table;
}

Words texts_of(const nlohmann::json& value) {
  if (value.is_string()) return {value.get<std::string>()};
  Words texts;
  if (value.is_array()) {
    for (const nlohmann::json& one : value) {
      if (one.is_string()) texts.push_back(one.get<std::string>());
    }
  }
  return texts;
}

class TemporaryFile {
 public:
  TemporaryFile(const Disk& disk, std::string path) : disk_(disk), path_(std::move(path)) {}
  ~TemporaryFile() { disk_.remove(path_); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

 private:
  const Disk& disk_;
  std::string path_;
};

class Cypress : public Javascript {
 public:
  using Javascript::Javascript;

  // Cypress ends with the number of failed tests.
  Ending ending(int status) const override {
    if (status == 0) return Ending::kPassed;
    if (status == 126 || status == 127) return Ending::kBroken;
    return Ending::kFailed;
  }

 protected:
  Result<Words> native_files() override {
    const std::string root = project_root();
    const std::string output = scratch_path("cypress_patterns.json");
    disk_.remove(output);
    const std::string real = configuration(root);
    const std::string wrapper =
        ".alibi-cypress-config-" + std::to_string(::getpid()) + wrapper_ending(root, real);
    const TemporaryFile removed(disk_, joined(root, wrapper));
    const Result<void> written = disk_.write(joined(root, wrapper), wrapper_text(real, wrapper));
    if (!written) return written.error();
    const Result<Words> command =
        command_with({"--config-file", wrapper, "--spec", "alibi-lists-and-runs-nothing"},
                     {"-s", "--spec", "-C", "--config-file", "--record", "--parallel", "-k", "--key",
                      "--group", "--ci-build-id", "-t", "--tag", "--auto-cancel-after-failures"});
    if (!command) return command.error();
    const Result<process::ChildOutput> said = ask(*command, {"ALIBI_CYPRESS_PATTERNS=" + output});
    if (!said) return said.error();
    const nlohmann::json read = nlohmann::json::parse(disk_.text(output).value_or(""), nullptr, false);
    disk_.remove(output);
    if (!read.is_object() || !read.contains("specPattern")) return refused(*command, *said);
    return files_of(root, texts_of(read["specPattern"]),
                    texts_of(read.value("excludeSpecPattern", nlohmann::json())));
  }

  Result<Launch> launch(const Words& files, const std::string& /*junit*/, const std::string& /*stem*/,
                        size_t /*batch*/) override {
    const std::string root = project_root();
    std::string specs;
    for (const std::string& file : files) {
      const std::string path = absolute(file);
      specs +=
          (specs.empty() ? "" : ",") + (path.starts_with(root + "/") ? path.substr(root.size() + 1) : path);
    }
    const Result<Words> command = command_with({"--spec", specs}, {"-s", "--spec"});
    if (!command) return command.error();
    return run_launch(*command, "");
  }

  // All files are one argument.
  size_t room_for_files() const override { return size_t{100} << 10; }
  Words suite_roots() const override { return {project_root()}; }

 private:
  std::string project_root() const { return absolute(value_of(command_, {"--project", "-P"}).value_or("")); }

  std::string configuration(const std::string& root) const {
    if (const std::optional<std::string> given = value_of(command_, {"--config-file", "-C"}))
      return normal_path(joined(root, *given));
    for (const char* const name : {"cypress.config.js", "cypress.config.ts", "cypress.config.mjs",
                                   "cypress.config.cjs", "cypress.config.mts", "cypress.config.cts"}) {
      if (disk_.is_file(joined(root, name))) return joined(root, name);
    }
    return {};
  }

  // As the real one is loaded, so is what wraps it.
  std::string wrapper_ending(const std::string& root, const std::string& real) const {
    const size_t dot = real.rfind('.');
    const std::string ending = dot == std::string::npos ? ".js" : real.substr(dot);
    if (ending != ".js") return ending;
    const nlohmann::json package =
        nlohmann::json::parse(disk_.text(joined(root, "package.json")).value_or(""), nullptr, false);
    const bool modules = package.is_object() && package.value("type", nlohmann::json()) == "module";
    return modules ? ".mjs" : ".cjs";
  }

  static std::string wrapper_text(const std::string& real, const std::string& wrapper) {
    std::string path = "{}";
    const bool common = wrapper.ends_with(".cjs") || wrapper.ends_with(".cts");
    const std::string quoted =
        nlohmann::json(real).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    std::string text = "// Made by Alibi to list the test files, and removed at once.\n";
    if (real.empty())
      text += "const real = {};\n";
    else if (common)
      text += "const real = require(" + quoted + ");\n";
    else
      text += "import * as real from " + quoted + ";\n";
    text += common ? "const { writeFileSync } = require('fs');\n" : "import { writeFileSync } from 'fs';\n";
    text += driver_text("alibi_cypress_config.txt");
    return text + (common ? "module.exports = wrapped(real);\n" : "export default wrapped(real);\n");
  }

  Result<Words> files_of(const std::string& root, const Words& patterns, const Words& excluded) const {
    std::vector<Glob> left_out;
    for (const std::string& pattern : excluded) {
      Result<Glob> glob = Glob::compile(pattern);
      if (!glob) return std::move(glob).error();
      left_out.push_back(std::move(*glob));
    }
    Words files;
    for (const std::string& given : patterns) {
      const std::string pattern = given.starts_with(root + "/") ? given.substr(root.size() + 1)
                                  : given.starts_with("./")     ? given.substr(2)
                                                                : given;
      const Result<Walk> walk = walk_for(root, pattern, {});
      if (!walk) return walk.error();
      for (const std::string& file : framework::files_of(*walk, disk_)) {
        const std::string name = file.substr(file.rfind('/') + 1);
        const bool out = std::ranges::any_of(
            left_out, [&](const Glob& glob) { return glob.matches(file) || glob.matches(name); });
        if (!out) files.push_back(joined(root, file));
      }
    }
    return files;
  }

  Result<Words> command_with(const Words& more, const std::vector<std::string_view>& dropped) const {
    const Result<size_t> place = tool_place();
    if (!place) return place.error();
    Words words(command_.begin() + static_cast<std::ptrdiff_t>(*place) + 1, command_.end());
    if (!words.empty() && (words.front() == "run" || words.front() == "open")) words.erase(words.begin());
    const SortedWords sorted = sorted_words(words, options(), dropped);
    Words command(command_.begin(), command_.begin() + static_cast<std::ptrdiff_t>(*place) + 1);
    command = with_arguments(std::move(command), {"run"});
    command.insert(command.end(), sorted.kept.begin(), sorted.kept.end());
    command.insert(command.end(), more.begin(), more.end());
    return command;
  }
};

}  // namespace

std::unique_ptr<Framework> make_cypress(const Project& project, const RunProgram& run_program,
                                        const Disk& disk) {
  return std::make_unique<Cypress>(kCypress, project, run_program, disk);
}

}  // namespace alibi::framework::javascript

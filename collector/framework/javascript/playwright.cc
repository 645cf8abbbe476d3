// Playwright: a reporter of ours lists the files of the projects that are no set-up or tear-down of others; a
// run gets them as patterns that mean one path each, before the user's options.
#include <nlohmann/json.hpp>

#include "collector/framework/javascript/javascript.h"

namespace alibi::framework::javascript {
namespace {

constexpr Tool kPlaywright = {
    .name = "playwright",
    .executable = "playwright",
    .package = "@playwright/test",
    .pattern = "**/*.{spec,test}.{js,jsx,ts,tsx,mjs,mjsx,mts,mtsx,cjs,cjsx,cts,ctsx}"};

const OptionTable& options() {
  static const OptionTable table = {{"--browser", Takes::kValue},
                                    {"-c", Takes::kValue},
                                    {"--config", Takes::kValue},
                                    {"--global-timeout", Takes::kValue},
                                    {"-g", Takes::kValue},
                                    {"--grep", Takes::kValue},
                                    {"-gv", Takes::kValue},
                                    {"--grep-invert", Takes::kValue},
                                    {"--max-failures", Takes::kValue},
                                    {"--output", Takes::kValue},
                                    {"--only-changed", Takes::kMaybeValue},
                                    {"--project", Takes::kValues},
                                    {"--repeat-each", Takes::kValue},
                                    {"--reporter", Takes::kValue},
                                    {"--retries", Takes::kValue},
                                    {"--shard", Takes::kValue},
                                    {"--shard-weights", Takes::kValue},
                                    {"--timeout", Takes::kValue},
                                    {"--trace", Takes::kValue},
                                    {"--tsconfig", Takes::kValue},
                                    {"--ui-host", Takes::kValue},
                                    {"--ui-port", Takes::kValue},
                                    {"-j", Takes::kValue},
                                    {"--workers", Takes::kValue},
                                    {"-u", Takes::kMaybeValue},
                                    {"--update-snapshots", Takes::kMaybeValue},
                                    {"--update-source-method", Takes::kValue},
                                    {"--test-list", Takes::kValue},
                                    {"--test-list-invert", Takes::kValue}};
  return table;
}

// Playwright's file arguments are regular expressions on absolute paths.
std::string as_expression(const std::string& path) {
  std::string text = "^";
  for (const char c : path) {
    if (c == '/') {
      text += "[/\\\\]";
      continue;
    }
    if (std::string_view(".*+?^${}()|[]\\").find(c) != std::string_view::npos) text.push_back('\\');
    text.push_back(c);
  }
  return text + "$";
}

class Playwright : public Javascript {
 public:
  using Javascript::Javascript;

 protected:
  Result<Words> native_files() override {
    const Result<std::string> reporter = driver("alibi_playwright_list.cjs");
    if (!reporter) return reporter.error();
    const std::string output = scratch_path("playwright_files.json");
    disk_.remove(output);
    const Result<Words> command = command_with(
        {}, {"--list", "--reporter=" + *reporter},
        {"--list", "--reporter", "--shard", "--ui", "--ui-host", "--ui-port", "--shard-weights"});
    if (!command) return command.error();
    const Result<process::ChildOutput> said = ask(*command, {"ALIBI_PLAYWRIGHT_FILES=" + output});
    if (!said) return said.error();
    const nlohmann::json read = nlohmann::json::parse(disk_.text(output).value_or(""), nullptr, false);
    disk_.remove(output);
    // With no tests at all Playwright has none to report, and fails.
    const bool none = (said->errors + said->text).find("No tests found") != std::string::npos;
    if (!read.is_object() || !read.contains("files") || !read["files"].is_array())
      return none ? Result<Words>(Words{}) : Result<Words>(refused(*command, *said));
    Words files;
    for (const nlohmann::json& file : read["files"]) {
      if (file.is_string()) files.push_back(file.get<std::string>());
    }
    // A file that cannot be loaded has no tests to list: the run is to say so, not to lack them.
    if (said->status != 0 && !none) return refused(*command, *said);
    return files;
  }

  Result<Launch> launch(const Words& files, const std::string& /*junit*/, const std::string& /*stem*/,
                        size_t /*batch*/) override {
    Words expressions;
    for (const std::string& file : files) expressions.push_back(as_expression(absolute(file)));
    const Result<Words> command = command_with(
        expressions, {}, {"--list", "--shard", "--ui", "--ui-host", "--ui-port", "--shard-weights"});
    if (!command) return command.error();
    return run_launch(*command, "");
  }

  // An expression is longer than its path: each '/' is five characters.
  size_t room_for_files() const override { return Javascript::room_for_files() / 2; }

 private:
  Result<Words> command_with(const Words& first, const Words& last,
                             const std::vector<std::string_view>& dropped) const {
    const Result<size_t> place = tool_place();
    if (!place) return place.error();
    Words words(command_.begin() + static_cast<std::ptrdiff_t>(*place) + 1, command_.end());
    if (!words.empty() && words.front() == "test") words.erase(words.begin());
    const SortedWords sorted = sorted_words(words, options(), dropped);
    Words command(command_.begin(), command_.begin() + static_cast<std::ptrdiff_t>(*place) + 1);
    command = with_arguments(std::move(command), {"test"});
    command.insert(command.end(), first.begin(), first.end());
    command.insert(command.end(), sorted.kept.begin(), sorted.kept.end());
    command.insert(command.end(), last.begin(), last.end());
    return command;
  }
};

}  // namespace

std::unique_ptr<Framework> make_playwright(const Project& project, const RunProgram& run_program,
                                           const Disk& disk) {
  return std::make_unique<Playwright>(kPlaywright, project, run_program, disk);
}

}  // namespace alibi::framework::javascript

// cucumber-js: a dry run's messages say which feature files have a scenario to run; a run gets them in place
// of those that its own paths mean (drivers/alibi_node_preload.cjs), by which it still finds its support
// code.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "collector/framework/javascript/javascript.h"
#include "collector/model/plan_errors.h"

namespace alibi::framework::javascript {
namespace {

constexpr Tool kCucumber = {.name = "cucumber",
                            .executable = "cucumber-js",
                            .package = "@cucumber/cucumber",
                            .pattern = "features/**/*.{feature,feature.md}",
                            .is_modules = false,
                            .named = true,
                            .junit = true};

const OptionTable& options() {
  static const OptionTable table = {{"-c", Takes::kValue},
                                    {"--config", Takes::kValue},
                                    {"-f", Takes::kValue},
                                    {"--format", Takes::kValue},
                                    {"--format-options", Takes::kValue},
                                    {"--i18n-keywords", Takes::kValue},
                                    {"-i", Takes::kValue},
                                    {"--import", Takes::kValue},
                                    {"-l", Takes::kValue},
                                    {"--loader", Takes::kValue},
                                    {"--language", Takes::kValue},
                                    {"--name", Takes::kValue},
                                    {"--order", Takes::kValue},
                                    {"-p", Takes::kValue},
                                    {"--profile", Takes::kValue},
                                    {"--parallel", Takes::kValue},
                                    {"-r", Takes::kValue},
                                    {"--require", Takes::kValue},
                                    {"--require-module", Takes::kValue},
                                    {"--retry", Takes::kValue},
                                    {"--retry-tag-filter", Takes::kValue},
                                    {"-t", Takes::kValue},
                                    {"--tags", Takes::kValue},
                                    {"--world-parameters", Takes::kValue},
                                    {"--publish-token", Takes::kValue},
                                    {"--plugin", Takes::kValue},
                                    {"--plugin-options", Takes::kValue},
                                    {"--shard", Takes::kValue},
                                    {"--retryTagFilter", Takes::kValue},
                                    {"--require-modules", Takes::kValue}};
  return table;
}

// Messages, one JSON document a line.
class Messages {
 public:
  void read(const std::string& text) {
    for (size_t begin = 0; begin < text.size();) {
      const size_t end = std::min(text.find('\n', begin), text.size());
      const nlohmann::json message =
          nlohmann::json::parse(text.begin() + static_cast<std::ptrdiff_t>(begin),
                                text.begin() + static_cast<std::ptrdiff_t>(end), nullptr, false);
      begin = end + 1;
      if (message.is_object()) take(message);
    }
  }

  // Sources of the pickles that a test case was made of. Where a file cannot be parsed Cucumber makes none of
  // any: then all that it read, so that the run says it, too.
  Words files() const {
    std::set<std::string> files = broken_;
    for (const auto& [pickle, uri] : uri_of_pickle_) {
      if (!broken_.empty() || used_.contains(pickle)) files.insert(uri);
    }
    return {files.begin(), files.end()};
  }

 private:
  static std::string text_of(const nlohmann::json& object, const char* name) {
    if (!object.is_object()) return {};
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : "";
  }

  void take(const nlohmann::json& message) {
    if (const auto pickle = message.find("pickle"); pickle != message.end())
      uri_of_pickle_[text_of(*pickle, "id")] = text_of(*pickle, "uri");
    if (const auto made = message.find("testCase"); made != message.end())
      used_.insert(text_of(*made, "pickleId"));
    if (const auto error = message.find("parseError"); error != message.end() && error->is_object())
      broken_.insert(text_of(error->value("source", nlohmann::json()), "uri"));
  }

  std::map<std::string, std::string> uri_of_pickle_;
  std::set<std::string> used_, broken_;
};

class CucumberJs : public Javascript {
 public:
  using Javascript::Javascript;

  // Old versions have no such formatter, and refuse to run with one that they do not know.
  Abilities abilities() const override {
    Abilities abilities;
    abilities.junit = resolves("@cucumber/junit-xml-formatter/package.json") ||
                      resolves("@cucumber/cucumber/lib/formatter/junit_formatter.js") ||
                      resolves("@cucumber/cucumber/node_modules/@cucumber/junit-xml-formatter/package.json");
    return abilities;
  }

 protected:
  Result<Words> native_files() override {
    const Result<size_t> place = tool_place();
    if (!place) return place.error();
    const std::string output = scratch_path("cucumber_messages.ndjson");
    disk_.remove(output);
    Words command(command_.begin(), command_.end());
    // A formatter of the user's would write its report of a run that is none.
    const SortedWords sorted =
        sorted_words(behind(*place), options(), {"--format", "-f", "--parallel", "--publish", "--shard"});
    if (std::ranges::find(sorted.dropped, "--shard") != sorted.dropped.end()) say_shard_left_out();
    command.resize(*place + 1);
    command.insert(command.end(), sorted.kept.begin(), sorted.kept.end());
    command.insert(command.end(), sorted.positional.begin(), sorted.positional.end());
    command =
        with_arguments(std::move(command), {"--dry-run", "--parallel", "0", "--format", "message:" + output});
    const Result<std::string> request = request_for({}, output, "cucumber_list.json");
    const Result<std::string> preload = driver("alibi_node_preload.cjs");
    if (!request) return request.error();
    if (!preload) return preload.error();
    const Result<process::ChildOutput> said =
        ask(command, {"CUCUMBER_PUBLISH_ENABLED=false", "ALIBI_NODE_REQUEST=" + *request}, *preload);
    disk_.remove(*request);
    if (disk_.text(output + ".shard")) say_shard_left_out();
    disk_.remove(output + ".shard");
    if (!said) return said.error();
    const std::optional<std::string> text = disk_.text(output);
    disk_.remove(output);
    // Steps that are not defined make a dry run fail, too: what it listed counts.
    if (!text || (text->empty() && said->status != 0)) return refused(command, *said);
    Messages messages;
    messages.read(*text);
    return messages.files();
  }

  Result<Launch> launch(const Words& files, const std::string& junit, const std::string& stem,
                        size_t /*batch*/) override {
    const Result<size_t> place = tool_place();
    if (!place) return place.error();
    const SortedWords sorted = sorted_words(behind(*place), options(), {"--shard"});
    Words command(command_.begin(), command_.begin() + static_cast<std::ptrdiff_t>(*place) + 1);
    command.insert(command.end(), sorted.kept.begin(), sorted.kept.end());
    Words more;
    if (!junit.empty()) more = {"--format", "junit:" + junit};
    const bool as_arguments = has_unknown_paths();
    if (as_arguments) {
      if (const Result<void> plain = refuse_patterns(files); !plain) return plain.error();
      more.insert(more.end(), files.begin(), files.end());
    } else {
      command.insert(command.end(), sorted.positional.begin(), sorted.positional.end());
    }
    const std::string mark = scratch_path(stem + ".mark");
    const Result<std::string> request = request_for(files, "", stem + ".json", mark);
    const Result<std::string> preload = driver("alibi_node_preload.cjs");
    if (!request) return request.error();
    if (!preload) return preload.error();
    Launch made = run_launch(with_arguments(std::move(command), more), *preload);
    made.environment.emplace_back("ALIBI_NODE_REQUEST", *request);
    made.files = {*request};
    made.mark = mark;
    return made;
  }

 private:
  // Where the preload cannot say which files are meant: a version of Cucumber that it does not know. One that
  // is not seen here (Plug'n'Play) is looked at by the preload.
  bool has_unknown_paths() const {
    const bool installed = resolves("@cucumber/cucumber/package.json") || resolves("cucumber/package.json");
    return installed && !resolves("@cucumber/cucumber/lib/paths/paths.js") &&
           !resolves("@cucumber/cucumber/lib/api/paths.js");
  }

  // As the glob of those versions reads it; a file that begins with @ is a list of others.
  static bool is_read_otherwise(const std::string& file) {
    const size_t slash = file.rfind('/');
    if (file.front() == '-' || file[slash == std::string::npos ? 0 : slash + 1] == '@') return true;
    if (file.find_first_of("*?[{\\") != std::string::npos) return true;
    const size_t group = file.find('(', 1);
    return group != std::string::npos && std::string_view("+@!").find(file[group - 1]) != std::string::npos;
  }

  static Result<void> refuse_patterns(const Words& files) {
    const auto odd = std::ranges::find_if(files, is_read_otherwise);
    if (odd == files.end()) return {};
    return Error{collector::kPlanFramework, 0,
                 "this version of cucumber-js would take the name \"" + *odd +
                     "\" for a pattern or an option and not run it: rename the file, or install "
                     "@cucumber/cucumber 8 or later"};
  }

  void say_shard_left_out() { notice("Cucumber's --shard is left out: Alibi divides the files itself"); }

  Result<std::string> request_for(const Words& files, const std::string& output, const std::string& name,
                                  const std::string& mark = "") const {
    return scratch_file(name, request_text({{"tool", "cucumber"},
                                            {"mode", output.empty() ? "run" : "list"},
                                            {"files", files},
                                            {"output", output},
                                            {"mark", mark},
                                            {"entry", preload_entry()}}));
  }

  Words behind(size_t place) const {
    return {command_.begin() + static_cast<std::ptrdiff_t>(place) + 1, command_.end()};
  }
};

}  // namespace

std::unique_ptr<Framework> make_cucumber_js(const Project& project, const RunProgram& run_program,
                                            const Disk& disk) {
  return std::make_unique<CucumberJs>(kCucumber, project, run_program, disk);
}

}  // namespace alibi::framework::javascript

// Whatever has no adapter of its own: one command prints what there is to run, a line each (a file, or a test
// as the run command knows it), another one runs some of them. No shell, unless the user writes "sh -c".
#include <sys/utsname.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>

#include "collector/framework/framework_makers.h"
#include "collector/framework/javascript/command_line.h"
#include "collector/framework/shell_words.h"
#include "collector/framework/walk.h"
#include "collector/model/plan_errors.h"

namespace alibi::framework {
namespace {

using javascript::Words;

constexpr std::string_view kFiles = "{files}", kFileList = "{file_list}", kJunit = "{junit}";

bool mentions(const Words& words, std::string_view placeholder) {
  return std::ranges::any_of(words,
                             [&](const std::string& word) { return word.find(placeholder) != word.npos; });
}

std::string replaced(std::string word, std::string_view placeholder, const std::string& value) {
  for (size_t at = word.find(placeholder); at != std::string::npos; at = word.find(placeholder, at)) {
    word.replace(at, placeholder.size(), value);
    at += value.size();
  }
  return word;
}

Words lines_of(const std::string& text) {
  Words lines;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    std::string line = text.substr(begin, end - begin);
    begin = end + 1;
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ' || line.back() == '\t'))
      line.pop_back();
    if (line.starts_with("./")) line.erase(0, 2);
    if (!line.empty()) lines.push_back(std::move(line));
  }
  return lines;
}

class Generic : public Framework {
 public:
  Generic(Project project, RunProgram run_program, const Disk& disk)
      : project_(std::move(project)), run_program_(std::move(run_program)), disk_(disk) {
    ShellWords split = split_quoted(project_.settings.run_command);
    run_ = std::move(split.words);
    warnings_ = std::move(split.warnings);
  }

  std::string_view platform() const override { return "generic"; }
  std::string_view name() const override { return "generic"; }
  std::string pattern() const override { return project_.settings.tests_location; }
  Abilities abilities() const override {
    Abilities abilities;
    abilities.junit = mentions(run_, kJunit);
    return abilities;
  }

  Result<void> check() override {
    if (run_.empty()) {
      return Error{
          collector::kBadPlanSetting, 0,
          "the generic platform needs --run-command, for instance --run-command \"ctest -I {file_list}\""};
    }
    if (project_.settings.list_command.empty() && project_.settings.tests_location.empty()) {
      return Error{collector::kBadPlanSetting, 0,
                   "the generic platform needs --list-command, which prints a file or test a line, or "
                   "--tests-location with a pattern of files"};
    }
    return {};
  }

  Result<std::map<std::string, std::string>> runtime_tags() override {
    utsname system{};
    if (::uname(&system) != 0)
      return os_error(collector::kPlanPlatformTags, errno, "cannot ask for the system");
    return std::map<std::string, std::string>{
        {"os.platform", system.sysname}, {"os.architecture", system.machine}, {"os.version", system.release}};
  }

  Result<Discovery> list_files() override {
    const plan::Settings& settings = project_.settings;
    const Result<Walk> walk = walk_for(
        project_.directory, settings.tests_location.empty() ? "**" : settings.tests_location, settings);
    if (!walk) return walk.error();
    Discovery discovery;
    discovery.notices = warnings_;
    if (settings.list_command.empty()) {
      discovery.files = files_of(*walk, disk_);
      return discovery;
    }
    Result<Words> listed = list();
    if (!listed) return std::move(listed).error();
    const std::set<std::string> found(listed->begin(), listed->end());
    discovery.files.assign(found.begin(), found.end());
    if (!settings.tests_location.empty() || !settings.tests_exclude.empty())
      discovery.files = files_among(*walk, std::move(discovery.files));
    return discovery;
  }

  Result<Discovery> list_tests() override {
    return Error{collector::kPlanFullDiscovery, 0,
                 "the generic platform runs what --list-command prints, and does not look into it"};
  }

  bool is_unskippable(const std::string& /*file*/) const override { return false; }
  std::string file_of_suite(const std::string& /*module*/, const std::string& suite) const override {
    return !suite.empty() && disk_.is_file(joined(project_.directory, suite)) ? normal_path(suite) : "";
  }

  Result<std::vector<Launch>> launches(const std::vector<plan::Unit>& units, const std::string& junit,
                                       const std::string& worker) override {
    Words files;
    for (const plan::Unit& unit : units) files.push_back(unit.file);
    const bool listed = mentions(run_, kFileList) && !mentions(run_, kFiles);
    const size_t room = listed ? SIZE_MAX : javascript::argument_room(run_, project_.environment);
    const size_t extra = longest_word();
    std::vector<Launch> made;
    for (const Words& batch : javascript::batches(files, room, extra)) {
      Result<Launch> one = launch(batch, junit, "worker-" + worker + "-" + std::to_string(made.size()));
      if (!one) return std::move(one).error();
      made.push_back(std::move(*one));
    }
    return made;
  }

  Result<std::optional<Launch>> persistent_launch(const std::vector<plan::Unit>& /*units*/,
                                                  const std::string& /*junit*/,
                                                  const std::string& /*worker*/) override {
    return std::optional<Launch>{};
  }

  Ending ending(int status) const override {
    if (status == 0) return Ending::kPassed;
    if (status == 128 + 2 || status == 128 + 15 || status == 128 + 1) return Ending::kInterrupted;
    return status < 126 ? Ending::kFailed : Ending::kBroken;
  }

 private:
  Result<Words> list() {
    const Words command = split_quoted(project_.settings.list_command).words;
    process::ChildOptions options{std::chrono::minutes(10)};
    options.grace = std::chrono::seconds(2);
    options.directory = project_.directory;
    options.set = {"DD_TEST_OPTIMIZATION_DISCOVERY_ENABLED=1"};
    options.longest_output = uint64_t{256} << 20;
    options.code = collector::kPlanFastDiscovery;
    if (command.empty()) return Error{collector::kBadPlanSetting, 0, "--list-command holds no command"};
    Result<process::ChildOutput> output = run_program_(command, options);
    if (!output) return std::move(output).error();
    if (output->status == 0) return lines_of(output->text);
    return Error{collector::kPlanFastDiscovery, 0,
                 "the list command \"" + javascript::shown(command) + "\" in " + project_.directory +
                     " ended with status " + std::to_string(output->status) + ", its list is not trusted:\n" +
                     output->errors.substr(0, 2000)};
  }

  Result<Launch> launch(const Words& files, std::string junit, const std::string& stem) const {
    Launch made;
    std::string list;
    if (mentions(run_, kFileList)) {
      list = joined(project_.scratch, stem + ".files");
      std::string text;
      for (const std::string& file : files) text += file + "\n";
      const Result<void> written = disk_.write(list, text);
      if (!written) return written.error();
      made.files.push_back(list);
    }
    if (junit.empty() && mentions(run_, kJunit)) {
      // The command has to get one; nobody reads it.
      junit = joined(project_.scratch, stem + ".xml");
      made.files.push_back(junit);
    }
    for (const std::string& word : run_) {
      const std::string filled = replaced(replaced(word, kFileList, list), kJunit, junit);
      if (filled.find(kFiles) == std::string::npos) {
        made.command.push_back(filled);
        continue;
      }
      for (const std::string& file : files) made.command.push_back(replaced(filled, kFiles, file));
    }
    if (list.empty() && !mentions(run_, kFiles))
      made.command.insert(made.command.end(), files.begin(), files.end());
    return made;
  }

  size_t longest_word() const {
    size_t longest = 0;
    for (const std::string& word : run_) longest = std::max(longest, word.size());
    return longest;
  }

  const Project project_;
  const RunProgram run_program_;
  const Disk& disk_;
  Words run_;
  std::vector<std::string> warnings_;
};

}  // namespace

std::unique_ptr<Framework> make_generic(const Project& project, const RunProgram& run_program,
                                        const Disk& disk) {
  return std::make_unique<Generic>(project, run_program, disk);
}

}  // namespace alibi::framework

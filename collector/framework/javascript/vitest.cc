// Vitest: `list --filesOnly`, `run` with files. Its file arguments are parts of paths: files that are not
// meant but contain one of them are left out by name.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_set>

#include "collector/framework/javascript/javascript.h"
#include "collector/framework/walk.h"

namespace alibi::framework::javascript {
namespace {

constexpr Tool kVitest = {.name = "vitest",
                          .executable = "vitest",
                          .package = "vitest",
                          .pattern = "**/*.{test,spec}.{js,jsx,ts,tsx,mjs,cjs,mts,cts}",
                          .is_modules = true,
                          .named = true,
                          .junit = true};

bool is_sub_command(const std::string& word) {
  for (const char* const name : {"run", "watch", "dev", "related", "bench", "list", "init", "typecheck"}) {
    if (word == name) return true;
  }
  return false;
}

std::string lower(const std::string& text) {
  std::string made = text;
  for (char& c : made) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return made;
}

// Paths as one pattern that means them alone: versions before 2 take no second one.
std::string as_pattern(const Words& paths) {
  std::string pattern;
  for (const std::string& path : paths) {
    if (!pattern.empty()) pattern.push_back(',');
    for (const char c : path) {
      if (std::string_view("*?[]{}()!+@|,\\").find(c) != std::string_view::npos) pattern.push_back('\\');
      pattern.push_back(c);
    }
  }
  if (paths.size() < 2) return pattern;
  pattern.insert(pattern.begin(), '{');
  pattern.push_back('}');
  return pattern;
}

// Those of `all` that contain one of `files`, whatever their case, and are none of them.
Words also_meant(const Words& files, const std::vector<std::string>& all) {
  std::unordered_set<std::string> wanted;
  std::vector<size_t> lengths;
  for (const std::string& file : files) {
    wanted.insert(lower(file));
    lengths.push_back(file.size());
  }
  std::ranges::sort(lengths);
  lengths.erase(std::unique(lengths.begin(), lengths.end()), lengths.end());
  const std::unordered_set<std::string> own(files.begin(), files.end());
  Words meant;
  for (const std::string& file : all) {
    if (own.contains(file)) continue;
    const std::string text = lower(file);
    const bool contains = std::ranges::any_of(lengths, [&](size_t length) {
      for (size_t at = 0; at + length <= text.size(); ++at) {
        if (wanted.contains(text.substr(at, length))) return true;
      }
      return false;
    });
    if (contains) meant.push_back(file);
  }
  return meant;
}

class Vitest : public Javascript {
 public:
  using Javascript::Javascript;

 protected:
  Result<Words> native_files() override {
    const std::string output = scratch_path("vitest_files.json");
    disk_.remove(output);
    const Result<Words> command = with_sub_command("list", {"--filesOnly", "--json=" + output});
    if (!command) return command.error();
    const Result<process::ChildOutput> said = ask(*command);
    if (!said) return said.error();
    const std::optional<std::string> text = disk_.text(output);
    disk_.remove(output);
    if (text) return files_of_json(*text);
    const std::string all = said->errors + said->text;
    if (all.find("nknown option") == std::string::npos || all.find("filesOnly") == std::string::npos) {
      // Vitest writes no file when there is nothing to list.
      if (all.find("No test files found") != std::string::npos) return Words{};
      return refused(*command, *said);
    }
    return files_by_program();
  }

  Result<Launch> launch(const Words& files, const std::string& junit, const std::string& /*stem*/,
                        size_t /*batch*/) override {
    Words more;
    if (!junit.empty()) {
      if (!value_of(command_, {"--reporter"})) more.emplace_back("--reporter=default");
      more.emplace_back("--reporter=junit");
      more.push_back("--outputFile.junit=" + junit);
    }
    constexpr size_t kOneArgument = size_t{60} << 10;
    for (const Words& others :
         batches(also_meant(below_root(files), below_root(all_files())), kOneArgument, 0))
      more.push_back("--exclude=" + as_pattern(others));
    more.insert(more.end(), files.begin(), files.end());
    const Result<Words> command = with_sub_command("run", more);
    if (!command) return command.error();
    return run_launch(*command, "");
  }

 private:
  // "vitest --config x" -> "vitest run --config x ...": what the user's command has in its place is replaced.
  Result<Words> with_sub_command(const std::string& name, const Words& more) const {
    const Result<size_t> place = tool_place();
    if (!place) return place.error();
    Words command = command_;
    const size_t behind = *place + 1;
    if (behind < command.size() && is_sub_command(command[behind]))
      command[behind] = name;
    else
      command.insert(command.begin() + static_cast<std::ptrdiff_t>(behind), name);
    return with_arguments(std::move(command), more);
  }

  // As Vitest compares them: relative to the folder that the command names.
  Words below_root(Words files) const {
    const std::optional<std::string> dir = value_of(command_, {"--dir"});
    const std::string root = absolute((dir ? dir : value_of(command_, {"--root", "-r"})).value_or(""));
    if (root == absolute("")) return files;
    const std::string prefix = relative(root) + "/";
    std::erase_if(files, [&](const std::string& file) { return !file.starts_with(prefix); });
    for (std::string& file : files) file.erase(0, prefix.size());
    return files;
  }

  // Every file that may be one of tests; once.
  const std::vector<std::string>& all_files() {
    if (!all_files_) {
      const Result<Walk> walk = walk_for(project_.directory, "**", {});
      all_files_ = walk ? files_of(*walk, disk_) : std::vector<std::string>{};
    }
    return *all_files_;
  }

  static Words files_of_json(const std::string& text) {
    Words files;
    const nlohmann::json read = nlohmann::json::parse(text, nullptr, false);
    if (!read.is_array()) return files;
    for (const nlohmann::json& entry : read) {
      if (entry.is_string()) files.push_back(entry.get<std::string>());
      if (entry.is_object() && entry.contains("file") && entry["file"].is_string())
        files.push_back(entry["file"].get<std::string>());
    }
    return files;
  }

  // Of versions without --filesOnly; by the pattern when that does not work either.
  Result<Words> files_by_program() {
    const Result<std::string> program = driver("alibi_vitest_list.mjs");
    if (!program) return program.error();
    const std::string output = scratch_path("vitest_globbed.json");
    const Words command = {"node",
                           *program,
                           output,
                           project_.directory,
                           value_of(command_, {"--config", "-c"}).value_or(""),
                           value_of(command_, {"--root", "-r", "--dir"}).value_or("")};
    const Result<process::ChildOutput> said = ask(command);
    const std::optional<std::string> text = disk_.text(output);
    disk_.remove(output);
    if (said && said->status == 0 && text) return files_of_json(*text);
    notice("vitest does not list its test files: those that " + std::string(tool_.pattern) +
           " means are taken");
    const Result<Walk> walk = walk_for(project_.directory, std::string(tool_.pattern), {});
    if (!walk) return walk.error();
    return files_of(*walk, disk_);
  }

  std::optional<std::vector<std::string>> all_files_;
};

}  // namespace

std::unique_ptr<Framework> make_vitest(const Project& project, const RunProgram& run_program,
                                       const Disk& disk) {
  return std::make_unique<Vitest>(kVitest, project, run_program, disk);
}

}  // namespace alibi::framework::javascript

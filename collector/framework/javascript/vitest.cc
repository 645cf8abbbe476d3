// Vitest: `list --filesOnly`, `run` with files. Its file arguments are parts of paths: files that are not
// meant but contain one of them are left out by name.
#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>

#include "collector/framework/javascript/javascript.h"
#include "collector/framework/javascript/vitest_shares.h"
#include "collector/framework/javascript/vitest_words.h"
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

// Options that say which projects there are, for the program that lists their files.
nlohmann::json listing_options(const Words& options) {
  const std::array<std::pair<const char*, std::vector<std::string_view>>, 4> known = {
      {{"config", {"--config", "-c"}},
       {"root", {"--root", "-r"}},
       {"dir", {"--dir"}},
       {"workspace", {"--workspace"}}}};
  nlohmann::json given = nlohmann::json::object();
  for (const auto& [name, spelled] : known) {
    if (const std::optional<std::string> value = value_of(options, spelled)) given[name] = *value;
  }
  return given;
}

size_t bytes(const Words& words) {
  size_t sum = 0;
  for (const std::string& word : words) sum += word.size() + 1 + sizeof(char*);
  return sum;
}

class Vitest : public Javascript {
 public:
  using Javascript::Javascript;

  Result<std::vector<Launch>> launches(const std::vector<plan::Unit>& units, const std::string& junit,
                                       const std::string& worker) override {
    Words files;
    for (const plan::Unit& unit : units) files.push_back(real(unit.file));
    std::vector<Launch> made;
    for (const VitestShare& share : runs_of(files)) {
      const std::string stem = "worker-" + worker + "-" + std::to_string(made.size());
      Result<Launch> one = run(share, junit, stem, made.size());
      if (!one) return std::move(one).error();
      made.push_back(std::move(*one));
    }
    return made;
  }

 protected:
  Result<Words> native_files() override {
    const Result<Command> parts = parts_of_command();
    if (!parts) return parts.error();
    if (parts->said.sharded) notice("--shard of the command is left out: Alibi divides the files itself");
    const std::string output = scratch_path("vitest_files.json");
    disk_.remove(output);
    Words more = parts->said.filters;
    more.insert(more.end(), {"--filesOnly", "--json=" + output});
    const Words command = with_sub_command(*parts, "list", more);
    const Result<process::ChildOutput> said = ask(command);
    if (!said) return said.error();
    const std::optional<std::string> text = disk_.text(output);
    disk_.remove(output);
    if (text) return listed(files_of_json(*text));
    const std::string all = said->errors + said->text;
    if (all.find("nknown option") == std::string::npos || all.find("filesOnly") == std::string::npos) {
      // Vitest writes no file when there is nothing to list.
      if (all.find("No test files found") != std::string::npos) return Words{};
      return refused(command, *said);
    }
    return files_by_program(parts->said);
  }

  Result<Launch> launch(const Words& files, const std::string& junit, const std::string& stem,
                        size_t batch) override {
    return run({files, {}}, junit, stem, batch);
  }

 private:
  struct Command {
    Words tool;  // and what is before it
    VitestWords said;
  };

  Result<Command> parts_of_command() const {
    const Result<size_t> place = tool_place();
    if (!place) return place.error();
    const auto behind = command_.begin() + static_cast<std::ptrdiff_t>(*place + 1);
    Command parts{{command_.begin(), behind}, vitest_words({behind, command_.end()})};
    Words& filters = parts.said.filters;
    if (!filters.empty() && is_sub_command(filters.front())) filters.erase(filters.begin());
    return parts;
  }

  // "vitest --config x" -> "vitest run --config x ...": what the user's command has in its place is replaced.
  static Words with_sub_command(const Command& parts, const std::string& name, const Words& more) {
    Words command = parts.tool;
    command.push_back(name);
    command.insert(command.end(), parts.said.options.begin(), parts.said.options.end());
    return with_arguments(std::move(command), more);
  }

  // The files that the user's command names are those of the plan already.
  Result<Launch> run(const VitestShare& share, const std::string& junit, const std::string& stem,
                     size_t batch) {
    const Result<Command> parts = parts_of_command();
    if (!parts) return parts.error();
    Words more = {"--shard=1/1"};  // over what a configuration says
    std::string request;
    if (!junit.empty()) {
      const Result<std::string> reporter = driver("alibi_vitest_reporter.mjs");
      if (!reporter) return reporter.error();
      const bool has_reporters = value_of(parts->said.options, {"--reporter", "--reporters"}).has_value();
      const nlohmann::json asked = {{"junit", junit}, {"append", batch > 0}, {"restore", !has_reporters}};
      const Result<std::string> written = scratch_file(stem + ".json", request_text(asked));
      if (!written) return written.error();
      request = *written;
      more.push_back("--reporter=" + *reporter);
      // Behind ours, which puts those of the configuration in its place.
      if (!has_reporters) more.emplace_back("--reporter=default");
    }
    constexpr size_t kOneArgument = size_t{60} << 10;
    for (const Words& others : batches(share.left_out, kOneArgument, 0))
      more.push_back("--exclude=" + as_pattern(others));
    more.insert(more.end(), share.files.begin(), share.files.end());
    Launch made = run_launch(with_sub_command(*parts, "run", more), "");
    if (request.empty()) return made;
    made.environment.emplace_back("ALIBI_NODE_REQUEST", request);
    made.files = {request};
    return made;
  }

  // Each with as many files as there is room for, with what they leave out.
  std::vector<VitestShare> runs_of(const Words& files) {
    std::vector<VitestShare> runs;
    const size_t room = room_for_files();
    std::vector<Words> left = batches(files, room, 0);
    std::ranges::reverse(left);
    while (!left.empty()) {
      const Words batch = std::move(left.back());
      left.pop_back();
      const std::vector<VitestShare> shares = shares_of(batch);
      const bool fits = std::ranges::all_of(shares, [&](const VitestShare& share) {
        return share.files.size() < 2 || bytes(share.files) + bytes(share.left_out) <= room;
      });
      if (fits || batch.size() < 2) {
        runs.insert(runs.end(), shares.begin(), shares.end());
        continue;
      }
      const auto half = batch.begin() + static_cast<std::ptrdiff_t>(batch.size() / 2);
      left.emplace_back(half, batch.end());
      left.emplace_back(batch.begin(), half);
    }
    return runs;
  }

  std::vector<VitestShare> shares_of(const Words& files) {
    if (!may_mean_others(files, all_files())) return {{files, {}}};
    return vitest_shares(files, projects());
  }

  // What Vitest lists, else every file that may be one of tests; once.
  const Words& all_files() {
    if (all_files_) return *all_files_;
    const Result<Walk> walk = walk_for(project_.directory, "**", {});
    Words found = walk ? files_of(*walk, disk_) : Words{};
    std::erase_if(found, [](const std::string& file) { return file.ends_with(".snap"); });
    for (std::string& file : found) file = real(file);
    return all_files_.emplace(std::move(found));
  }

  Words listed(Words files) {
    const Result<Command> parts = parts_of_command();
    // What the user's filters leave out may be meant by ours.
    if (parts && parts->said.filters.empty()) {
      all_files_.emplace();
      for (const std::string& file : files) all_files_->push_back(real(file));
    }
    return files;
  }

  // As Vitest has them; where it does not say, all files are those of the folder that the command names.
  // Once.
  const std::vector<VitestProject>& projects() {
    if (projects_) return *projects_;
    projects_.emplace();
    const Result<Command> parts = parts_of_command();
    const Words options = parts ? parts->said.options : Words{};
    std::map<std::string, Words> files;
    for (const auto& entry : program_output(options, {})) {
      if (entry.is_object() && entry.contains("folder") && entry["folder"].is_string() &&
          entry.contains("file") && entry["file"].is_string())
        files[entry["folder"].get<std::string>()].push_back(entry["file"].get<std::string>());
    }
    if (files.empty()) {
      const std::optional<std::string> dir = value_of(options, {"--dir"});
      const std::string folder = real((dir ? dir : value_of(options, {"--root", "-r"})).value_or(""));
      files[folder] = all_files();
      std::erase_if(files[folder], [&](const std::string& file) { return !file.starts_with(folder + "/"); });
    }
    for (auto& [folder, names] : files) projects_->push_back({folder, std::move(names)});
    return *projects_;
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

  // What alibi_vitest_list.mjs writes; nothing where it does not work.
  nlohmann::json program_output(const Words& options, const Words& filters) {
    const Result<std::string> program = driver("alibi_vitest_list.mjs");
    if (!program) return {};
    const std::string output = scratch_path("vitest_globbed.json");
    disk_.remove(output);
    const Words command = {"node",
                           *program,
                           output,
                           project_.directory,
                           request_text(listing_options(options)),
                           request_text(filters)};
    const Result<process::ChildOutput> said = ask(command);
    const std::optional<std::string> text = disk_.text(output);
    disk_.remove(output);
    if (!said || said->status != 0 || !text) return {};
    return nlohmann::json::parse(*text, nullptr, false);
  }

  // Of versions without --filesOnly; by the pattern when that does not work either.
  Result<Words> files_by_program(const VitestWords& said) {
    const nlohmann::json output = program_output(said.options, said.filters);
    if (output.is_array()) return listed(files_of_json(output.dump()));
    notice("vitest does not list its test files: those that " + std::string(tool_.pattern) +
           " means are taken");
    const Result<Walk> walk = walk_for(project_.directory, std::string(tool_.pattern), {});
    if (!walk) return walk.error();
    return files_of(*walk, disk_);
  }

  std::optional<Words> all_files_;
  std::optional<std::vector<VitestProject>> projects_;
};

}  // namespace

std::unique_ptr<Framework> make_vitest(const Project& project, const RunProgram& run_program,
                                       const Disk& disk) {
  return std::make_unique<Vitest>(kVitest, project, run_program, disk);
}

}  // namespace alibi::framework::javascript

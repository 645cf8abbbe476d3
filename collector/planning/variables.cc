#include "collector/planning/variables.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <sstream>
#include <string_view>
#include <utility>

#include "collector/plan_folder/plan_key.h"
#include "collector/run/worker_environment.h"
#include "collector/store/evidence_folder.h"
#include "collector/store/store.h"
#include "tracer/base/hash.h"

namespace alibi::planning {
namespace {

using collector::Input;
using collector::InputKind;
using collector::InputState;

bool looks_secret(std::string name) {
  std::ranges::transform(name, name.begin(), [](unsigned char letter) { return std::toupper(letter); });
  for (const char* word : {"KEY", "TOKEN", "SECRET", "PASS", "CREDENTIAL", "AUTH"}) {
    if (name.find(word) != std::string::npos) return true;
  }
  return false;
}

bool is_as_recorded(const Input& input, const Environment& now) {
  const auto found = now.find(input.subject);
  if (found == now.end()) return input.state == InputState::kAbsent;
  return input.state == InputState::kPresent &&
         hash128(found->second.data(), found->second.size()) == input.hash;
}

constexpr uint32_t kNobody = 9999;

std::vector<const char*> option_variables(std::string_view platform) {
  if (platform == "python") return {"PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTHONPATH"};
  if (platform == "ruby") return {"RUBYOPT", "SPEC_OPTS", "TESTOPTS"};
  if (platform == "javascript") return {"NODE_OPTIONS"};
  return {};
}

using Words = std::vector<std::string_view>;

// Reports, output and how many processes there are: another thing in each job.
Words options_of_output(std::string_view platform) {
  if (platform == "python")
    return {"--junitxml",  "--junit-xml", "--report-log", "--html", "--color",       "--tb",
            "--durations", "--cov",       "--cov-report", "-n",     "--numprocesses"};
  if (platform == "ruby") return {"--format", "-f", "--out", "-o"};
  return {"--max-old-space-size", "--max_old_space_size"};
}

// Libraries that watch may be set for the nodes alone.
bool changes_no_test(std::string_view word, const Words& options) {
  for (const std::string_view option : options) {
    if (word == option || (word.starts_with(option) && word[option.size()] == '=')) return true;
  }
  for (const std::string_view whole : {"-v", "-vv", "-q", "-qq", "--verbose", "--quiet", "--color",
                                       "--no-color", "--colour", "--force-color", "--alibi", "--ddtrace"}) {
    if (word == whole) return true;
  }
  for (const std::string_view whole : {"-r", "--require", "--import"}) {
    if (word == whole) return true;  // what is required stands in the next word
  }
  for (const std::string_view library :
       {"dd-trace", "datadog/ci", "testalibi", "bundler/setup", "junit_formatter", "JunitFormatter"}) {
    if (word.find(library) != std::string_view::npos) return true;
  }
  return false;
}

std::string options_that_count(std::string_view platform, std::string_view variable, std::string value,
                               const std::string& directory) {
  for (size_t at = 0; !directory.empty() && (at = value.find(directory, at)) != std::string::npos; ++at)
    value.replace(at, directory.size(), 1, '.');
  if (variable == "PYTHONPATH" || variable == "PYTEST_PLUGINS") return value;  // lists, without options
  const Words options = options_of_output(platform);
  std::istringstream words(value);
  std::string kept;
  bool is_value = false;  // of the option before it
  for (std::string word; words >> word;) {
    const bool belongs = std::exchange(is_value, false) && !word.starts_with('-');
    if (belongs) continue;
    is_value = std::ranges::find(options, word) != options.end() && word != "--cov";
    if (!changes_no_test(word, options)) kept += word + ' ';
  }
  return kept;
}

}  // namespace

Environment environment_of_workers(Environment now,
                                   const std::vector<std::pair<std::string, std::string>>& worker_env) {
  for (const auto& [name, value] : worker_env) now[name] = run::with_indexes(value, kNobody, kNobody);
  std::string& session = now["DD_TEST_SESSION_NAME"];
  if (session.empty()) session = std::string("node-{{nodeIndex}}-worker-{{workerIndex}}");
  session = run::with_indexes(session, kNobody, kNobody);
  return now;
}

std::map<std::string, std::string> runner_options(const std::string& platform, const Environment& now,
                                                  const std::string& directory) {
  std::map<std::string, std::string> states;
  for (const char* name : option_variables(platform)) {
    const auto found = now.find(name);
    const std::string counts =
        found == now.end() ? std::string() : options_that_count(platform, name, found->second, directory);
    states[name] = counts.empty() ? "" : plan_folder::digest_of({counts});
  }
  return states;
}

std::map<std::string, std::string> variables_of_evidence(const std::string& data, const Environment& now) {
  std::map<std::string, std::string> states;
  Result<store::Store> store = store::Store::open(data, store::Store::Access::kRead);
  if (!store) return states;
  const Result<std::set<std::string>> files = store->newest_evidence();
  if (!files) return states;
  for (const std::string& file : *files) {
    const Result<store::EvidenceReader> tables = store::read_evidence_tables(store->evidence_path(file));
    if (!tables) continue;
    for (const Input& input : tables->coverage().inputs) {
      if (input.kind == InputKind::kEnvironment && input.subject != "*" && is_as_recorded(input, now))
        states[input.subject] = state_of_variable(input.subject, now);
    }
  }
  return states;
}

std::string state_of_variable(const std::string& name, const Environment& environment) {
  const auto found = environment.find(name);
  if (found == environment.end()) return {};
  return looks_secret(name) ? "set" : plan_folder::digest_of({found->second});
}

std::vector<std::string> changed_variables(const std::map<std::string, std::string>& planned,
                                           const Environment& now,
                                           const std::map<std::string, std::string>& options) {
  std::vector<std::string> changed;
  for (const auto& [name, state] : planned) {
    const auto option = options.find(name);
    const bool same_option = option != options.end() && option->second == state;
    if (!same_option && state_of_variable(name, now) != state) changed.push_back(name);
  }
  return changed;
}

}  // namespace alibi::planning

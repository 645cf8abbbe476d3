#include "collector/change/project_state.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "collector/store/disk.h"
#include "tracer/base/hash.h"
#include "tracer/model/listing_detail.h"

extern char** environ;

namespace alibi::change {
namespace {

using collector::Input;
using collector::InputKind;
using collector::InputState;
using collector::SessionCoverage;

Hash128 hash_of(std::string_view text) {
  return hash128(text.data(), text.size());
}

std::string_view first_line(std::string_view text) {
  return text.substr(0, text.find('\n'));
}

// The line of a detail that says how, among those that say where (input_log.h).
std::string_view word_of(std::string_view detail) {
  while (!detail.empty()) {
    const std::string_view line = first_line(detail);
    if (!line.starts_with("import:") && !line.starts_with("line:") && !line.starts_with("at:")) return line;
    detail.remove_prefix(std::min(line.size() + 1, detail.size()));
  }
  return {};
}

bool is_volatile(std::string_view name) {
  for (const std::string_view each : {"PWD", "OLDPWD", "SHLVL", "_", "TERM", "COLUMNS", "LINES"}) {
    if (name == each) return true;
  }
  return name.starts_with("PYTEST_") || name.starts_with("ALIBI_");
}

Hash128 hash_of_environment() {
  std::vector<std::string_view> settings;
  for (char** each = environ; *each != nullptr; ++each) {
    const std::string_view setting(*each);
    if (!is_volatile(setting.substr(0, setting.find('=')))) settings.push_back(setting);
  }
  std::sort(settings.begin(), settings.end());
  ContentHasher hasher;
  for (const std::string_view setting : settings) {
    hasher.update(setting.data(), setting.size());
    hasher.update("", 1);
  }
  return hasher.finish();
}

std::string difference_of(InputState before, InputState now) {
  if (before == InputState::kAbsent) return "absent before, there now";
  if (now == InputState::kAbsent) return "there before, absent now";
  return "changed";
}

}  // namespace

ProjectState::ProjectState(const CurrentProject& project, std::string data, UnitStore* units)
    : project_(project), archive_(std::move(data)), units_(*units) {}

void ProjectState::adopt(const SessionCoverage& coverage) {
  files_.set_roots(coverage.description.root, project_.root);
}

std::vector<std::shared_ptr<const FileUnits>> ProjectState::recorded_units(const SessionCoverage& coverage) {
  adopt(coverage);
  std::vector<UnitStore::Wanted> wanted;
  std::vector<size_t> places;
  for (size_t i = 0; i < coverage.files.size(); ++i) {
    const collector::SourceFile& file = coverage.files[i];
    if (file.unreadable) continue;  // inside an archive, of no file: it never had units
    const std::string here = files_.here(file.path);
    wanted.push_back({file.hash, here, [this, file, here] { return text_of(file, here); }});
    places.push_back(i);
  }
  std::vector<std::shared_ptr<const FileUnits>> found = units_.units_of(wanted);
  std::vector<std::shared_ptr<const FileUnits>> units(coverage.files.size());
  for (size_t i = 0; i < found.size(); ++i) units[places[i]] = std::move(found[i]);
  return units;
}

Result<std::string> ProjectState::text_of(const collector::SourceFile& file, const std::string& here) const {
  Result<std::string> content = store::read_file(here);
  if (content && hash_of(*content) == file.hash) return content;
  if (file.unreadable) return content;
  return archive_.read(file.hash);
}

std::string ProjectState::present_path(const SessionCoverage& coverage, uint32_t file) {
  adopt(coverage);
  return files_.here(coverage.files[file].path);
}

Result<std::string> ProjectState::recorded_text(const SessionCoverage& coverage, uint32_t file) {
  return text_of(coverage.files[file], present_path(coverage, file));
}

std::vector<uint32_t> ProjectState::changed_files(const SessionCoverage& coverage) {
  adopt(coverage);
  std::vector<uint32_t> changed;
  for (uint32_t i = 0; i < coverage.files.size(); ++i) {
    const collector::SourceFile& file = coverage.files[i];
    // Code that came from no file ("<string>", inside an archive) has nothing to compare.
    const recording::Observed& now = files_.content(files_.here(file.path));
    const bool same = file.unreadable ? now.state != InputState::kPresent
                                      : now.state == InputState::kPresent && now.hash == file.hash;
    if (!same || file.edited) changed.push_back(i);
  }
  return changed;
}

FileChange ProjectState::compare(const SessionCoverage& coverage, uint32_t index,
                                 std::shared_ptr<const FileUnits> before) {
  adopt(coverage);
  const collector::SourceFile& file = coverage.files[index];
  FileChange change;
  change.file = index;
  change.before = std::move(before);
  const std::string here = files_.here(file.path);
  const recording::Observed now = files_.content(here);
  if (file.edited) {
    change.why = "it was edited while the tests ran";
    change.before = nullptr;
  } else if (now.state != InputState::kPresent) {
    change.why = now.state == InputState::kAbsent ? "it is gone" : "it cannot be read";
  } else {
    change.now = units_.units_of({{now.hash, here, [here] { return store::read_file(here); }}}).front();
    change.why = "it has changed";
    if (change.now == nullptr || change.before == nullptr)
      change.why += ", and its source of then or now cannot be compared";
    else if (!change.now->parsed())
      change.why = "it cannot be parsed: " + change.now->error;
    else if (!change.before->parsed())
      change.why += "; it could not be parsed before";
  }
  if (change.before != nullptr)
    change.difference = compare_units(*change.before, change.now.get());
  else
    change.difference.whole = true;
  return change;
}

// -- inputs

std::vector<InputChange> ProjectState::changed_inputs(const SessionCoverage& coverage,
                                                      const std::vector<bool>& ignored) {
  adopt(coverage);
  std::vector<InputChange> changes;
  for (uint32_t i = 0; i < coverage.inputs.size(); ++i) {
    if (i < ignored.size() && ignored[i]) continue;
    std::string why = changed(coverage, coverage.inputs[i]);
    const InputKind kind = coverage.inputs[i].kind;
    const bool watched = kind != InputKind::kProcess && kind != InputKind::kSocket;
    if (!why.empty()) changes.push_back({i, std::move(why), watched});
  }
  return changes;
}

std::string ProjectState::changed(const SessionCoverage& coverage, const Input& input) {
  switch (input.kind) {
    case InputKind::kFile:
    case InputKind::kDirectory: {
      const std::string here = files_.here(input.subject);
      const recording::Observed& now =
          input.kind == InputKind::kFile ? files_.content(here) : files_.listing(here);
      if (input.state == InputState::kOther) return "its content was not observed";
      if (now.state != input.state) return difference_of(input.state, now.state);
      if (now.state != InputState::kPresent || now.hash == input.hash) return {};
      // As the session found it: what it added or took away, it will again.
      const bool as_found = input.kind == InputKind::kDirectory &&
                            model::found_line_of(input.detail) == model::found_line(now.hash);
      return as_found ? std::string() : "changed";
    }
    case InputKind::kProbe:
      return files_.answer_holds(input, word_of(input.detail)) ? std::string()
                                                               : "the answer would be another one now";
    case InputKind::kEnvironment:
      return changed_environment(input);
    case InputKind::kProcess:
      if (input.detail.starts_with("observed") || project_.trust_unobserved) return {};
      return "a process that left no evidence was started";
    case InputKind::kSocket:
      if (input.detail.starts_with("own") || project_.trust_external) return {};
      return "something outside the test was talked to";
    case InputKind::kOption:
      return changed_option(coverage, input);
    default:
      return {};
  }
}

std::string ProjectState::changed_environment(const Input& input) {
  if (input.subject == "*")
    return hash_of_environment() == input.hash ? std::string() : "some variable differs";
  const char* value = std::getenv(input.subject.c_str());
  const InputState now = value == nullptr ? InputState::kAbsent : InputState::kPresent;
  if (now != input.state)
    return now == InputState::kAbsent ? "set before, not set now" : "not set before, set now";
  return value != nullptr && hash_of(value) != input.hash ? "another value" : std::string();
}

std::string ProjectState::changed_option(const SessionCoverage& coverage, const Input& input) {
  if (input.subject == "fixtures" || input.subject == "plugin modules" || input.subject == "always")
    return {};
  if (input.subject == "doctest") {
    // A source is compared unit by unit.
    if (std::any_of(coverage.files.begin(), coverage.files.end(),
                    [&](const auto& file) { return file.path == input.detail; }))
      return {};
    const recording::Observed& now = files_.content(files_.here(input.detail));
    return now.state == InputState::kPresent && now.hash == input.hash ? std::string() : "changed";
  }
  if (input.detail == "conftest" || (input.detail == "ini" && input.state == InputState::kAbsent)) {
    const bool now = files_.exists(files_.here(input.subject));
    const bool before = input.state == InputState::kPresent;
    return now == before ? std::string() : now ? "absent before, there now" : "there before, absent now";
  }
  if (input.detail == "ini bytes") {
    if (project_.has_runner) return {};
    const recording::Observed& now = files_.content(files_.here(input.subject));
    return now.state == InputState::kPresent && now.hash == input.hash ? std::string() : "changed";
  }
  const auto& options = project_.has_runner ? project_.options : project_.last_options;
  if (!project_.has_runner && options.empty()) return {};
  const std::string subject = input.subject.starts_with('/') ? files_.here(input.subject) : input.subject;
  const auto given = options.find(subject);
  if (given == options.end()) return "set before, not set now";
  return hash_of(given->second) == input.hash ? std::string() : "another value";
}

// -- revisions

void ProjectState::compare_revision(const SessionCoverage& coverage, const GitRevision& revision,
                                    const std::vector<std::shared_ptr<const FileUnits>>& recorded,
                                    ProjectChange* change) {
  adopt(coverage);
  const std::vector<std::string>& changed = revision.changed_files();
  const auto since = [&](const std::string& recorded_path) -> std::string {
    const std::string here = files_.here(recorded_path);
    if (!is_inside(here, project_.root)) return {};
    const std::string relative = here.substr(project_.root.size() + 1);
    return std::binary_search(changed.begin(), changed.end(), relative) ? relative : std::string();
  };
  for (uint32_t i = 0; i < coverage.files.size(); ++i) {
    const std::string path = since(coverage.files[i].path);
    if (path.empty()) continue;
    FileChange difference;
    difference.file = i;
    difference.before = recorded[i];
    difference.why = "it has changed since that revision";
    if (const Result<std::string> then = revision.content(path); then.ok())
      difference.now = units_.units_of({{hash_of(*then), path, [&then] { return then; }}}).front();
    if (difference.before != nullptr && difference.now != nullptr)
      difference.difference = compare_units(*difference.before, difference.now.get());
    else
      difference.difference.whole = true;
    change->files.push_back(std::move(difference));
  }
  for (uint32_t i = 0; i < coverage.inputs.size(); ++i) {
    const Input& input = coverage.inputs[i];
    const bool of_path = input.kind == InputKind::kFile || input.kind == InputKind::kProbe;
    if (of_path && !since(input.subject).empty())
      change->inputs.push_back({i, "changed since that revision", true});
  }
}

}  // namespace alibi::change

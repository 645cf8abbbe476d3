#include "collector/cli/alibi_check.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>
#include <utility>

#include "collector/model/error_codes.h"
#include "collector/report/reason_text.h"
#include "collector/store/disk.h"
#include "collector/store/evidence_folder.h"
#include "tracer/base/clock.h"
#include "tracer/base/file_system.h"

namespace alibi::cli {
namespace {

using Json = nlohmann::json;
using collector::Input;
using collector::InputKind;
using collector::InputState;
using collector::SessionCoverage;

std::string text_of(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool may_be_left_out(collector::Outcome outcome) {
  return outcome == collector::Outcome::kPassed || outcome == collector::Outcome::kSkipped ||
         outcome == collector::Outcome::kXfailed || outcome == collector::Outcome::kXpassed;
}

std::string words_of(const Explanation::Holding& holding) {
  return holding.kind + " " + holding.subject + " (" + holding.state + ")";
}

// The units of a changed source that the test rests on: none may be among them.
std::string used_units(const CheckedHolding& source) {
  std::vector<std::string> used;
  for (const SessionCase::UnitUse& unit : source.units) {
    if (unit.used) used.push_back(unit.unit);
  }
  return used.empty() ? std::string() : report::short_list(used);
}

}  // namespace

Result<std::vector<ToldAlibi>> parse_alibis(std::string_view document) {
  Json json = Json::parse(document, nullptr, false);
  if (json.is_object()) json = Json::array({json});
  const Error not_understood{collector::kBadRequest, 0, "that is no alibi as alibi why --json prints it"};
  if (!json.is_array()) return not_understood;
  std::vector<ToldAlibi> alibis;
  for (const Json& each : json) {
    if (!each.is_object() || text_of(each, "id").empty()) return not_understood;
    ToldAlibi told{text_of(each, "id"), text_of(each, "evidence"), text_of(each, "verdict") == "skip", {}};
    const auto holdings = each.find("alibi");
    if (holdings == each.end() || !holdings->is_array()) return not_understood;
    for (const Json& holding : *holdings) {
      if (!holding.is_object()) return not_understood;
      told.holdings.push_back(
          {text_of(holding, "kind"), text_of(holding, "subject"), text_of(holding, "state")});
    }
    alibis.push_back(std::move(told));
  }
  return alibis;
}

void compare_with_told(const ToldAlibi& told, CheckedAlibi* checked) {
  if (!told.skipped) checked->problems.emplace_back("it had none when this was written: it was to run");
  const auto key = [](const Explanation::Holding& holding) {
    return std::tie(holding.kind, holding.subject, holding.state);
  };
  std::set<std::tuple<std::string, std::string, std::string>> said, recorded;
  for (const Explanation::Holding& holding : told.holdings) said.insert(key(holding));
  if (checked->holdings.empty()) return;  // the evidence could not be read, which has been said
  for (const CheckedHolding& each : checked->holdings) {
    recorded.insert(key(each.holding));
    if (said.count(key(each.holding)) == 0)
      checked->problems.push_back("it leaves out what its evidence names: " + words_of(each.holding));
  }
  for (const Explanation::Holding& holding : told.holdings) {
    if (recorded.count(key(holding)) == 0)
      checked->problems.push_back("it names what its evidence does not: " + words_of(holding));
  }
}

AlibiChecker::AlibiChecker(const store::Store& store, const SelectionRequest& request)
    : store_(store),
      request_(request),
      units_(store.data(), request.project.interpreter, change::KeepUnits::kIgnore, &names_),
      state_(request.project, store.data(), &units_),
      listings_(&FileSystem::real(), &Clock::real()) {}

std::vector<CheckedAlibi> AlibiChecker::check(const std::string& evidence,
                                              const std::vector<std::string>& tests) {
  std::vector<CheckedAlibi> alibis;
  for (const std::string& test : tests) alibis.push_back({test, evidence, {}, {}});
  Result<store::WholeEvidence> whole = store::read_evidence(store_.evidence_path(evidence));
  if (!whole) {
    for (CheckedAlibi& alibi : alibis)
      alibi.problems.push_back("its evidence " + evidence + ": " + whole.error().message);
    return alibis;
  }
  SessionCase session(store_.data(), evidence, std::move(whole->reader), &state_, request_.project,
                      change::KeepUnits::kIgnore, &names_);
  const std::vector<std::optional<select::Reason>> reasons = session.judge_tests(tests);
  for (size_t i = 0; i < tests.size(); ++i) {
    CheckedAlibi& alibi = alibis[i];
    const collector::TestCoverage* test = session.test(tests[i]);
    check_record(session.coverage(), test, &alibi);
    if (test == nullptr) continue;
    if (reasons[i] && reasons[i]->kind != select::ReasonKind::kNone)
      alibi.problems.push_back(report::reason_text(*reasons[i]));
    check_ground(&session, &alibi);
  }
  return alibis;
}

// May this record clear anything?
void AlibiChecker::check_record(const SessionCoverage& coverage, const collector::TestCoverage* test,
                                CheckedAlibi* checked) const {
  std::vector<std::string>& problems = checked->problems;
  if (test == nullptr) {
    problems.emplace_back("its evidence does not have it, or that part of it is damaged");
    return;
  }
  if (!may_be_left_out(test->outcome))
    problems.push_back(std::string("it did not pass: ") + collector::outcome_name(test->outcome));
  if (!test->complete) problems.emplace_back("its evidence is not complete");
  const auto lost = [](const collector::Evidence* evidence) { return !evidence->drops.empty(); };
  const std::vector<const collector::Evidence*> all = collector::all_evidence(coverage, *test);
  if (std::any_of(all.begin(), all.end(), lost))
    problems.emplace_back("a part of what it rests on was lost when it was recorded");
  for (const collector::Process& process : coverage.processes) {
    if (process.role == collector::Role::kChild ||
        process.interpreter == request_.project.interpreter.version)
      continue;
    problems.push_back("it ran on " + process.interpreter + ", and now there is " +
                       request_.project.interpreter.version);
    return;
  }
}

void AlibiChecker::check_ground(SessionCase* session, CheckedAlibi* checked) {
  const SessionCase::Ground ground = session->ground_of(checked->test);
  for (const uint32_t file : ground.files) check_source(session, file, checked);
  for (const uint32_t input : ground.inputs) check_input(session, input, checked);
  for (const uint32_t each : ground.distributions) check_package(session, each, checked);
}

void AlibiChecker::check_source(SessionCase* session, uint32_t index, CheckedAlibi* checked) {
  const SessionCoverage& coverage = session->coverage();
  const collector::SourceFile& file = coverage.files[index];
  CheckedHolding holding{session->source_holding(index), true, {}};
  const recording::Observed& now = content(here(file.path, coverage.description.root));
  holding.same = file.unreadable ? now.state != InputState::kPresent
                                 : now.state == InputState::kPresent && now.hash == file.hash;
  if (!holding.same) {
    const std::string subject = "source " + holding.holding.subject;
    const auto& changes = session->differences().files;
    const auto change = std::find_if(changes.begin(), changes.end(),
                                     [&](const change::FileChange& each) { return each.file == index; });
    if (change == changes.end()) {
      checked->problems.push_back(subject + ": it has changed, which went unnoticed");
    } else if (change->before == nullptr || change->difference.whole) {
      checked->problems.push_back(subject + ": " + change->why);
    } else {
      holding.units = session->differing_units(checked->test, *change);
      if (const std::string used = used_units(holding); !used.empty())
        checked->problems.push_back(subject + ": it rests on what differs" + used);
    }
  }
  checked->holdings.push_back(std::move(holding));
}

void AlibiChecker::check_input(SessionCase* session, uint32_t index, CheckedAlibi* checked) {
  const SessionCoverage& coverage = session->coverage();
  CheckedHolding holding{session->input_holding(index), true, {}};
  const auto& changes = session->differences().inputs;
  const auto change = std::find_if(changes.begin(), changes.end(),
                                   [&](const change::InputChange& each) { return each.input == index; });
  const std::string subject = holding.holding.kind + " " + holding.holding.subject + ": ";
  if (change != changes.end()) {
    holding.same = false;
    checked->problems.push_back(subject + change->why);
  } else if (!is_as_recorded(coverage.inputs[index], coverage.description.root)) {
    holding.same = false;
    checked->problems.push_back(subject + "it has changed, which went unnoticed");
  }
  checked->holdings.push_back(std::move(holding));
}

void AlibiChecker::check_package(SessionCase* session, uint32_t index, CheckedAlibi* checked) {
  CheckedHolding holding{session->package_holding(index), true, {}};
  for (const change::PackageChange& change : session->differences().packages) {
    if (change.distribution != holding.holding.subject) continue;
    holding.same = false;
    checked->problems.push_back("package " + change.distribution + ": " + change.why);
  }
  checked->holdings.push_back(std::move(holding));
}

// Taken from the bytes. What needs the question that was asked is left to ProjectState, which keeps no
// answers.
bool AlibiChecker::is_as_recorded(const Input& input, const std::string& recorded_root) {
  const auto equals = [&](const recording::Observed& now) {
    return now.state == input.state && (now.state != InputState::kPresent || now.hash == input.hash);
  };
  switch (input.kind) {
    case InputKind::kFile:
      return equals(content(here(input.subject, recorded_root)));
    case InputKind::kDirectory:
      return equals(listings_.directory(here(input.subject, recorded_root)));
    case InputKind::kEnvironment: {
      if (input.subject == "*") return true;
      const char* value = std::getenv(input.subject.c_str());
      if (value == nullptr) return input.state == InputState::kAbsent;
      const std::string_view text(value);
      return equals({InputState::kPresent, 0, hash128(text.data(), text.size())});
    }
    default:
      return true;
  }
}

const recording::Observed& AlibiChecker::content(const std::string& path) {
  const auto known = contents_.find(path);
  if (known != contents_.end()) return known->second;
  recording::Observed now;
  const Result<FileStatus> status = FileSystem::real().status(path);
  if (!status) {
    const bool absent = status.error().os_error == ENOENT || status.error().os_error == ENOTDIR;
    now.state = absent ? InputState::kAbsent : InputState::kOther;
  } else if (status->type == FileType::kRegular) {
    if (const Result<std::string> bytes = store::read_file(path); bytes.ok())
      now = {InputState::kPresent, bytes->size(), hash128(bytes->data(), bytes->size())};
  }
  return contents_.emplace(path, now).first->second;
}

std::string AlibiChecker::here(const std::string& recorded_path, const std::string& recorded_root) const {
  const std::string below = report::relative_to(recorded_path, recorded_root);
  return below == recorded_path ? recorded_path : request_.project.root + "/" + below;
}

}  // namespace alibi::cli

#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "collector/cli/commands.h"
#include "collector/cli/data_folder.h"
#include "collector/cli/exit_codes.h"
#include "collector/cli/interpreter_facts.h"
#include "collector/crash/crash_loader.h"
#include "collector/report/json_report.h"
#include "collector/store/disk.h"
#include "collector/store/session_directory.h"
#include "collector/store/session_survey.h"

namespace alibi::cli {
namespace {

using nlohmann::json;

constexpr uint64_t kLittleSpace = 100U << 20;
constexpr size_t kMostListed = 10;         // sessions of killed runs, the oldest ones
constexpr uint64_t kMostRead = 64U << 20;  // bytes of their shards: a tenth of a second

enum class Health { kGood, kRemark, kProblem };

// One line of the answer: what was looked at, how it is, what to do.
struct Finding {
  std::string subject;
  Health health = Health::kGood;
  std::string state;
};

const char* word_of(Health health) {
  switch (health) {
    case Health::kGood:
      return "ok";
    case Health::kRemark:
      return "note";
    case Health::kProblem:
      return "problem";
  }
  return "problem";
}

Finding look_at_folder(const std::string& data) {
  std::string nearest = data;
  while (!store::exists(nearest)) {
    const size_t slash = nearest.find_last_of('/');
    nearest = slash == std::string::npos ? "." : slash == 0 ? "/" : nearest.substr(0, slash);
  }
  if (::access(nearest.c_str(), W_OK | X_OK) != 0) {
    return {
        "data folder", Health::kProblem,
        data + " cannot be written: make " + nearest + " writable, or choose another folder with ALIBI_DATA"};
  }
  if (nearest != data)
    return {"data folder", Health::kRemark, data + " does not exist yet; pytest --alibi makes it"};
  return {"data folder", Health::kGood, data + " is writable"};
}

Finding look_at_space(const std::string& data) {
  struct statvfs space {};
  const std::string where = store::exists(data) ? data : ".";
  if (::statvfs(where.c_str(), &space) != 0) {
    return {"disk space", Health::kRemark, os_error(ErrorCode::kCannotRead, errno, "unknown").message};
  }
  const uint64_t free = static_cast<uint64_t>(space.f_bavail) * space.f_frsize;
  const std::string text = report::size_text(free) + " free";
  if (free < kLittleSpace) {
    return {"disk space", Health::kProblem,
            text + ": a session needs 256 KiB for each process and more for long runs"};
  }
  return {"disk space", Health::kGood, text};
}

std::vector<Finding> look_at_store(const std::string& data) {
  std::vector<Finding> findings;
  Result<store::Store> store = store::Store::open(data, store::Store::Access::kRead);
  if (!store) return {{"store", Health::kProblem, store.error().message}};
  const Result<std::vector<store::SessionRow>> sessions = store->sessions();
  if (!sessions) return {{"store", Health::kProblem, sessions.error().message}};
  uint64_t unreadable = 0;
  for (const store::SessionRow& session : *sessions) {
    if (session.unreadable.empty()) continue;
    ++unreadable;
    findings.push_back(
        {"evidence", Health::kProblem, store->evidence_path(session.evidence) + ": " + session.unreadable});
  }
  findings.insert(findings.begin(), {"store", unreadable == 0 ? Health::kGood : Health::kRemark,
                                     report::count_text(sessions->size(), "session") + " stored"});
  if (!store->index_problem().empty()) {
    findings.push_back(
        {"index", Health::kRemark, store->index_problem() + "; the next merge makes it again"});
  }
  return findings;
}

// One session of a killed run, in one line.
Finding look_at_session(const std::string& session, uint64_t* budget) {
  const store::SessionSurvey survey = store::survey_session(session, budget);
  std::string state =
      session + ": " + report::count_text(survey.shards, "shard") + ", " + report::size_text(survey.bytes);
  if (survey.damaged != 0)
    state += ", " + std::to_string(survey.damaged) + " damaged (" + survey.first_cause +
             "): their tests run next time";
  if (survey.lost != 0)
    state += ", " + std::to_string(survey.lost) + " lost (a full disk?): all of its tests run next time";
  if (survey.judged < survey.shards)
    state += ", " + std::to_string(survey.shards - survey.judged) + " not looked into";
  state += "; alibi merge " + session + " keeps its evidence";
  return {"leftover", Health::kRemark, std::move(state)};
}

void look_at_crashes(const std::string& session, std::vector<Finding>* findings) {
  const collector::LoadedCrashes loaded = collector::load_crashes(session, collector::Names::kLeave);
  for (const collector::Crash& crash : loaded.crashes) {
    findings->push_back({crash.hang ? "hang" : "crash", Health::kRemark,
                         collector::subject(crash) + " " + collector::headline(crash) +
                             ", not merged yet; alibi show merges it and shows the stacks"});
  }
  for (const std::string& problem : loaded.problems) findings->push_back({"crash", Health::kRemark, problem});
}

std::vector<Finding> look_at_remains(const std::string& data) {
  std::vector<Finding> findings;
  const std::vector<std::string> leftovers = store::leftover_sessions(data);
  findings.push_back({"leftovers", leftovers.empty() ? Health::kGood : Health::kRemark,
                      leftovers.empty() ? "no session waits for a merge"
                                        : report::count_text(leftovers.size(), "session") +
                                              " of killed runs; alibi show merges them"});
  uint64_t budget = kMostRead;
  for (size_t place = 0; place < std::min(leftovers.size(), kMostListed); ++place) {
    findings.push_back(look_at_session(leftovers[place], &budget));
    look_at_crashes(leftovers[place], &findings);
  }
  const size_t damaged = store::names_in(data + "/damaged").size();
  if (damaged != 0) {
    findings.push_back(
        {"damaged", Health::kRemark,
         report::count_text(damaged, "damaged shard") + " kept in " + data + "/damaged for inspection"});
  }
  return findings;
}

std::string field(const json& facts, const char* key) {
  const auto found = facts.find(key);
  return found != facts.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// What a recording that was really started there said.
Finding look_at_strategy(const json& facts) {
  const std::string strategy = field(facts, "strategy");
  const std::string reason = field(facts, "strategy_reason");
  if (strategy.empty())
    return {"recording", Health::kProblem, "does not start: " + (reason.empty() ? "no answer" : reason)};
  if (reason.empty()) return {"recording", Health::kGood, "starts with \"" + strategy + "\""};
  return {"recording", Health::kRemark, "starts with \"" + strategy + "\", not better, because " + reason};
}

std::vector<Finding> look_at_interpreter(const std::string& python, json* facts) {
  const Result<std::string> answer = ask_interpreter(python);
  if (!answer)
    return {{"interpreter", Health::kProblem, answer.error().message + "; name another with --python"}};
  *facts = json::parse(*answer, nullptr, false);
  if (!facts->is_object()) {
    *facts = nullptr;
    return {{"interpreter", Health::kProblem, python + " answered something else than JSON"}};
  }
  std::vector<Finding> findings;
  findings.push_back(
      {"interpreter", Health::kGood,
       field(*facts, "implementation") + " " + field(*facts, "version") + " " + field(*facts, "executable")});
  if (field(*facts, "package").empty()) {
    findings.push_back({"package", Health::kProblem,
                        "testalibi is not installed in it: " + python + " -m pip install testalibi"});
    return findings;
  }
  findings.push_back({"package", Health::kGood, field(*facts, "package")});
  if (field(*facts, "recorder").empty()) {
    findings.push_back(
        {"recorder", Health::kProblem, "cannot be loaded: " + field(*facts, "recorder_problem")});
  } else {
    std::string strategies;
    const json known = facts->value("strategies", json::array());
    for (const json& strategy : known)
      strategies += (strategies.empty() ? "" : ", ") + strategy.get<std::string>();
    findings.push_back(
        {"recorder", Health::kGood, "strategies, best first: " + (strategies.empty() ? "?" : strategies)});
    findings.push_back(look_at_strategy(*facts));
  }
  const json plugins = facts->value("plugins", json::object());
  if (!plugins.is_object() || !plugins.contains("pytest")) {
    findings.push_back(
        {"pytest", Health::kProblem, "is not installed in it: " + python + " -m pip install pytest"});
  } else {
    std::string versions;
    for (const auto& [name, version] : plugins.items()) {
      versions += (versions.empty() ? "" : ", ") + name + " " +
                  (version.is_string() ? version.get<std::string>() : "?");
    }
    findings.push_back({"pytest", Health::kGood, versions});
  }
  return findings;
}

void print_text(const std::vector<Finding>& findings, Console* console) {
  report::Table table;
  for (const Finding& finding : findings) {
    const report::Colour colour = finding.health == Health::kGood     ? report::Colour::kGreen
                                  : finding.health == Health::kRemark ? report::Colour::kYellow
                                                                      : report::Colour::kRed;
    table.add({{word_of(finding.health), colour, false},
               {finding.subject, report::Colour::kNone, false},
               {report::printable(finding.state), report::Colour::kNone, false}});
  }
  console->print(table.text(console->style()));
}

void print_json(const std::vector<Finding>& findings, const std::string& data, const json& facts,
                Console* console) {
  json list = json::array();
  for (const Finding& finding : findings) {
    list.push_back(
        {{"subject", finding.subject}, {"health", word_of(finding.health)}, {"state", finding.state}});
  }
  console->print(report::json_text({{"version", ALIBI_VERSION},
                                    {"data", data},
                                    {"findings", std::move(list)},
                                    {"interpreter", facts}}) +
                 "\n");
}

}  // namespace

int run_doctor(const DoctorOptions& options, Console* console) {
  const std::string data = data_folder(options.data);
  std::vector<Finding> findings = {look_at_folder(data), look_at_space(data)};
  const auto add = [&](std::vector<Finding> more) {
    for (Finding& finding : more) findings.push_back(std::move(finding));
  };
  add(look_at_store(data));
  add(look_at_remains(data));
  json facts = nullptr;
  add(look_at_interpreter(options.python.empty() ? "python3" : options.python, &facts));
  if (options.output == Output::kJson)
    print_json(findings, data, facts, console);
  else
    print_text(findings, console);
  for (const Finding& finding : findings) {
    if (finding.health == Health::kProblem) return kFailed;
  }
  return kDone;
}

}  // namespace alibi::cli

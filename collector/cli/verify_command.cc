#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "collector/cli/alibi_check.h"
#include "collector/cli/commands.h"
#include "collector/cli/data_folder.h"
#include "collector/cli/exit_codes.h"
#include "collector/cli/project_request.h"
#include "collector/cli/test_selection.h"
#include "collector/report/json_report.h"
#include "collector/report/reason_text.h"
#include "collector/report/style.h"
#include "collector/store/evidence_folder.h"

namespace alibi::cli {
namespace {

using Json = nlohmann::json;

constexpr size_t kMostProblems = 5;  // of one test, on a terminal

class Verification {
 public:
  Verification(const VerifyOptions& options, store::Store* store, SelectionRequest request)
      : options_(options), store_(*store), request_(std::move(request)) {}

  Result<void> run();
  // The newest evidence, without which nothing can be asked. False when it is whole.
  bool refuse_newest_evidence();
  int print(Console* console) const;

 private:
  Result<void> choose();
  Result<void> choose_told();
  Result<void> choose_named();
  void choose_all();
  void add_unusable_evidence();
  bool is_whole(const std::string& evidence);
  void check();
  Json document() const;
  void print_text(Console* console) const;
  void print_alibi(const CheckedAlibi& alibi, Console* console) const;

  const VerifyOptions& options_;
  store::Store& store_;
  SelectionRequest request_;
  Selection selection_;
  std::map<std::string, std::vector<std::string>> wanted_;  // evidence -> tests
  std::map<std::string, std::string> whole_;                // evidence -> why it is not, empty: it is
  std::vector<ToldAlibi> told_;
  std::vector<CheckedAlibi> alibis_;
  std::vector<std::pair<std::string, std::string>> unusable_;  // evidence, why
  std::vector<std::string> notices_;
};

Result<void> Verification::run() {
  Result<Selection> selection = select_tests(&store_, request_);
  if (!selection) return std::move(selection).error();
  selection_ = std::move(*selection);
  request_.project.last_options = {selection_.options.begin(), selection_.options.end()};
  if (Result<void> chosen = choose(); !chosen) return chosen;
  check();
  return {};
}

Result<void> Verification::choose() {
  if (!options_.alibi.empty()) return choose_told();
  if (!options_.tests.empty()) return choose_named();
  choose_all();
  add_unusable_evidence();
  return {};
}

Result<void> Verification::choose_told() {
  const Result<std::string> document = read_document(options_.alibi);
  if (!document) return document.error();
  Result<std::vector<ToldAlibi>> told = parse_alibis(*document);
  if (!told) return std::move(told).error();
  told_ = std::move(*told);
  for (const ToldAlibi& alibi : told_) wanted_[alibi.evidence].push_back(alibi.test);
  return {};
}

Result<void> Verification::choose_named() {
  Result<std::vector<store::TestRow>> rows = store_.newest_per_test(request_.environment, 1);
  if (!rows) return std::move(rows).error();
  std::set<std::string> named;
  for (const std::string& test : options_.tests) {
    Result<std::vector<store::TestRow>> found = select_tests(*rows, test);
    if (!found) return std::move(found).error();
    for (const store::TestRow& row : *found) named.insert(row.id);
  }
  for (const Verdict& verdict : selection_.verdicts) {
    if (named.count(verdict.test) == 0) continue;
    if (verdict.runs())
      alibis_.push_back(
          {verdict.test, verdict.evidence, {"it has no alibi, it runs: " + verdict_text(verdict)}, {}});
    else
      wanted_[verdict.evidence].push_back(verdict.test);
  }
  return {};
}

bool Verification::refuse_newest_evidence() {
  const Result<std::vector<store::SessionRow>> sessions = store_.sessions();
  if (!sessions) return false;
  for (auto session = sessions->rbegin(); session != sessions->rend(); ++session) {
    if (session->environment_name != options_.environment || !session->unreadable.empty()) continue;
    const auto evidence = store::read_evidence(store_.evidence_path(session->evidence));
    if (evidence) return false;
    unusable_.emplace_back(session->evidence, evidence.error().message);
    return true;
  }
  return false;
}

// Also tests that only damaged evidence keeps from being skipped: somebody altered what would clear them.
void Verification::choose_all() {
  for (const Verdict& verdict : selection_.verdicts) {
    const bool unfinished =
        verdict.kind == VerdictKind::kUnfinished && verdict.outcome == collector::Outcome::kPassed;
    if (!verdict.runs() || (unfinished && !is_whole(verdict.evidence)))
      wanted_[verdict.evidence].push_back(verdict.test);
  }
}

bool Verification::is_whole(const std::string& evidence) {
  const auto [known, added] = whole_.try_emplace(evidence);
  if (added) {
    const auto read = store::read_evidence(store_.evidence_path(evidence));
    if (!read) known->second = read.error().message;
  }
  return known->second.empty();
}

void Verification::add_unusable_evidence() {
  // What was tried first, and given up for older evidence.
  const Result<std::vector<store::TestRow>> newest = store_.newest_per_test(request_.environment, 1);
  std::set<std::string> tried;
  if (newest) {
    for (const store::TestRow& row : *newest) tried.insert(row.evidence);
  }
  for (const std::string& evidence : tried) {
    if (wanted_.count(evidence) == 0 && !is_whole(evidence))
      unusable_.emplace_back(evidence, whole_[evidence]);
  }
  const Result<std::vector<store::SessionRow>> sessions = store_.sessions();
  if (!sessions) return;
  for (const store::SessionRow& session : *sessions) {
    if (!session.unreadable.empty() && wanted_.count(session.evidence) == 0)
      unusable_.emplace_back(session.evidence, session.unreadable);
  }
}

void Verification::check() {
  AlibiChecker checker(store_, request_);
  for (const auto& [evidence, tests] : wanted_) {
    std::vector<CheckedAlibi> checked = checker.check(evidence, tests);
    std::move(checked.begin(), checked.end(), std::back_inserter(alibis_));
  }
  for (const ToldAlibi& told : told_) {
    for (CheckedAlibi& alibi : alibis_) {
      if (alibi.test == told.test && alibi.evidence == told.evidence) compare_with_told(told, &alibi);
    }
  }
  std::sort(alibis_.begin(), alibis_.end(),
            [](const CheckedAlibi& left, const CheckedAlibi& right) { return left.test < right.test; });
  notices_ = checker.problems();
}

Json holding_json(const CheckedHolding& checked) {
  Json json = {{"kind", checked.holding.kind},
               {"subject", checked.holding.subject},
               {"state", checked.holding.state},
               {"same", checked.same}};
  if (checked.holding.kind != "source" || checked.same) return json;
  Json units = Json::array();
  for (const SessionCase::UnitUse& unit : checked.units)
    units.push_back({{"unit", unit.unit}, {"line", unit.line}, {"used", unit.used}});
  json["differs"] = std::move(units);
  return json;
}

Json Verification::document() const {
  Json tests = Json::array();
  for (const CheckedAlibi& alibi : alibis_) {
    Json checked = Json::array();
    for (const CheckedHolding& holding : alibi.holdings) checked.push_back(holding_json(holding));
    tests.push_back({{"id", alibi.test},
                     {"evidence", alibi.evidence},
                     {"holds", alibi.holds()},
                     {"problems", alibi.problems},
                     {"checked", std::move(checked)}});
  }
  Json unusable = Json::array();
  for (const auto& [evidence, why] : unusable_)
    unusable.push_back({{"evidence", evidence}, {"problem", why}});
  return {{"version", 1}, {"tests", std::move(tests)}, {"unusable_evidence", std::move(unusable)}};
}

void Verification::print_alibi(const CheckedAlibi& alibi, Console* console) const {
  std::map<std::string, size_t> counts;
  for (const CheckedHolding& holding : alibi.holdings)
    ++counts[holding.holding.kind == "source" || holding.holding.kind == "package" ? holding.holding.kind
                                                                                   : "input"];
  console->print(alibi.test + (alibi.holds() ? " holds: " : " does not hold: "));
  if (alibi.holds()) {
    console->print(report::count_text(counts["source"], "source") + ", " +
                   report::count_text(counts["input"], "input") + ", " +
                   report::count_text(counts["package"], "package") + "\n");
  } else {
    const size_t shown = std::min(alibi.problems.size(), kMostProblems);
    for (size_t i = 0; i < shown; ++i)
      console->print((i == 0 ? "" : "    ") + report::relative_to(alibi.problems[i], request_.project.root) +
                     "\n");
    if (shown < alibi.problems.size())
      console->print("    and " + std::to_string(alibi.problems.size() - shown) + " more (--json)\n");
  }
  for (const CheckedHolding& source : alibi.holdings) {
    if (source.same || source.units.empty() || options_.tests.empty()) continue;
    std::vector<std::string> units;
    for (const SessionCase::UnitUse& unit : source.units)
      units.push_back(unit.unit + (unit.used ? ", which it rests on" : ""));
    console->print("    source " + source.holding.subject + " differs" + report::short_list(units) + "\n");
  }
}

void Verification::print_text(Console* console) const {
  size_t held = 0;
  for (const CheckedAlibi& alibi : alibis_) {
    print_alibi(alibi, console);
    held += alibi.holds() ? 1 : 0;
  }
  for (const auto& [evidence, why] : unusable_)
    console->print("evidence " + evidence + " does not hold: " + why + "\n");
  if (alibis_.empty() && !unusable_.empty()) return;
  console->print(std::to_string(held) + " of " + report::count_text(alibis_.size(), "alibi") + " " +
                 (alibis_.size() == 1 ? "holds" : "hold") + "\n");
}

int Verification::print(Console* console) const {
  if (options_.output == Output::kJson)
    console->print(report::json_text(document()) + "\n");
  else
    print_text(console);
  for (const std::string& notice : notices_) console->warn(notice);
  const bool all =
      std::all_of(alibis_.begin(), alibis_.end(), [](const CheckedAlibi& alibi) { return alibi.holds(); });
  return all && unusable_.empty() ? kDone : kFailed;
}

}  // namespace

int run_verify(const VerifyOptions& options, Console* console) {
  Result<store::Store> store = open_to_read(data_folder(options.data), console);
  if (!store) return console->fail(store.error());
  Result<SelectionRequest> request = request_of_last_session(&*store, options.environment, options.python);
  if (!request) {
    Verification refused(options, &*store, {});
    return refused.refuse_newest_evidence() ? refused.print(console) : console->fail(request.error());
  }
  request->keep_units = change::KeepUnits::kNo;
  Verification verification(options, &*store, std::move(*request));
  if (const Result<void> done = verification.run(); !done) return console->fail(done.error());
  return verification.print(console);
}

}  // namespace alibi::cli

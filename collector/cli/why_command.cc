#include <nlohmann/json.hpp>
#include <string>

#include "collector/cli/commands.h"
#include "collector/cli/data_folder.h"
#include "collector/cli/exit_codes.h"
#include "collector/cli/project_request.h"
#include "collector/cli/selection.h"
#include "collector/cli/test_selection.h"
#include "collector/report/json_report.h"
#include "collector/report/reason_text.h"
#include "collector/report/text_report.h"

namespace alibi::cli {
namespace {

using Json = nlohmann::json;

constexpr size_t kMostHoldings = 20;  // of a skipped test, when not all were asked for

Json explanation_json(const Explanation& explanation) {
  const Verdict& verdict = explanation.verdict;
  Json json = {{"id", verdict.test},
               {"verdict", verdict.runs() ? "run" : "skip"},
               {"reason", verdict_text(verdict)},
               {"evidence", verdict.evidence},
               {"chain", explanation.chain}};
  if (verdict.reason.kind != select::ReasonKind::kNone)
    json["kind"] = report::reason_kind_name(verdict.reason.kind);
  Json holdings = Json::array();
  for (const Explanation::Holding& holding : explanation.holdings)
    holdings.push_back({{"kind", holding.kind}, {"subject", holding.subject}, {"state", holding.state}});
  json["alibi"] = std::move(holdings);
  return json;
}

void print_text(const Explanation& explanation, Console* console) {
  const Verdict& verdict = explanation.verdict;
  console->print(verdict.test + (verdict.runs() ? " runs: " : " is skipped: ") + verdict_text(verdict) +
                 "\n");
  for (const std::string& link : explanation.chain) console->print("    " + link + "\n");
  if (explanation.holdings.empty()) return;
  console->print("  its alibi, recorded in " + verdict.evidence + ":\n");
  size_t shown = 0;
  for (const Explanation::Holding& holding : explanation.holdings) {
    if (shown++ == kMostHoldings) break;
    console->print("    " + holding.kind + " " + holding.subject + "  " + holding.state + "\n");
  }
  if (explanation.holdings.size() > kMostHoldings)
    console->print("    and " + std::to_string(explanation.holdings.size() - kMostHoldings) +
                   " more (--json)\n");
}

}  // namespace

int run_why(const WhyOptions& options, Console* console) {
  const std::string data = data_folder(options.data);
  Result<store::Store> store = open_to_read(data, console);
  if (!store) return console->fail(store.error());
  Result<SelectionRequest> request = request_of_last_session(&*store, options.environment, options.python);
  if (!request) return console->fail(request.error());
  Result<std::vector<store::TestRow>> tests = store->newest_per_test(options.environment, 1);
  if (!tests) return console->fail(tests.error());
  tests = select_tests(std::move(*tests), options.test);
  if (!tests) return console->fail(tests.error());
  Json all = Json::array();
  for (const store::TestRow& test : *tests) {
    Result<Explanation> explanation = explain_test(&*store, *request, test.id);
    if (!explanation) return console->fail(explanation.error());
    if (options.output == Output::kJson)
      all.push_back(explanation_json(*explanation));
    else
      print_text(*explanation, console);
  }
  if (options.output == Output::kJson) console->print(report::json_text(all) + "\n");
  return kDone;
}

}  // namespace alibi::cli

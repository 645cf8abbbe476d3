#include <map>
#include <nlohmann/json.hpp>

#include "collector/cli/commands.h"
#include "collector/cli/data_folder.h"
#include "collector/cli/exit_codes.h"
#include "collector/report/json_report.h"
#include "collector/report/text_report.h"

namespace alibi::cli {

int run_list(const ListOptions& options, Console* console) {
  Result<store::Store> store = open_to_read(data_folder(options.data), console);
  if (!store) return console->fail(store.error());
  Result<std::vector<store::TestRow>> tests = store->latest_tests();
  if (!tests) return console->fail(tests.error());
  Result<std::vector<store::SessionRow>> sessions = store->sessions();
  if (!sessions) return console->fail(sessions.error());
  if (options.output == Output::kText) {
    console->print(report::list_text(*tests, *sessions, console->style()));
    return kDone;
  }
  std::map<std::string, const store::SessionRow*> by_evidence;
  for (const store::SessionRow& session : *sessions) by_evidence[session.evidence] = &session;
  nlohmann::json rows = nlohmann::json::array();
  for (const store::TestRow& test : *tests)
    rows.push_back(report::test_row_json(test, by_evidence[test.evidence]));
  console->print(report::json_text({{"tests", std::move(rows)}}) + "\n");
  return kDone;
}

}  // namespace alibi::cli

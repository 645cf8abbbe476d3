#include <string>

#include "collector/cli/commands.h"
#include "collector/cli/data_folder.h"
#include "collector/cli/exit_codes.h"
#include "collector/cli/project_request.h"
#include "collector/cli/selection.h"
#include "collector/cli/test_selection.h"

namespace alibi::cli {

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
  for (const store::TestRow& test : *tests) {
    Result<Explanation> explanation = explain_test(&*store, *request, test.id);
    if (!explanation) return console->fail(explanation.error());
    console->print(test.id + ": " + (explanation->verdict.runs() ? "runs" : "skipped") + ", " +
                   verdict_text(explanation->verdict) + "\n");
    for (const std::string& link : explanation->chain) console->print("    " + link + "\n");
  }
  return kDone;
}

}  // namespace alibi::cli

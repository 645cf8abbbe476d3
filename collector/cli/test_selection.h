// Which of the known tests a user means. Pure; used by `alibi show`.
#ifndef ALIBI_COLLECTOR_CLI_TEST_SELECTION_H_
#define ALIBI_COLLECTOR_CLI_TEST_SELECTION_H_

#include <string>
#include <vector>

#include "collector/store/evidence_index.h"
#include "tracer/base/result.h"

namespace alibi::cli {

// An exact id; else, with * or ? in it, every test the pattern matches (brackets are literal: ids of
// parametrised tests have them); else the one test that contains the text. Empty text: all tests.
Result<std::vector<store::TestRow>> select_tests(std::vector<store::TestRow> tests,
                                                 const std::string& wanted);

}  // namespace alibi::cli

#endif  // ALIBI_COLLECTOR_CLI_TEST_SELECTION_H_

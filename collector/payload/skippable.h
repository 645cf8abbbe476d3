// The message that says which tests need not run (…/ci/tests/skippable), both directions: the client encodes
// the request and parses the answer, the server the reverse. Any thread; any JSON is survived.
#ifndef ALIBI_COLLECTOR_PAYLOAD_SKIPPABLE_H_
#define ALIBI_COLLECTOR_PAYLOAD_SKIPPABLE_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collector/payload/coverage_events.h"
#include "collector/payload/left_out.h"
#include "collector/payload/run_facts.h"
#include "tracer/base/result.h"

namespace alibi::payload {

struct SkippableItem {
  TestLevel level = TestLevel::kTest;
  std::optional<std::string> module;  // "test.bundle"
  std::string suite;
  std::string name;                       // only of tests
  std::optional<std::string> parameters;  // JSON text, compared literally; only of tests
};

struct Skippable {
  std::string correlation_id;  // empty: none was given
  std::vector<SkippableItem> items;
  std::vector<CoveredFile> coverage;  // what the tests that are skipped would cover
};

std::string encode_skippable_request(const RunFacts& facts);
Result<RunFacts> parse_skippable_request(std::string_view json);

std::string encode_skippable(const Skippable& skippable);

struct ParsedSkippable {
  Skippable skippable;
  LeftOut left_out;  // items without a suite or name or of unknown type, files with a bad path or bitmap
};
// An error when there is no list: nothing is skipped then.
Result<ParsedSkippable> parse_skippable(std::string_view json);

}  // namespace alibi::payload

#endif  // ALIBI_COLLECTOR_PAYLOAD_SKIPPABLE_H_

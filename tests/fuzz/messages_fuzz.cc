// Any bytes are a JSON message of the intake, as a client or a server reads it, or an error; what is
// understood can be written and is understood again. Seeds: tests/golden/payload.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "collector/payload/git_messages.h"
#include "collector/payload/known_tests.h"
#include "collector/payload/report_event.h"
#include "collector/payload/settings.h"
#include "collector/payload/skippable.h"
#include "collector/payload/suite_durations.h"
#include "collector/payload/test_management.h"

namespace {

using namespace alibi::payload;  // NOLINT: one purpose

// Written, read and written again it is the same.
template <typename Parse, typename Write>
void come_and_go(std::string_view bytes, Parse parse, Write write) {
  const auto first = parse(bytes);
  if (!first) return;
  const std::string text = write(*first);
  const auto second = parse(text);
  if (!second || write(*second) != text) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  come_and_go(bytes, parse_settings, encode_settings);
  come_and_go(bytes, parse_settings_request, encode_settings_request);
  come_and_go(bytes, parse_skippable,
              [](const ParsedSkippable& parsed) { return encode_skippable(parsed.skippable); });
  come_and_go(bytes, parse_known_tests,
              [](const ParsedKnownTests& parsed) { return encode_known_tests(parsed.page); });
  come_and_go(bytes, parse_known_tests_request, encode_known_tests_request);
  come_and_go(bytes, parse_suite_durations,
              [](const ParsedSuiteDurations& parsed) { return encode_suite_durations(parsed.page); });
  come_and_go(bytes, parse_suite_durations_request, encode_suite_durations_request);
  come_and_go(bytes, parse_test_management,
              [](const ParsedTestManagement& parsed) { return encode_test_management(parsed.tests); });
  come_and_go(bytes, parse_test_management_request, encode_test_management_request);
  come_and_go(bytes, parse_commit_search, encode_commit_search);
  come_and_go(bytes, parse_known_commits,
              [](const KnownCommits& known) { return encode_known_commits(known.commits); });
  come_and_go(bytes, parse_pushed_commit, encode_pushed_commit);
  come_and_go(bytes, parse_report_event, encode_report_event);
  return 0;
}

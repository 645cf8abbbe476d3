// Reading citestcov documents: every form in which clients name files and lines.
#include "collector/payload/coverage_decoder.h"

#include <gtest/gtest.h>

#include "collector/model/error_codes.h"
#include "collector/payload/coverage_encoder.h"
#include "collector/payload/line_bitmap.h"
#include "tests/unit/payload/example_events.h"

namespace alibi::payload {
namespace {

using nlohmann::json;
using testing::example_coverage;
using testing::from_hex;
using testing::packed;
using Lines = std::vector<uint32_t>;

DecodedCoverage decoded(const std::string& document, const CoverageLimits& limits = {}) {
  Result<DecodedCoverage> result = decode_coverage(document, limits);
  EXPECT_TRUE(result) << result.error().message;
  return result ? std::move(*result) : DecodedCoverage();
}

std::string document_of(const std::vector<json>& events) {
  return packed({{"version", 2}, {"coverages", events}});
}

json event_with(const std::vector<json>& files) {
  return {{"test_session_id", 1}, {"test_suite_id", 2}, {"span_id", 3}, {"files", files}};
}

json bitmap(const std::string& hex) {
  const std::string bytes = from_hex(hex);
  return json::binary({bytes.begin(), bytes.end()});
}

DecodedCoverage decoded_files(const std::vector<json>& files) {
  return decoded(document_of({event_with(files)}));
}

Lines lines_of(const json& file) {
  const DecodedCoverage found = decoded_files({file});
  return found.events.empty() || found.events[0].files.empty() ? Lines{999} : found.events[0].files[0].lines;
}

TEST(CoverageDecoder, ReadsWhatTheEncoderWrites) {
  const std::vector<CoverageEvent> events = example_coverage();
  const DecodedCoverage found = decoded(encode_coverage(events).documents.at(0));
  ASSERT_EQ(found.events.size(), 2U);
  EXPECT_EQ(found.counts.events, 2U);
  EXPECT_EQ(found.events[0].span_id, 0x021affdc5c4c0d83U);
  EXPECT_EQ(found.events[0].files[0].path, "lib/a.py");
  EXPECT_EQ(found.events[0].files[0].lines, events[0].files[0].lines);
  EXPECT_TRUE(found.events[0].files[1].lines.empty());
  EXPECT_EQ(found.events[1].span_id, std::nullopt);
  EXPECT_EQ(found.events[1].suite_id, UINT64_MAX);
  EXPECT_EQ(encode_coverage(found.events).documents, encode_coverage(events).documents);
}

// As captured from Ruby's client.
TEST(CoverageDecoder, ReadsFilesAlone) {
  const std::string capture = from_hex(
      "82 a776657273696f6e 02 a9636f76657261676573 91 84 af746573745f73657373696f6e5f6964 cf2aeaece3d65598a1"
      "ad746573745f73756974655f6964 cf0a4251e12be94cf5 a77370616e5f6964 cf021affdc5c4c0d83 a566696c6573 92"
      "81 a866696c656e616d65 b1737065632f63616c635f737065632e7262 81 a866696c656e616d65 "
      "ab6c69622f63616c632e7262");
  ASSERT_EQ(capture.size(), 144U);
  const DecodedCoverage found = decoded(capture);
  ASSERT_EQ(found.events.size(), 1U);
  EXPECT_EQ(found.events[0].session_id, 0x2aeaece3d65598a1U);
  EXPECT_EQ(found.events[0].suite_id, 0x0a4251e12be94cf5U);
  EXPECT_EQ(found.events[0].span_id, 0x021affdc5c4c0d83U);
  ASSERT_EQ(found.events[0].files.size(), 2U);
  EXPECT_EQ(found.events[0].files[0].path, "spec/calc_spec.rb");
  EXPECT_EQ(found.events[0].files[1].path, "lib/calc.rb");
  EXPECT_TRUE(found.events[0].files[1].lines.empty());
}

TEST(CoverageDecoder, ReadsBitmapsOfAnyLength) {
  EXPECT_EQ(lines_of({{"filename", "/a.py"}, {"bitmap", bitmap("55c080")}}), (Lines{1, 3, 5, 7, 8, 9, 16}));
  EXPECT_EQ(lines_of({{"bitmap", bitmap("40" + std::string(200, '0'))}, {"filename", "a.py"}}), (Lines{1}));
  EXPECT_EQ(lines_of({{"filename", "a.py"}, {"bitmap", bitmap("80" + std::string(62, '0'))}}), Lines());
}

TEST(CoverageDecoder, ReadsRangesOfLines) {
  EXPECT_EQ(
      lines_of({{"filename", "a.py"}, {"segments", {{7, 0, 9, 0, -1}, {2, 0, 3, 0, -1}, {8, 0, 10, 0, 1}}}}),
      (Lines{2, 3, 7, 8, 9, 10}));
  EXPECT_EQ(lines_of({{"filename", "a.py"}, {"segments", json::array()}}), Lines());
}

TEST(CoverageDecoder, TakesAFileWhoseLinesAreNotUnderstoodAsExecuted) {
  for (const json& segment : {json({1, 0}), json("x"), json({3, 0, 2, 0, -1}), json({0, 0, 2, 0, -1}),
                              json({1, 0, -2, 0, -1}), json({1, 0, 4'000'000'000U, 0, -1})})
    EXPECT_EQ(lines_of({{"filename", "a.py"}, {"segments", {{1, 0, 1, 0, -1}, segment}}}), Lines())
        << segment;
  EXPECT_EQ(lines_of({{"filename", "a.py"}, {"segments", 5}}), Lines());
  EXPECT_EQ(lines_of({{"filename", "a.py"}, {"bitmap", 5}}), Lines());
}

TEST(CoverageDecoder, KnowsAFileWithAndWithoutSlashAsOne) {
  const DecodedCoverage found = decoded_files({{{"filename", "/a.py"}, {"bitmap", bitmap("40")}},
                                               {{"filename", "a.py"}, {"bitmap", bitmap("20")}},
                                               {{"filename", "./b.py"}, {"bitmap", bitmap("40")}},
                                               {{"filename", "b.py"}}});
  ASSERT_EQ(found.events.at(0).files.size(), 2U);
  EXPECT_EQ(found.events[0].files[0].path, "a.py");
  EXPECT_EQ(found.events[0].files[0].lines, (Lines{1, 2}));
  EXPECT_TRUE(found.events[0].files[1].lines.empty()) << "once unknown, always unknown";
}

TEST(CoverageDecoder, RefusesPathsOutsideTheRepositoryAndNamesThatAreNone) {
  const DecodedCoverage found = decoded_files({{{"filename", "//home/me/a.py"}},
                                               {{"filename", "../a.py"}},
                                               {{"filename", 7}},
                                               5,
                                               {{"bitmap", bitmap("40")}},
                                               {{"filename", "ok.py"}}});
  ASSERT_EQ(found.events.size(), 1U);
  ASSERT_EQ(found.events[0].files.size(), 1U);
  EXPECT_EQ(found.counts.files_left_out.count_of("file outside the repository"), 2U);
  EXPECT_EQ(found.counts.files_left_out.count_of("file without a name"), 3U);
}

TEST(CoverageDecoder, LeavesOutAnEventOfWrongTypesAndOnlyThat) {
  const auto fault_with = [](const char* key, const json& value) {
    json event = event_with({{{"filename", "a.py"}}});
    event[key] = value;
    const DecodedCoverage found = decoded(document_of({event, event_with({{{"filename", "b.py"}}})}));
    EXPECT_EQ(found.events.size() + found.counts.left_out.total(), 2U);
    return found.counts.left_out.by_reason().empty()
               ? ""
               : std::string(found.counts.left_out.by_reason()[0].first);
  };
  for (const char* id : {"test_session_id", "test_suite_id", "span_id"}) {
    for (const json& wrong : {json("12"), json(-1), json(1.5), json::array()})
      EXPECT_EQ(fault_with(id, wrong), "id that is no unsigned number");
    EXPECT_EQ(fault_with(id, 0), std::string("no ") + id);
  }
  EXPECT_EQ(fault_with("test_suite_id", nullptr), "no test_suite_id");
  EXPECT_EQ(fault_with("span_id", nullptr), "");
  EXPECT_EQ(fault_with("files", nullptr), "files that are no list");
  EXPECT_EQ(fault_with("files", json::array()), "no files");
  EXPECT_EQ(fault_with("of_tomorrow", {1, 2}), "");
  EXPECT_EQ(decoded(document_of({5, "x"})).counts.left_out.count_of("event that is no map"), 2U);
}

TEST(CoverageDecoder, GivesUpLinesBeforeMemory) {
  // A few bytes that say eight million lines, a hundred times.
  std::vector<json> files;
  for (int file = 0; file < 100; ++file)
    files.push_back({{"filename", "f" + std::to_string(file)}, {"segments", {{1, 0, kMostLine, 0, -1}}}});
  const DecodedCoverage found = decoded(document_of({event_with(files)}), {1000});
  ASSERT_EQ(found.events.at(0).files.size(), 100U);
  EXPECT_EQ(found.counts.files_without_lines, 100U);
  EXPECT_TRUE(found.events[0].files[99].lines.empty());
  const DecodedCoverage dense =
      decoded(document_of({event_with({{{"filename", "a"}, {"bitmap", bitmap("7fff")}},
                                       {{"filename", "b"}, {"bitmap", bitmap("60")}}})}),
              {3});
  EXPECT_TRUE(dense.events.at(0).files.at(0).lines.empty());
  EXPECT_EQ(dense.events[0].files.at(1).lines, (Lines{1, 2}));
}

TEST(CoverageDecoder, RefusesDocumentsThatAreNoneAndGivesNothingOfThem) {
  const std::string sound = document_of({event_with({{{"filename", "a.py"}}})});
  const auto code_of = [](const std::string& document) {
    size_t given = 0;
    const auto result = decode_coverage(document, {}, [&](CoverageEvent&&) { ++given; });
    EXPECT_TRUE(result || given == 0);
    return result ? ErrorCode{0} : result.error().code;
  };
  EXPECT_EQ(code_of(sound), ErrorCode{0});
  EXPECT_EQ(code_of(sound + "x"), collector::kNotPayload);
  EXPECT_EQ(code_of(sound.substr(0, sound.size() - 1)), collector::kNotPayload);
  EXPECT_EQ(code_of(packed({{"version", 1}, {"coverages", json::array()}})), collector::kPayloadVersion);
  EXPECT_EQ(code_of(packed({{"version", 2}, {"coverages", 1}})), collector::kNotPayload);
}

}  // namespace
}  // namespace alibi::payload

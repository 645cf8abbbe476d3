// citestcov documents, line bitmaps and the names of files in them.
#include "collector/payload/coverage_encoder.h"

#include <gtest/gtest.h>

#include "collector/payload/line_bitmap.h"
#include "collector/payload/source_path.h"
#include "tests/unit/payload/example_events.h"

namespace alibi::payload {
namespace {

using nlohmann::json;
using testing::example_coverage;
using testing::from_hex;
using testing::to_hex;
using testing::unpacked;

std::string bitmap_of(const std::vector<uint32_t>& lines) {
  std::string bitmap = "of before";
  write_bitmap(lines, &bitmap);
  return bitmap;
}

std::string zeros(size_t count) {
  return std::string(2 * count, '0');
}

TEST(LineBitmap, IsAsTheClientsEncoderWritesIt) {
  EXPECT_EQ(to_hex(bitmap_of({1})), "40" + zeros(31));
  EXPECT_EQ(to_hex(bitmap_of({7})), "01" + zeros(31));
  EXPECT_EQ(to_hex(bitmap_of({8})), "0080" + zeros(30));
  EXPECT_EQ(to_hex(bitmap_of({1, 2, 3})), "70" + zeros(31));
  EXPECT_EQ(to_hex(bitmap_of({1, 3, 5, 7, 8, 9, 16})), "55c080" + zeros(29));
  EXPECT_EQ(to_hex(bitmap_of({255})), zeros(31) + "01");
  EXPECT_EQ(to_hex(bitmap_of({256})), zeros(32) + "80");
  EXPECT_EQ(to_hex(bitmap_of({300})), zeros(37) + "08");
}

TEST(LineBitmap, SaysThatLinesAreUnknownInBitZero) {
  EXPECT_EQ(to_hex(bitmap_of({})), "80" + zeros(31));
  EXPECT_EQ(to_hex(bitmap_of({0})), "80" + zeros(31));
  EXPECT_EQ(to_hex(bitmap_of({1, kMostLine + 1})), "80" + zeros(31));
  EXPECT_EQ(bitmap_of({kMostLine}).size(), (kMostLine + 1) / 8);
}

TEST(LineBitmap, IsReadAsItWasWritten) {
  std::vector<uint32_t> all;
  for (uint32_t line = 1; line < 3000; line += 1 + line % 7) all.push_back(line);
  for (const std::vector<uint32_t>& lines : {all, {1}, {8}, {255, 256, 300}, {kMostLine}}) {
    std::vector<uint32_t> read;
    EXPECT_TRUE(read_bitmap(bitmap_of(lines), &read));
    EXPECT_EQ(read, lines);
    EXPECT_EQ(lines_in(bitmap_of(lines)), lines.size());
  }
}

TEST(LineBitmap, IsReadInAnyLength) {
  std::vector<uint32_t> lines;
  EXPECT_TRUE(read_bitmap(from_hex("55c080"), &lines));
  EXPECT_EQ(lines, (std::vector<uint32_t>{1, 3, 5, 7, 8, 9, 16}));
}

TEST(LineBitmap, KnowsNoLinesWhereItSaysSoOrSaysNothing) {
  std::vector<uint32_t> lines;
  EXPECT_FALSE(read_bitmap(bitmap_of({}), &lines));
  EXPECT_FALSE(read_bitmap(from_hex("c0"), &lines));  // line 1 too, but not only
  EXPECT_FALSE(read_bitmap("", &lines));
  EXPECT_FALSE(read_bitmap(std::string(40, '\0'), &lines));
  EXPECT_FALSE(read_bitmap(std::string(kMostLine / 8 + 1, '\0') + "\x80", &lines));
  EXPECT_TRUE(lines.empty());
}

TEST(SourcePath, IsRelativeAndPlain) {
  EXPECT_EQ(relative_path("lib/a.py"), "lib/a.py");
  EXPECT_EQ(relative_path("./lib//x/./a.py"), "lib/x/a.py");
  EXPECT_EQ(relative_path("a..b/...c"), "a..b/...c");
  EXPECT_EQ(relative_path("n\xFF.py"), "n\xEF\xBF\xBD.py");
  for (const char* refused :
       {"", "/", "/lib/a.py", "..", "../a.py", "lib/../../a", "lib/..", ".", "./", "C:/a.py", "c:\\a.py"})
    EXPECT_EQ(relative_path(refused), std::nullopt) << refused;
  EXPECT_EQ(relative_path(std::string("a\0b", 3)), std::nullopt);
  EXPECT_EQ(relative_path(std::string(5000, 'a')), std::nullopt);
}

TEST(SourcePath, OfADocumentMayBeginWithOneSlash) {
  EXPECT_EQ(path_of_filename("/lib/a.py"), "lib/a.py");
  EXPECT_EQ(path_of_filename("lib/a.py"), "lib/a.py");
  for (const char* refused : {"//home/me/a.py", "/../a.py", "/", ""})
    EXPECT_EQ(path_of_filename(refused), std::nullopt) << refused;
}

TEST(CoverageEncoder, BeginsAsTheProtocolSays) {
  const EncodedDocuments encoded = encode_coverage(example_coverage());
  ASSERT_EQ(encoded.documents.size(), 1U);
  EXPECT_TRUE(encoded.documents[0].starts_with(
      from_hex("82 a7 76 65 72 73 69 6f 6e 02 a9 63 6f 76 65 72 61 67 65 73 92 84")));
  EXPECT_EQ(encoded.counts.events, 2U);
}

TEST(CoverageEncoder, WritesAFileWithoutLinesAsPytestsClientDoes) {
  const EncodedDocuments encoded = encode_coverage({{1, 2, uint64_t{3}, {{"lib.py", {}}}}});
  const std::string entry =
      from_hex("82 a8 66696c656e616d65 a7 2f6c69622e7079 a6 6269746d6170 c4 20 80" + zeros(31));
  EXPECT_EQ(encoded.documents.at(0), from_hex("82 a776657273696f6e 02 a9636f76657261676573 91 84"
                                              "af746573745f73657373696f6e5f6964 01"
                                              "ad746573745f73756974655f6964 02"
                                              "a77370616e5f6964 03 a566696c6573 91") +
                                         entry);
}

TEST(CoverageEncoder, WritesFileNamesOfRubyWithoutTheSlash) {
  const std::vector<CoverageEvent> events = {{1, 2, uint64_t{3}, {{"lib/calc.rb", {1}}}}};
  const std::string ruby = encode_coverage(events, kMostBodyBytes, FileNames::kWithoutSlash).documents.at(0);
  EXPECT_NE(ruby.find("\xa8"
                      "filename\xab"
                      "lib/calc.rb"),
            std::string::npos);
  const std::string python = encode_coverage(events).documents.at(0);
  EXPECT_NE(python.find("\xa8"
                        "filename\xac"
                        "/lib/calc.rb"),
            std::string::npos);
}

TEST(CoverageEncoder, WritesSuitesWithoutSpanId) {
  const std::string document = encode_coverage({{1, 2, std::nullopt, {{"a.py", {1}}}}}).documents.at(0);
  EXPECT_EQ(static_cast<uint8_t>(document.at(20)), 0x91);
  EXPECT_EQ(static_cast<uint8_t>(document.at(21)), 0x83);
  EXPECT_FALSE(unpacked(document)["coverages"][0].contains("span_id"));
}

TEST(CoverageEncoder, NeverNamesAFileOutsideTheRepository) {
  const EncodedDocuments encoded =
      encode_coverage({{1, 2, uint64_t{3}, {{"/home/me/a.py", {1}}, {"ok.py", {2}}, {"../b.py", {3}}}}});
  const json files = unpacked(encoded.documents.at(0))["coverages"][0]["files"];
  ASSERT_EQ(files.size(), 1U);
  EXPECT_EQ(files[0]["filename"], "/ok.py");
  EXPECT_EQ(files[0]["bitmap"].get_binary()[0], 0x20);
  EXPECT_EQ(encoded.counts.parts_left_out.count_of("file outside the repository"), 2U);
}

TEST(CoverageEncoder, LeavesOutEventsWithoutFilesOrIds) {
  const EncodedDocuments encoded = encode_coverage({{1, 2, uint64_t{3}, {}},
                                                    {0, 2, uint64_t{3}, {{"a.py", {}}}},
                                                    {1, 0, uint64_t{3}, {{"a.py", {}}}},
                                                    {1, 2, uint64_t{0}, {{"a.py", {}}}},
                                                    {1, 2, uint64_t{3}, {{"/a.py", {}}}}});
  EXPECT_TRUE(encoded.documents.empty());
  EXPECT_EQ(encoded.counts.left_out.count_of("no files"), 2U);
  EXPECT_EQ(encoded.counts.left_out.count_of("no test_session_id"), 1U);
  EXPECT_EQ(encoded.counts.left_out.count_of("no test_suite_id"), 1U);
  EXPECT_EQ(encoded.counts.left_out.count_of("no span_id"), 1U);
}

TEST(CoverageEncoder, KeepsDocumentsSmallWithoutLosingAnEvent) {
  std::vector<CoverageEvent> events;
  for (uint64_t test = 1; test <= 300; ++test)
    events.push_back({1, 2, test, {{"a.py", {1 + (uint32_t)test}}}});
  events[150].files.push_back({"large.py", {200'000}});
  const EncodedDocuments encoded = encode_coverage(events, 5000);
  uint64_t next = 1;
  size_t large = 0;
  for (const std::string& document : encoded.documents) {
    large += document.size() > 5000;
    const json events_of_document = unpacked(document)["coverages"];
    for (const json& event : events_of_document) EXPECT_EQ(event["span_id"], next++);
  }
  EXPECT_EQ(next, 301U);
  EXPECT_EQ(large, 1U);
  EXPECT_EQ(encoded.counts.too_large, 1U);
}

}  // namespace
}  // namespace alibi::payload

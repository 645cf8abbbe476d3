#include "collector/store/test_summary.h"

#include <gtest/gtest.h>
#include <zstd.h>

#include <cstring>
#include <random>

#include "collector/store/evidence_encoder.h"
#include "collector/store/evidence_reader.h"
#include "tests/unit/store/example_coverage.h"

namespace alibi::store {
namespace {

// The msgpack of the last section, which holds tests.
std::string raw_tests(const std::string& evidence) {
  std::string raw;
  for (size_t offset = sizeof(EvidenceHeader); offset + sizeof(SectionHeader) <= evidence.size();) {
    SectionHeader header{};
    std::memcpy(&header, evidence.data() + offset, sizeof header);
    offset += sizeof header;
    raw.resize(header.raw_bytes);
    ZSTD_decompress(raw.data(), raw.size(), evidence.data() + offset, header.compressed_bytes);
    offset += (header.compressed_bytes + kSectionAlignment - 1) / kSectionAlignment * kSectionAlignment;
  }
  return raw;
}

collector::SessionCoverage large_numbers() {
  collector::SessionCoverage coverage = testing::example_coverage();
  collector::TestCoverage& test = coverage.tests[1];
  test.id = "t.py::test_b[" + std::string(70'000, 'x') + "]";
  test.reason = std::string(300, 'y');
  test.duration_ns = UINT64_MAX;
  for (uint32_t line = 10; line < 200'000; line += 3) {
    if (test.evidence.files.empty()) test.evidence.files.push_back({0, {}});
    test.evidence.files[0].lines.push_back(line);
  }
  for (uint32_t reason = 1; reason < 40; ++reason) test.evidence.drops.push_back({reason + 200, 1000});
  return coverage;
}

TEST(TestSummary, SaysWhatReadingTheTestsSays) {
  for (const collector::SessionCoverage& coverage : {testing::example_coverage(), large_numbers()}) {
    const Result<EvidenceReader> reader = EvidenceReader::open(encode_evidence(coverage).value());
    ASSERT_TRUE(reader);
    const Result<std::vector<TestSummary>> summaries = reader->summarize(0);
    ASSERT_TRUE(summaries) << summaries.error().message;
    ASSERT_EQ(summaries->size(), coverage.tests.size());
    for (size_t index = 0; index < summaries->size(); ++index) {
      const TestSummary& summary = (*summaries)[index];
      const collector::TestCoverage& test = coverage.tests[index];
      EXPECT_EQ(summary.id, test.id);
      EXPECT_EQ(summary.outcome, test.outcome);
      EXPECT_EQ(summary.duration_ns, test.duration_ns);
      EXPECT_EQ(summary.complete, test.complete);
      EXPECT_EQ(summary.files, test.evidence.files.size());
      uint64_t lines = 0;
      for (const collector::FileLines& file : test.evidence.files) lines += file.lines.size();
      EXPECT_EQ(summary.lines, lines);
      EXPECT_EQ(summary.scopes, test.evidence.units.size());
      EXPECT_EQ(summary.statements, test.evidence.statements.size());
      uint64_t drops = 0;
      for (const collector::DropCount& drop : test.evidence.drops) drops += drop.count;
      EXPECT_EQ(summary.drops, drops);
    }
  }
}

TEST(TestSummary, IsRefusedWhenCutAnywhere) {
  const std::string raw = raw_tests(encode_evidence(testing::example_coverage()).value());
  std::vector<TestSummary> tests;
  ASSERT_TRUE(summarize_tests(raw, &tests));
  for (size_t length = 0; length < raw.size(); ++length)
    EXPECT_FALSE(summarize_tests(std::string_view(raw).substr(0, length), &tests)) << length;
  EXPECT_FALSE(summarize_tests(raw + "x", &tests));
}

TEST(TestSummary, SurvivesAnyByteAnywhere) {
  const std::string whole = raw_tests(encode_evidence(testing::example_coverage()).value());
  for (size_t place = 0; place < whole.size(); ++place) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string raw = whole;
      raw[place] = static_cast<char>(byte);
      std::vector<TestSummary> tests;
      (void)summarize_tests(raw, &tests);
      EXPECT_LE(tests.size(), raw.size());
    }
  }
  std::mt19937 random(1);
  for (int round = 0; round < 20'000; ++round) {
    std::string raw(random() % 60, '\0');
    for (char& byte : raw) byte = static_cast<char>(random() % 3 == 0 ? 0x90 + random() % 16 : random());
    std::vector<TestSummary> tests;
    (void)summarize_tests(raw, &tests);
  }
  std::vector<TestSummary> tests;
  EXPECT_FALSE(summarize_tests(std::string("\xDD\xFF\xFF\xFF\xFF", 5), &tests));
}

}  // namespace
}  // namespace alibi::store

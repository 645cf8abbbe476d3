// The evidence file: what is written is read, golden bytes stay readable, damage of any kind is noticed.
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <random>

#include "collector/model/error_codes.h"
#include "collector/store/evidence_encoder.h"
#include "collector/store/evidence_reader.h"
#include "collector/store/evidence_unpacker.h"
#include "collector/store/msgpack_counts.h"
#include "tests/support/golden.h"
#include "tests/support/temporary_directory.h"
#include "tests/unit/store/example_coverage.h"
#include "tracer/base/hash.h"

namespace alibi::store {
namespace {

using testing::example_coverage;

std::string encoded(const collector::SessionCoverage& coverage) {
  Result<std::string> bytes = encode_evidence(coverage);
  EXPECT_TRUE(bytes);
  return bytes ? *bytes : std::string();
}

// Equal coverage has equal bytes, and bytes hold everything: a comparison without thirty operators.
void expect_same(const collector::SessionCoverage& found, const collector::SessionCoverage& expected) {
  EXPECT_TRUE(encoded(found) == encoded(expected));
}

TEST(EvidenceFile, IsReadAsItWasWritten) {
  const Result<DecodedEvidence> decoded = decode_evidence(encoded(example_coverage()));
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_FALSE(decoded->cut_short);
  EXPECT_EQ(decoded->lost_tests, 0U);
  const collector::SessionCoverage& coverage = decoded->coverage;
  expect_same(coverage, example_coverage());
  ASSERT_EQ(coverage.tests.size(), 2U);
  EXPECT_EQ(coverage.tests[0].evidence.files[1].lines, (std::vector<uint32_t>{1, 4000000000U}));
  EXPECT_EQ(coverage.tests[0].evidence.units, (std::vector<uint32_t>{1, 2}));
  EXPECT_EQ(coverage.tests[1].outcome, collector::kNeverEnded);
  ASSERT_EQ(coverage.collections.size(), 2U);
  EXPECT_EQ(coverage.collections[0].tests[1], "t.py::test_deselected");
  EXPECT_EQ(coverage.tests[0].collections, (std::vector<uint32_t>{0}));
  EXPECT_EQ(coverage.files[2].path, "/p/raw-\xFF.py");
  EXPECT_TRUE(coverage.files[2].edited);
  EXPECT_EQ(coverage.description.exit_status, 1);
}

TEST(EvidenceFile, SaysWhoseItIsFromItsFirstSection) {
  const std::string whole = encoded(example_coverage());
  const collector::SessionDescription expected = example_coverage().description;
  size_t readable = 0;
  for (size_t length = 0; length <= whole.size(); ++length) {
    const Result<collector::SessionDescription> found = EvidenceReader::describe(whole.substr(0, length));
    if (!found) continue;
    ++readable;
    EXPECT_EQ(found->id, expected.id);
    EXPECT_EQ(found->root, expected.root);
    EXPECT_EQ(found->document, expected.document);
  }
  EXPECT_GT(readable, 0U);
  EXPECT_LT(readable, whole.size());
  EXPECT_FALSE(EvidenceReader::describe("no evidence"));
}

TEST(EvidenceFile, OfAnEmptySessionIsRead) {
  const Result<DecodedEvidence> decoded = decode_evidence(encoded({}));
  ASSERT_TRUE(decoded);
  EXPECT_TRUE(decoded->coverage.tests.empty());
}

// Only what zstd made of it may differ between its versions, so the content is compared, not the compressed
// bytes.
TEST(EvidenceFile, OfVersionTwoStaysReadable) {
  const std::string bytes = encoded(example_coverage());
  const std::string name = "store/v2-example.evidence";
  if (std::getenv("ALIBI_ACCEPT_GOLDEN") != nullptr) {
    std::string difference;
    testing::compare_with_golden(std::as_bytes(std::span(bytes)), name, &difference);
    GTEST_SKIP() << "accepted " << name;
  }
  const std::vector<std::byte> golden = testing::read_bytes(testing::golden_path(name));
  const Result<DecodedEvidence> decoded =
      decode_evidence(std::string(reinterpret_cast<const char*>(golden.data()), golden.size()));
  ASSERT_TRUE(decoded) << decoded.error().message;
  expect_same(decoded->coverage, example_coverage());
}

TEST(EvidenceFile, CutAtEveryLengthIsNoticed) {
  const std::string whole = encoded(example_coverage());
  for (size_t length = 0; length < whole.size(); ++length) {
    const Result<DecodedEvidence> decoded = decode_evidence(whole.substr(0, length));
    if (decoded)
      EXPECT_TRUE(decoded->cut_short || decoded->lost_tests != 0) << "cut at " << length;
    else
      EXPECT_FALSE(decoded.error().message.empty());
  }
}

TEST(EvidenceFile, EveryFlippedByteIsNoticed) {
  const std::string whole = encoded(example_coverage());
  const std::string expected = encoded(decode_evidence(whole)->coverage);
  size_t unnoticed = 0;
  for (size_t place = 0; place < whole.size(); ++place) {
    for (int bit : {0, 3, 7}) {
      std::string bytes = whole;
      bytes[place] = static_cast<char>(bytes[place] ^ (1 << bit));
      const Result<DecodedEvidence> decoded = decode_evidence(bytes);
      if (!decoded || decoded->cut_short || decoded->lost_tests != 0) continue;
      // The padding between sections carries nothing.
      EXPECT_TRUE(encoded(decoded->coverage) == expected) << "byte " << place;
      ++unnoticed;
    }
  }
  EXPECT_LT(unnoticed, 4U * 7U * 3U);
}

TEST(EvidenceFile, DamageInOneSectionOfTestsCostsOnlyThese) {
  collector::SessionCoverage coverage = example_coverage();
  coverage.tests.clear();
  for (int number = 1000; number < 1600; ++number) {
    collector::TestCoverage test;
    test.id = "t" + std::to_string(number);
    test.evidence.files = {{0, {static_cast<uint32_t>(number)}}};
    coverage.tests.push_back(test);
  }
  std::string bytes = encoded(coverage);
  Result<EvidenceReader> reader = EvidenceReader::open(bytes);
  ASSERT_TRUE(reader);
  ASSERT_EQ(reader->test_sections(), 3U);
  uint64_t first = 0;
  EXPECT_EQ(reader->section_of(300, &first), 1U);
  EXPECT_EQ(first, 256U);
  EXPECT_EQ(reader->section_of(600, &first), 3U) << "behind the last";
  bytes[bytes.size() - 12] = static_cast<char>(bytes[bytes.size() - 12] ^ 0x40);
  const Result<DecodedEvidence> decoded = decode_evidence(bytes);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->lost_tests, 600U - 512U);
  EXPECT_EQ(decoded->coverage.tests.size(), 512U);
}

TEST(EvidenceFile, ManyCollectionsTakeSeveralSections) {
  collector::SessionCoverage coverage = example_coverage();
  for (int number = 1000; number < 1600; ++number) {
    collector::Collection collection;
    collection.name = "v" + std::to_string(number) + ".py";
    collection.tests = {collection.name + "::test"};
    coverage.collections.push_back(collection);
  }
  coverage.tests[1].collections = {601};
  const std::string bytes = encoded(coverage);
  const Result<DecodedEvidence> decoded = decode_evidence(bytes);
  ASSERT_TRUE(decoded) << decoded.error().message;
  expect_same(decoded->coverage, coverage);
}

TEST(EvidenceFile, OfALaterVersionIsRefusedByName) {
  std::string bytes = encoded(example_coverage());
  EvidenceHeader header{};
  std::memcpy(&header, bytes.data(), sizeof header);
  header.version = 99;
  header.checksum = hash64(&header, offsetof(EvidenceHeader, checksum));
  std::memcpy(bytes.data(), &header, sizeof header);
  const Result<DecodedEvidence> decoded = decode_evidence(bytes);
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error().code, collector::kEvidenceVersion);
}

TEST(EvidenceFile, IndicesOutOfTheirTablesAreRefused) {
  const auto refuses = [](const auto& spoil) {
    collector::SessionCoverage coverage = example_coverage();
    spoil(&coverage);
    const Result<DecodedEvidence> decoded = decode_evidence(encoded(coverage));
    return !decoded || decoded->lost_tests != 0;
  };
  EXPECT_TRUE(refuses([](auto* coverage) { coverage->tests[0].evidence.units = {3}; }));
  EXPECT_TRUE(refuses([](auto* coverage) { coverage->tests[0].evidence.inputs = {2}; }));
  EXPECT_TRUE(refuses([](auto* coverage) { coverage->tests[0].evidence.statements = {9}; }));
  EXPECT_TRUE(refuses([](auto* coverage) { coverage->tests[0].evidence.files[0].file = 3; }));
  EXPECT_TRUE(refuses([](auto* coverage) { coverage->tests[0].fixtures = {1}; }));
  EXPECT_TRUE(refuses([](auto* coverage) { coverage->tests[0].collections = {2}; }));
  EXPECT_TRUE(refuses([](auto* coverage) { coverage->collections[0].evidence.inputs = {2}; }));
  EXPECT_TRUE(refuses([](auto* coverage) { coverage->units[0].file = 3; }));
  EXPECT_TRUE(refuses([](auto* coverage) { coverage->units[0].names = {3}; }));
  EXPECT_TRUE(refuses([](auto* coverage) { coverage->tests[0].evidence.names = {3}; }));
  EXPECT_TRUE(refuses([](auto* coverage) { coverage->statements[0].names = {3}; }));
  EXPECT_TRUE(refuses([](auto* coverage) { coverage->statements[0].imports = {3}; }));
  EXPECT_TRUE(refuses([](auto* coverage) {
    coverage->session.state_writes = {{7, collector::StateKind::kGlobal, "", ""}};
  }));
}

TEST(MsgpackCounts, RefusesCountsThatTheBytesCannotHold) {
  EXPECT_TRUE(counts_hold(std::string("\x92\x01\xA1x", 4)));
  EXPECT_FALSE(counts_hold(std::string("\xDD\xFF\xFF\xFF\xFF", 5))) << "4 billion items in nothing";
  EXPECT_FALSE(counts_hold(std::string("\xDB\xFF\xFF\xFF\xFFzz", 7))) << "a string of 4 GiB";
  EXPECT_FALSE(counts_hold(std::string("\x91\x91\x91\x91", 4))) << "never ends";
  EXPECT_FALSE(counts_hold(std::string("\x80", 1))) << "maps are not part of the format";
  EXPECT_FALSE(counts_hold(std::string("\x01\x01", 2))) << "bytes behind the value";
  EXPECT_FALSE(counts_hold(""));
}

TEST(EvidenceUnpacker, SurvivesRandomBytes) {
  std::mt19937 random(1);
  for (int round = 0; round < 20000; ++round) {
    std::string raw(random() % 40, '\0');
    for (char& byte : raw) byte = static_cast<char>(random() % 3 == 0 ? 0x90 + random() % 16 : random());
    const UnpackedValue value(raw);
    Bounds bounds;
    bounds.lines_left = 1000;
    collector::SessionCoverage coverage;
    std::vector<collector::TestCoverage> tests;
    (void)unpack_session(value.root(), &coverage);
    (void)unpack_tables(value.root(), &bounds, &coverage);
    (void)unpack_statements(value.root(), &bounds, &coverage);
    (void)unpack_collections(value.root(), &bounds, &coverage);
    (void)unpack_tests(value.root(), &bounds, &tests);
  }
}

}  // namespace
}  // namespace alibi::store

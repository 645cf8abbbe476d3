#include "collector/store/evidence_index.h"

#include <gtest/gtest.h>

#include <limits>

#include "collector/store/disk.h"
#include "collector/store/packed_tests.h"
#include "tests/support/temporary_directory.h"

namespace alibi::store {
namespace {

using Named = std::vector<std::pair<std::string, std::string>>;  // test, evidence

class Index : public ::testing::Test {
 protected:
  Index() : index_(EvidenceIndex::open("", EvidenceIndex::Place::kMemory).value()) {}

  void add(const std::string& evidence, const std::vector<std::string>& tests,
           const std::string& environment = "default", bool complete = true) {
    SessionRow session;
    session.evidence = evidence;
    session.environment_name = environment;
    session.tests = tests.size();
    std::vector<TestRow> rows;
    for (const std::string& id : tests) {
      TestRow row;
      row.id = id;
      row.position = rows.size();
      row.complete = complete;
      rows.push_back(row);
    }
    ASSERT_TRUE(index_.add(session, rows));
  }

  static Named named(const Result<std::vector<TestRow>>& rows) {
    Named names;
    EXPECT_TRUE(rows.ok()) << rows.error().message;
    if (!rows) return names;
    for (const TestRow& row : *rows) names.emplace_back(row.id, row.evidence);
    return names;
  }

  EvidenceIndex index_;
};

TEST_F(Index, ListsAllEvidenceByTestAndThenNewestFirst) {
  add("2", {"b", "c"});
  add("1", {"a", "b"});
  add("3", {"b"});
  EXPECT_EQ(named(index_.all_tests("default")),
            (Named{{"a", "1"}, {"b", "3"}, {"b", "2"}, {"b", "1"}, {"c", "2"}}));
}

TEST_F(Index, ListsNoMoreThanTheNewestOfEachTest) {
  for (const char* evidence : {"1", "2", "3", "4"}) add(evidence, {"a"});
  add("0", {"a", "rare"});
  EXPECT_EQ(named(index_.newest_per_test("default", 2)), (Named{{"a", "4"}, {"a", "3"}, {"rare", "0"}}));
  EXPECT_TRUE(named(index_.newest_per_test("default", 0)).empty());
}

TEST_F(Index, KeepsEnvironmentsApartWhereAskedTo) {
  add("1", {"a"}, "py39");
  add("2", {"a"});
  EXPECT_EQ(named(index_.all_tests("py39")), (Named{{"a", "1"}}));
  EXPECT_TRUE(named(index_.all_tests("other")).empty());
  EXPECT_EQ(named(index_.latest_tests()), (Named{{"a", "2"}}));
}

TEST_F(Index, ForgetsASessionAndReplacesOne) {
  add("1", {"a", "b"});
  add("2", {"a"});
  add("2", {"b"});
  EXPECT_EQ(named(index_.latest_tests()), (Named{{"a", "1"}, {"b", "2"}}));
  EXPECT_EQ(*index_.count_tests(), 3U);
  ASSERT_TRUE(index_.remove("1"));
  EXPECT_EQ(named(index_.latest_tests()), (Named{{"b", "2"}}));
}

TEST_F(Index, KnowsWhichFilesHoldTheNewestAndTheNewestCompleteEvidence) {
  add("1", {"a"});
  add("2", {"a"});
  add("3", {"a"}, "default", false);
  add("4", {"a"}, "default", false);
  EXPECT_EQ(*index_.newest_files(), (std::set<std::string>{"2", "4"}));
}

TEST_F(Index, KeepsIdsOfAnyBytes) {
  const std::string strange("t.py::test[\xFF\0x]", 15);
  add("1", {strange, "t.py::test[\xC3\xA9]"});
  const Result<std::vector<TestRow>> rows = index_.latest_tests();
  ASSERT_EQ(rows->size(), 2U);
  EXPECT_EQ((*rows)[1].id, strange);
}

TEST_F(Index, RefusesPackedTestsThatNobodyPacked) {
  const testing::TemporaryDirectory directory;
  const std::string path = directory / "index.sqlite";
  index_ = EvidenceIndex::open(path, EvidenceIndex::Place::kFile).value();
  add("1", {"a", "b", "c"});
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
  for (const char* damage :
       {"numbers = x'00'", "numbers = x'f0f0f0f0f0f0f0f0f0f0f0'", "facts = x''", "numbers = x'0000fe7f'"}) {
    const std::string sql = std::string("UPDATE tests_of_session SET ") + damage;
    ASSERT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
    EXPECT_FALSE(index_.latest_tests()) << damage;
    EXPECT_FALSE(index_.newest_files()) << damage;
  }
  sqlite3_close(database);
}

TEST(PackedTests, ComeBackAsTheyWere) {
  std::vector<TestRow> rows(4);
  rows[0].position = 7;
  rows[1].position = 8;
  rows[1].outcome = collector::Outcome::kFailed;
  rows[2].position = 1000;
  rows[2].complete = true;
  rows[2].duration_ns = std::numeric_limits<uint64_t>::max();
  rows[3] = {"", "", 1001, collector::Outcome::kPassed, 1, true, 2, 3, 4, 5};
  const std::vector<uint32_t> numbers = {5, 4, std::numeric_limits<uint32_t>::max(), 0};
  const PackedTests packed = pack_tests(numbers, rows);
  std::vector<uint32_t> unpacked;
  ASSERT_TRUE(unpack_numbers(packed.numbers, &unpacked));
  EXPECT_EQ(unpacked, numbers);
  std::vector<TestFacts> facts;
  ASSERT_TRUE(unpack_facts(packed.facts, rows.size(), &facts));
  for (size_t index = 0; index < rows.size(); ++index) {
    EXPECT_EQ(facts[index].position, rows[index].position);
    EXPECT_EQ(facts[index].outcome, rows[index].outcome);
    EXPECT_EQ(facts[index].complete, rows[index].complete);
    EXPECT_EQ(facts[index].duration_ns, rows[index].duration_ns);
    EXPECT_EQ(facts[index].scopes, rows[index].scopes);
    EXPECT_EQ(facts[index].drops, rows[index].drops);
  }
}

TEST(PackedTests, AreRefusedWhenCutAnywhere) {
  std::vector<TestRow> rows(3);
  rows[2].duration_ns = 1'000'000;
  for (size_t index = 0; index < rows.size(); ++index) rows[index].position = index;
  const PackedTests packed = pack_tests({1, 2, 300}, rows);
  std::vector<TestFacts> facts;
  for (size_t length = 0; length < packed.facts.size(); ++length)
    EXPECT_FALSE(unpack_facts(std::string_view(packed.facts).substr(0, length), rows.size(), &facts));
  EXPECT_FALSE(unpack_facts(packed.facts + "x", rows.size(), &facts));
  std::vector<uint32_t> numbers;
  EXPECT_FALSE(
      unpack_numbers(std::string_view(packed.numbers).substr(0, packed.numbers.size() - 1), &numbers));
}

}  // namespace
}  // namespace alibi::store

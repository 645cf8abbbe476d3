#include "collector/store/store.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "collector/store/disk.h"
#include "tests/support/temporary_directory.h"
#include "tests/unit/store/example_coverage.h"

namespace alibi::store {
namespace {

using testing::TemporaryDirectory;

collector::SessionCoverage session_of(const std::string& id, uint64_t started,
                                      const std::vector<std::string>& tests, uint32_t line) {
  collector::SessionCoverage coverage = testing::example_coverage();
  coverage.description.id = id;
  coverage.description.started_unix_ns = started;
  coverage.tests.clear();
  for (const std::string& name : tests) {
    collector::TestCoverage test;
    test.id = name;
    test.outcome = collector::Outcome::kPassed;
    test.complete = true;
    test.evidence.files = {{0, {line}}};
    coverage.tests.push_back(test);
  }
  return coverage;
}

std::vector<TestRow> latest(const std::string& data, Store::Access access = Store::Access::kRead) {
  Result<Store> store = Store::open(data, access);
  EXPECT_TRUE(store);
  Result<std::vector<TestRow>> rows = store->latest_tests();
  EXPECT_TRUE(rows);
  return rows ? *rows : std::vector<TestRow>();
}

uint32_t line_of(const std::string& data, const std::string& id) {
  Result<Store> store = Store::open(data, Store::Access::kRead);
  Result<std::vector<TestRow>> rows = store->latest_tests();
  TestReader reader(*store);
  for (const TestRow& row : *rows) {
    if (row.id != id) continue;
    Result<TestReader::Found> found = reader.read(row);
    if (!found) return 0;
    return found->test->evidence.files[0].lines[0];
  }
  return 0;
}

void add(const std::string& data, const collector::SessionCoverage& coverage) {
  Result<Store> store = Store::open(data, Store::Access::kWrite);
  ASSERT_TRUE(store);
  ASSERT_TRUE(store->add(coverage));
}

TEST(Store, OfAFolderThatIsNotThereIsEmpty) {
  const TemporaryDirectory directory;
  EXPECT_TRUE(latest(directory / "none").empty());
  EXPECT_FALSE(exists(directory / "none")) << "reading makes nothing";
}

TEST(Store, APartialRunForgetsNoTest) {
  const TemporaryDirectory directory;
  const std::string data = directory / "data";
  add(data, session_of("one", 1000, {"a", "b", "c"}, 5));
  add(data, session_of("two", 2000, {"b"}, 9));
  EXPECT_EQ(latest(data).size(), 3U);
  EXPECT_EQ(line_of(data, "a"), 5U);
  EXPECT_EQ(line_of(data, "b"), 9U);
}

TEST(Store, TheLaterSessionCountsWhateverTheOrderOfAdding) {
  const TemporaryDirectory directory;
  const std::string data = directory / "data";
  add(data, session_of("two", 2000, {"a"}, 9));
  add(data, session_of("one", 1000, {"a"}, 5));
  EXPECT_EQ(line_of(data, "a"), 9U);
}

TEST(Store, AddingTheSameSessionTwiceIsAddingItOnce) {
  const TemporaryDirectory directory;
  const std::string data = directory / "data";
  add(data, session_of("one", 1000, {"a"}, 5));
  add(data, session_of("one", 1000, {"a"}, 5));
  Result<Store> store = Store::open(data, Store::Access::kRead);
  EXPECT_EQ(store->sessions()->size(), 1U);
  EXPECT_EQ(*store->count_tests(), 1U);
}

TEST(Store, TheIndexIsMadeAgainWhenItIsMissingOrBroken) {
  const TemporaryDirectory directory;
  const std::string data = directory / "data";
  add(data, session_of("one", 1000, {"a", "b"}, 5));
  const std::vector<std::string> damages = {"", "not a database at all, but long enough to look like one",
                                            std::string(5000, '\xFF')};
  for (const std::string& damage : damages) {
    testing::write_text(data + "/index.sqlite", damage);
    EXPECT_EQ(latest(data, Store::Access::kRead).size(), 2U);
    EXPECT_EQ(latest(data, Store::Access::kWrite).size(), 2U);
    Result<Store> store = Store::open(data, Store::Access::kRead);
    EXPECT_EQ(store->index_problem(), "") << "repaired by the writer";
  }
  ::unlink((data + "/index.sqlite").c_str());
  EXPECT_EQ(latest(data, Store::Access::kRead).size(), 2U);
  EXPECT_FALSE(exists(data + "/index.sqlite")) << "a reader writes nothing";
}

TEST(Store, EvidenceThatTheIndexDoesNotKnowIsFound) {
  const TemporaryDirectory directory;
  const std::string data = directory / "data";
  add(data, session_of("one", 1000, {"a"}, 5));
  const Result<std::string> index = read_file(data + "/index.sqlite");
  ASSERT_TRUE(index);
  add(data, session_of("two", 2000, {"z"}, 5));
  testing::write_text(data + "/index.sqlite", *index);  // as if killed between the file and the index
  EXPECT_EQ(latest(data, Store::Access::kRead).size(), 2U);
  EXPECT_EQ(latest(data, Store::Access::kWrite).size(), 2U);
}

TEST(Store, ADamagedEvidenceFileIsNamedAndCostsNoOther) {
  const TemporaryDirectory directory;
  const std::string data = directory / "data";
  add(data, session_of("one", 1000, {"a"}, 5));
  add(data, session_of("two", 2000, {"b"}, 6));
  const std::string path = data + "/evidence/" + names_in(data + "/evidence")[1];
  std::string bytes = *read_file(path);
  bytes[100] = static_cast<char>(bytes[100] ^ 1);
  testing::write_text(path, bytes);
  ::unlink((data + "/index.sqlite").c_str());
  EXPECT_EQ(line_of(data, "a"), 5U);
  Result<Store> store = Store::open(data, Store::Access::kWrite);
  const Result<std::vector<SessionRow>> sessions = store->sessions();
  ASSERT_EQ(sessions->size(), 2U);
  EXPECT_NE((*sessions)[1].unreadable, "");
}

TEST(Store, AFileThatVanishedIsForgotten) {
  const TemporaryDirectory directory;
  const std::string data = directory / "data";
  add(data, session_of("one", 1000, {"a"}, 5));
  add(data, session_of("two", 2000, {"a", "b"}, 6));
  ::unlink((data + "/evidence/" + names_in(data + "/evidence")[1]).c_str());
  EXPECT_EQ(latest(data).size(), 1U);
  EXPECT_EQ(line_of(data, "a"), 5U);
}

TEST(Store, NamesOfFilesSortByAgeAndHoldNoSurprises) {
  collector::SessionDescription description;
  description.id = "../../etc/passwd \n";
  description.started_unix_ns = 5;
  EXPECT_EQ(evidence_name(description), "00000000000000000005-______etc_passwd__.evidence");
  description.id = std::string(1000, 'x');
  EXPECT_LT(evidence_name(description).size(), 200U);
}

TEST(Disk, AFileIsReplacedWholeOrNotAtAll) {
  const TemporaryDirectory directory;
  const std::string path = directory / "file";
  ASSERT_TRUE(write_file(path, "old", Durability::kSynced));
  ASSERT_TRUE(write_file(path, "new", Durability::kSynced));
  EXPECT_EQ(*read_file(path), "new");
  EXPECT_EQ(names_in(directory.path()).size(), 1U) << "no temporary stays";
  EXPECT_FALSE(write_file(directory / "no/such/file", "x", Durability::kUnsynced));
  EXPECT_FALSE(read_file(directory.path())) << "a directory is no file";
}

TEST(Disk, RemovesTreesWithoutFollowingLinks) {
  const TemporaryDirectory directory;
  testing::write_text(directory / "precious", "x");
  ASSERT_TRUE(make_directories(directory / "tree/sub"));
  std::filesystem::create_directory_symlink(directory.path(), directory / "tree/sub/link");
  EXPECT_TRUE(remove_tree(directory / "tree"));
  EXPECT_TRUE(exists(directory / "precious"));
  EXPECT_FALSE(exists(directory / "tree"));
}

TEST(Disk, ALockIsHeldUntilItsOwnerEnds) {
  const TemporaryDirectory directory;
  const std::string path = directory / "lock";
  {
    const Result<DirectoryLock> first = DirectoryLock::take(path, 0);
    ASSERT_TRUE(first);
    EXPECT_FALSE(DirectoryLock::take(path, 0));
    EXPECT_FALSE(lock_is_free(path));
  }
  EXPECT_TRUE(lock_is_free(path));
  EXPECT_FALSE(lock_is_free(directory / "none")) << "not a session";
}

}  // namespace
}  // namespace alibi::store

#include "collector/store/store.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

#include "collector/store/disk.h"
#include "collector/store/evidence_folder.h"
#include "collector/store/evidence_format.h"
#include "tests/support/temporary_directory.h"
#include "tests/unit/store/example_coverage.h"
#include "tracer/base/hash.h"

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
  EXPECT_EQ(evidence_name(description, 0xAB),
            "00000000000000000005-______etc_passwd__.00000000000000ab.evidence");
  description.id = std::string(1000, 'x');
  EXPECT_LT(evidence_name(description, UINT64_MAX).size(), 200U);
}

std::vector<std::string> unreadable(const std::string& data, Store::Access access) {
  Result<Store> store = Store::open(data, access);
  std::vector<std::string> reasons;
  const Result<std::vector<SessionRow>> sessions = store->sessions();
  for (const SessionRow& session : *sessions) {
    if (!session.unreadable.empty()) reasons.push_back(session.unreadable);
  }
  return reasons;
}

TEST(Store, TakesInACopiedFileOnceItsCopyIsComplete) {
  const TemporaryDirectory directory;
  const std::string data = directory / "data";
  add(data, session_of("one", 1000, {"a"}, 5));
  add(directory / "other", session_of("two", 2000, {"a", "b"}, 9));
  const std::string name = names_in(directory / "other/evidence")[0];
  const std::string bytes = *read_file(directory / "other/evidence/" + name);
  const std::string copy = data + "/evidence/" + name;
  for (const Store::Access access : {Store::Access::kRead, Store::Access::kWrite}) {
    for (size_t copied : {size_t{0}, size_t{20}, bytes.size() / 2, bytes.size() - 1}) {
      testing::write_text(copy, bytes.substr(0, copied));
      ASSERT_EQ(unreadable(data, access).size(), 1U) << copied;
      EXPECT_NE(unreadable(data, access)[0].find("half-copied"), std::string::npos);
      EXPECT_EQ(latest(data, access).size(), 1U) << "nothing of it counts";
      EXPECT_EQ(line_of(data, "a"), 5U);
      EXPECT_TRUE(exists(copy)) << "nothing removes it";
    }
    // Room was reserved, the content is still to come.
    testing::write_text(copy, std::string(bytes.size(), '\0'));
    EXPECT_EQ(unreadable(data, access).size(), 1U);
    testing::write_text(copy, bytes);
    EXPECT_TRUE(unreadable(data, access).empty());
    EXPECT_EQ(latest(data, access).size(), 2U);
    EXPECT_EQ(line_of(data, "a"), 9U);
    if (access == Store::Access::kRead) ::unlink(copy.c_str());
  }
}

TEST(Store, AnAlteredFileIsNoEvidence) {
  const TemporaryDirectory directory;
  const std::string data = directory / "data";
  add(data, session_of("one", 1000, {"a"}, 5));
  const std::string path = data + "/evidence/" + names_in(data + "/evidence")[0];
  std::string bytes = *read_file(path);
  bytes.back() = static_cast<char>(bytes.back() ^ 1);  // of the same length: the index does not notice
  testing::write_text(path, bytes);
  Result<Store> store = Store::open(data, Store::Access::kRead);
  const Result<std::vector<TestRow>> rows = store->latest_tests();
  ASSERT_EQ(rows->size(), 1U);
  EXPECT_FALSE(TestReader(*store).read((*rows)[0]));
}

TEST(Store, ARenamedFileIsNoSecondSession) {
  const TemporaryDirectory directory;
  const std::string data = directory / "data";
  add(data, session_of("one", 1000, {"a"}, 5));
  const std::string name = names_in(data + "/evidence")[0];
  const std::string later = "00000000000000009" + name.substr(17);
  std::filesystem::copy(data + "/evidence/" + name, data + "/evidence/" + later);
  ASSERT_EQ(unreadable(data, Store::Access::kWrite).size(), 1U);
  EXPECT_NE(unreadable(data, Store::Access::kWrite)[0].find(name), std::string::npos);
  EXPECT_EQ(*Store::open(data, Store::Access::kRead)->count_tests(), 1U);
}

TEST(Store, RenamesFilesOfTheOldNaming) {
  const TemporaryDirectory directory;
  const std::string data = directory / "data";
  add(data, session_of("one", 1000, {"a"}, 5));
  const std::string name = names_in(data + "/evidence")[0];
  const std::string old = name.substr(0, name.find('.')) + ".evidence";
  std::filesystem::rename(data + "/evidence/" + name, data + "/evidence/" + old);
  EXPECT_EQ(line_of(data, "a"), 5U) << "read as it is";
  EXPECT_EQ(names_in(data + "/evidence"), std::vector<std::string>{old}) << "a reader renames nothing";
  EXPECT_EQ(latest(data, Store::Access::kWrite).size(), 1U);
  EXPECT_EQ(names_in(data + "/evidence"), std::vector<std::string>{name});
  EXPECT_EQ(line_of(data, "a"), 5U);
  // Beside a copy of itself under the new name.
  std::filesystem::copy(data + "/evidence/" + name, data + "/evidence/" + old);
  EXPECT_EQ(latest(data, Store::Access::kWrite).size(), 1U);
  EXPECT_EQ(names_in(data + "/evidence"), std::vector<std::string>{name});
}

TEST(Store, FilesOfALaterVersionAreRefusedByNameAndCostNoOther) {
  const TemporaryDirectory directory;
  const std::string data = directory / "data";
  add(data, session_of("one", 1000, {"a"}, 5));
  add(data, session_of("two", 2000, {"b"}, 6));
  const std::string path = data + "/evidence/" + names_in(data + "/evidence")[1];
  std::string bytes = *read_file(path);
  EvidenceHeader header{};
  std::memcpy(&header, bytes.data(), sizeof header);
  header.version = kEvidenceVersion + 1;
  header.checksum = hash64(&header, offsetof(EvidenceHeader, checksum));
  std::memcpy(bytes.data(), &header, sizeof header);
  testing::write_text(path, bytes);
  ::unlink((data + "/index.sqlite").c_str());
  const std::vector<std::string> reasons = unreadable(data, Store::Access::kWrite);
  ASSERT_EQ(reasons.size(), 1U);
  EXPECT_NE(reasons[0].find("format " + std::to_string(kEvidenceVersion + 1)), std::string::npos);
  EXPECT_NE(reasons[0].find("use the version"), std::string::npos);
  EXPECT_EQ(line_of(data, "a"), 5U);
}

TEST(Store, CopyingTwoStoresTogetherInAnyOrderGivesTheSame) {
  const TemporaryDirectory directory;
  add(directory / "a", session_of("one", 1000, {"x", "y"}, 1));
  add(directory / "a", session_of("shared", 1500, {"x"}, 2));
  add(directory / "b", session_of("shared", 1500, {"x"}, 2));
  add(directory / "b", session_of("two", 2000, {"y"}, 3));
  std::vector<std::vector<std::string>> names;
  for (const std::vector<std::string>& order : {std::vector<std::string>{"a", "b"}, {"b", "a"}}) {
    const std::string merged = directory / ("merged-" + order[0]);
    for (const std::string& from : order) {
      std::filesystem::copy(
          directory / from, merged,
          std::filesystem::copy_options::recursive | std::filesystem::copy_options::overwrite_existing);
    }
    EXPECT_EQ(line_of(merged, "x"), 2U);
    EXPECT_EQ(line_of(merged, "y"), 3U);
    EXPECT_EQ(latest(merged, Store::Access::kWrite).size(), 2U);
    names.push_back(names_in(merged + "/evidence"));
  }
  EXPECT_EQ(names[0].size(), 3U);
  EXPECT_EQ(names[0], names[1]);
}

TEST(EvidenceFolder, ReadsTheTablesWithoutTheTests) {
  const TemporaryDirectory directory;
  const std::string data = directory / "data";
  add(data, session_of("one", 1000, std::vector<std::string>(1, "a"), 5));
  const std::string path = data + "/evidence/" + names_in(data + "/evidence")[0];
  const Result<EvidenceReader> tables = read_evidence_tables(path);
  ASSERT_TRUE(tables) << tables.error().message;
  EXPECT_EQ(tables->coverage().description.id, "one");
  EXPECT_EQ(tables->coverage().files.size(), 3U);
  const std::string bytes = *read_file(path);
  for (size_t length = 0; length < bytes.size(); ++length) {
    testing::write_text(path, bytes.substr(0, length));
    const Result<EvidenceReader> cut = read_evidence_tables(path);
    EXPECT_TRUE(!cut || cut->coverage().files.size() == 3) << length;
  }
}

TEST(Disk, TellsItsTemporaryNames) {
  EXPECT_TRUE(is_temporary_name("a.evidence.new.77"));
  EXPECT_TRUE(is_temporary_name("a.zst.new.77-123456"));
  EXPECT_FALSE(is_temporary_name("a.new.x"));
  EXPECT_FALSE(is_temporary_name("a.evidence"));
  EXPECT_FALSE(is_temporary_name(".new.77"));
  EXPECT_FALSE(is_temporary_name("a.new."));
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

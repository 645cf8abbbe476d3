#include "collector/store/retention.h"

#include <gtest/gtest.h>

#include <fstream>

#include "collector/store/disk.h"
#include "collector/store/source_archive.h"
#include "tests/support/temporary_directory.h"
#include "tests/unit/store/example_coverage.h"

namespace alibi::store {
namespace {

using testing::TemporaryDirectory;

class Retention : public ::testing::Test {
 protected:
  Retention() : data_(directory_ / "data") {}

  // Its name says when it ran.
  std::string add(uint64_t started, const std::vector<std::string>& tests,
                  const std::string& environment = "default", bool complete = true) {
    collector::SessionCoverage coverage = testing::example_coverage();
    coverage.description.id = "s" + std::to_string(started);
    coverage.description.started_unix_ns = started;
    coverage.description.environment_name = environment;
    coverage.files.resize(2);
    coverage.units.clear();
    coverage.statements.clear();
    coverage.session = {};
    coverage.tests.clear();
    for (const std::string& id : tests) {
      collector::TestCoverage test;
      test.id = id;
      test.complete = complete;
      coverage.tests.push_back(test);
    }
    Result<Store> store = Store::open(data_, Store::Access::kWrite);
    EXPECT_TRUE(store);
    const Result<std::string> path = store->add(coverage);
    EXPECT_TRUE(path);
    return path->substr(path->find_last_of('/') + 1);
  }

  Pruned prune_to(uint64_t retained) {
    Result<Store> store = Store::open(data_, Store::Access::kWrite);
    EXPECT_TRUE(store);
    const Result<Pruned> pruned = prune(&*store, retained);
    EXPECT_TRUE(pruned);
    return pruned ? *pruned : Pruned();
  }

  std::vector<std::string> kept() const { return names_in(data_ + "/evidence"); }

  TemporaryDirectory directory_;
  std::string data_;
};

TEST_F(Retention, KeepsTheLastSessions) {
  add(1, {"a"});
  const std::vector<std::string> last = {add(2, {"a"}), add(3, {"a"})};
  EXPECT_EQ(prune_to(2).sessions, 1U);
  EXPECT_EQ(kept(), last);
  EXPECT_EQ(prune_to(2).sessions, 0U);
}

TEST_F(Retention, NeverLosesATestThatHasNoNewerEvidence) {
  const std::string only = add(1, {"a", "b"});
  add(2, {"a"});
  const std::string last = add(3, {"a"});
  EXPECT_EQ(prune_to(1).sessions, 1U);
  EXPECT_EQ(kept(), (std::vector<std::string>{only, last}));
}

TEST_F(Retention, NeverLosesTheNewestCompleteEvidenceOfATest) {
  const std::string complete = add(1, {"a"});
  add(2, {"a"}, "default", false);
  const std::string last = add(3, {"a"}, "default", false);
  EXPECT_EQ(prune_to(1).sessions, 1U);
  EXPECT_EQ(kept(), (std::vector<std::string>{complete, last}));
}

TEST_F(Retention, CountsEachEnvironmentForItself) {
  const std::string other = add(1, {"a"}, "py39");
  add(2, {"a"});
  const std::string last = add(3, {"a"});
  EXPECT_EQ(prune_to(1).sessions, 1U);
  EXPECT_EQ(kept(), (std::vector<std::string>{other, last}));
}

TEST_F(Retention, OfAllRemovesNothing) {
  add(1, {"a"});
  add(2, {"a"});
  EXPECT_EQ(prune_to(kRetainAll).sessions, 0U);
  EXPECT_EQ(kept().size(), 2U);
}

TEST_F(Retention, WaitsUntilAFifthMoreHasPiledUp) {
  for (uint64_t session = 1; session <= 6; ++session) add(session, {"a"});
  Result<Store> store = Store::open(data_, Store::Access::kWrite);
  ASSERT_TRUE(store);
  EXPECT_EQ(prune_when_due(&*store, 5)->sessions, 0U);
  add(7, {"a"});
  store = Store::open(data_, Store::Access::kWrite);
  EXPECT_EQ(prune_when_due(&*store, 5)->sessions, 2U);
}

TEST_F(Retention, RemovesSourcesThatNoEvidenceRefersTo) {
  const std::string source = directory_ / "a.py";
  collector::SessionCoverage coverage = testing::example_coverage();
  coverage.tests.clear();
  for (const uint64_t revision : {1, 2, 3}) {
    const std::string text = "revision = " + std::to_string(revision) + "\n";
    std::ofstream(source) << text;
    coverage.files[0] = {source, text.size(), hash128(text.data(), text.size()), false, false, {}, {}};
    ASSERT_TRUE(SourceArchive(data_).keep_sources(&coverage));
    coverage.description.id = std::to_string(revision);
    coverage.description.started_unix_ns = revision;
    ASSERT_TRUE(Store::open(data_, Store::Access::kWrite)->add(coverage));
  }
  const Hash128 last = coverage.files[0].hash;
  const Pruned pruned = prune_to(1);
  EXPECT_EQ(pruned.sources, 2U);
  EXPECT_GT(pruned.source_bytes, 0U);
  EXPECT_EQ(*SourceArchive(data_).read(last), "revision = 3\n");
}

TEST_F(Retention, LeavesDamagedFilesAndThenAllSourcesAlone) {
  const std::string damaged = add(1, {"a"});
  ASSERT_TRUE(make_directories(data_ + "/sources/ab"));
  ASSERT_TRUE(write_file(data_ + "/sources/ab/c.zst", "x", Durability::kUnsynced));
  ASSERT_TRUE(write_file(data_ + "/evidence/" + damaged, "no evidence", Durability::kUnsynced));
  ASSERT_TRUE(write_file(data_ + "/index.sqlite", "no index", Durability::kUnsynced));
  add(2, {"a"});
  const std::string last = add(3, {"a"});
  const Pruned pruned = prune_to(1);
  EXPECT_EQ(pruned.sessions, 1U);
  EXPECT_EQ(pruned.sources, 0U);
  EXPECT_EQ(kept(), (std::vector<std::string>{damaged, last}));
}

}  // namespace
}  // namespace alibi::store

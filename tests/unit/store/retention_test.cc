#include "collector/store/retention.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "collector/store/disk.h"
#include "collector/store/hashed_folder.h"
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

  Garbage collect(uint64_t kept, bool dry_run = false) {
    Result<Store> store = Store::open(data_, Store::Access::kWrite);
    EXPECT_TRUE(store);
    const Result<Garbage> garbage = collect_garbage(&*store, {kept, dry_run});
    EXPECT_TRUE(garbage);
    return garbage ? *garbage : Garbage();
  }

  std::vector<std::string> kept() const { return names_in(data_ + "/evidence"); }

  TemporaryDirectory directory_;
  std::string data_;
};

TEST_F(Retention, KeepsTheLastSessions) {
  add(1, {"a"});
  const std::vector<std::string> last = {add(2, {"a"}), add(3, {"a"})};
  EXPECT_EQ(collect(2).sessions, 1U);
  EXPECT_EQ(kept(), last);
  EXPECT_EQ(collect(2).sessions, 0U);
}

TEST_F(Retention, NeverLosesATestThatHasNoNewerEvidence) {
  const std::string only = add(1, {"a", "b"});
  add(2, {"a"});
  const std::string last = add(3, {"a"});
  EXPECT_EQ(collect(1).sessions, 1U);
  EXPECT_EQ(kept(), (std::vector<std::string>{only, last}));
}

TEST_F(Retention, NeverLosesTheNewestCompleteEvidenceOfATest) {
  const std::string complete = add(1, {"a"});
  add(2, {"a"}, "default", false);
  const std::string last = add(3, {"a"}, "default", false);
  EXPECT_EQ(collect(1).sessions, 1U);
  EXPECT_EQ(kept(), (std::vector<std::string>{complete, last}));
}

TEST_F(Retention, CountsEachEnvironmentForItself) {
  const std::string other = add(1, {"a"}, "py39");
  add(2, {"a"});
  const std::string last = add(3, {"a"});
  EXPECT_EQ(collect(1).sessions, 1U);
  EXPECT_EQ(kept(), (std::vector<std::string>{other, last}));
}

TEST_F(Retention, OfAllRemovesNothing) {
  add(1, {"a"});
  add(2, {"a"});
  EXPECT_EQ(collect(kKeepAll).sessions, 0U);
  EXPECT_EQ(kept().size(), 2U);
}

TEST_F(Retention, WaitsUntilAFifthMoreHasPiledUp) {
  for (uint64_t session = 1; session <= 6; ++session) add(session, {"a"});
  Result<Store> store = Store::open(data_, Store::Access::kWrite);
  ASSERT_TRUE(store);
  EXPECT_EQ(collect_garbage_when_due(&*store, 5)->sessions, 0U);
  add(7, {"a"});
  store = Store::open(data_, Store::Access::kWrite);
  EXPECT_EQ(collect_garbage_when_due(&*store, 5)->sessions, 2U);
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
  const Garbage garbage = collect(1);
  EXPECT_EQ(garbage.sources, 2U);
  EXPECT_GT(garbage.source_bytes, 0U);
  EXPECT_EQ(*SourceArchive(data_).read(last), "revision = 3\n");
}

TEST_F(Retention, OfADryRunRemovesNothing) {
  add(1, {"a"});
  add(2, {"a"});
  testing::write_text(data_ + "/unused", "");
  ASSERT_TRUE(make_directories(data_ + "/sources/ab"));
  testing::write_text(data_ + "/sources/ab/cdef.zst", "xyz");
  const Garbage garbage = collect(1, true);
  EXPECT_EQ(garbage.sessions, 1U);
  EXPECT_GT(garbage.evidence_bytes, 0U);
  EXPECT_EQ(garbage.sources, 1U);
  EXPECT_EQ(garbage.source_bytes, 3U);
  EXPECT_EQ(kept().size(), 2U);
  EXPECT_TRUE(exists(data_ + "/sources/ab/cdef.zst"));
}

TEST_F(Retention, RemovesCachesOfSourcesThatNoEvidenceRefersTo) {
  add(1, {"a"});
  const Hash128 used = testing::example_coverage().files[0].hash;
  const std::string keep = hashed_path(data_ + "/units", used, "-cpython-311");
  const std::string gone = hashed_path(data_ + "/units", {7, 8}, "-cpython-311");
  const std::string young = hashed_path(data_ + "/units", {7, 8}, "-cpython-312.new.5-5");
  for (const std::string& path : {keep, gone, young}) {
    ASSERT_TRUE(make_directories(path.substr(0, path.find_last_of('/'))));
    testing::write_text(path, "units");
  }
  const Garbage garbage = collect(kKeepAll);
  EXPECT_EQ(garbage.caches, 1U);
  EXPECT_EQ(garbage.cache_bytes, 5U);
  EXPECT_TRUE(exists(keep));
  EXPECT_FALSE(exists(gone));
  EXPECT_TRUE(exists(young)) << "somebody is writing it";
}

TEST_F(Retention, RemovesWhatWasDerivedFromEvidenceThatIsGone) {
  add(1, {"a"});
  add(2, {"a"});
  ASSERT_TRUE(make_directories(data_ + "/derived"));
  const std::vector<std::string> evidence = kept();
  for (const std::string& name : evidence)
    testing::write_text(data_ + "/derived/" + name + "-cpython-3.11.2.closures", "x");
  testing::write_text(data_ + "/derived/0-of-nothing.closures", "x");
  const Garbage garbage = collect(1);
  EXPECT_EQ(garbage.caches, 2U);
  EXPECT_EQ(names_in(data_ + "/derived"), std::vector<std::string>{kept()[0] + "-cpython-3.11.2.closures"});
}

TEST_F(Retention, KilledAtAnyMomentLosesNoTest) {
  for (int round = 0; round < 20; ++round) {
    for (uint64_t session = 1; session <= 4; ++session)
      add(static_cast<uint64_t>(round) * 10 + session, {"a", "b" + std::to_string(round)});
    const pid_t child = ::fork();
    if (child == 0) {
      collect(1);
      ::_exit(0);
    }
    ::usleep(static_cast<useconds_t>(round * 150));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    const Result<Store> opened = Store::open(data_, Store::Access::kRead);
    ASSERT_TRUE(opened);
    collect(1);
    Result<Store> store = Store::open(data_, Store::Access::kRead);
    EXPECT_EQ(store->index_problem(), "");
    EXPECT_EQ(store->latest_tests()->size(), static_cast<size_t>(round) + 2);
    EXPECT_EQ(kept().size(), static_cast<size_t>(round) + 1);
  }
}

TEST_F(Retention, LeavesDamagedFilesAndThenAllSourcesAlone) {
  const std::string damaged = add(1, {"a"});
  ASSERT_TRUE(make_directories(data_ + "/sources/ab"));
  ASSERT_TRUE(write_file(data_ + "/sources/ab/c.zst", "x", Durability::kUnsynced));
  ASSERT_TRUE(write_file(data_ + "/evidence/" + damaged, "no evidence", Durability::kUnsynced));
  ASSERT_TRUE(write_file(data_ + "/index.sqlite", "no index", Durability::kUnsynced));
  add(2, {"a"});
  const std::string last = add(3, {"a"});
  const Garbage garbage = collect(1);
  EXPECT_EQ(garbage.sessions, 1U);
  EXPECT_EQ(garbage.sources, 0U);
  EXPECT_NE(garbage.left_alone.find(damaged), std::string::npos);
  EXPECT_EQ(kept(), (std::vector<std::string>{damaged, last}));
}

}  // namespace
}  // namespace alibi::store

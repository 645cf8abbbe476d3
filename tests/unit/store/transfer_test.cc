#include "collector/store/transfer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "collector/model/error_codes.h"
#include "collector/store/disk.h"
#include "collector/store/evidence_folder.h"
#include "collector/store/retention.h"
#include "collector/store/source_archive.h"
#include "collector/store/store.h"
#include "tests/support/child_process.h"
#include "tests/support/mounts.h"
#include "tests/support/temporary_directory.h"
#include "tests/unit/store/example_coverage.h"

namespace alibi::store {
namespace {

using testing::TemporaryDirectory;

class TransferBetweenStores : public ::testing::Test {
 protected:
  // A session with one source of its own, at least `source_bytes` long.
  Hash128 add(const std::string& data, uint64_t started, const std::string& environment = "default",
              size_t source_bytes = 0) {
    const std::string source = directory_ / "a.py";
    std::string text = "started = " + std::to_string(started) + "\n";
    std::mt19937_64 random(started);
    while (text.size() < source_bytes) text += std::to_string(random());
    std::ofstream(source) << text;
    collector::SessionCoverage coverage = testing::example_coverage();
    coverage.description.id = "s" + std::to_string(started);
    coverage.description.started_unix_ns = started;
    coverage.description.environment_name = environment;
    coverage.files[0] = {source, text.size(), hash128(text.data(), text.size()), false, false, {}, {}};
    EXPECT_TRUE(SourceArchive(data).keep_sources(&coverage));
    Result<Store> store = Store::open(data, Store::Access::kWrite);
    EXPECT_TRUE(store->add(coverage));
    return coverage.files[0].hash;
  }

  TransferReport pushed(const std::string& from, const std::string& to, const TransferOptions& options = {}) {
    const Result<TransferReport> report = push(from, to, options);
    EXPECT_TRUE(report) << report.error().message;
    return report ? *report : TransferReport();
  }

  TransferReport pulled(const std::string& from, const std::string& to, const TransferOptions& options = {}) {
    const Result<TransferReport> report = pull(from, to, options);
    EXPECT_TRUE(report) << report.error().message;
    return report ? *report : TransferReport();
  }

  static std::vector<std::string> evidence(const std::string& data) { return names_in(data + "/evidence"); }

  // Every evidence file is whole, and every source it refers to is there.
  static void expect_good(const std::string& data) {
    for (const EvidenceFile& file : evidence_files(data)) {
      const Result<WholeEvidence> whole = read_evidence(data + "/evidence/" + file.name);
      ASSERT_TRUE(whole) << file.name << ": " << whole.error().message;
      const collector::SourceFile& source = whole->reader.coverage().files[0];
      EXPECT_TRUE(SourceArchive(data).read(source.hash)) << file.name;
    }
  }

  TemporaryDirectory directory_;
  std::string here_ = directory_ / "here";
  std::string shared_ = directory_ / "shared";
  std::string there_ = directory_ / "there";
};

TEST_F(TransferBetweenStores, PushesWhatIsLackingOnce) {
  add(here_, 1);
  add(here_, 2);
  const TransferReport first = pushed(here_, shared_);
  EXPECT_EQ(first.sessions, 2U);
  EXPECT_EQ(first.sources, 2U);
  EXPECT_GT(first.evidence_bytes, 0U);
  EXPECT_GT(first.source_bytes, 0U);
  EXPECT_EQ(evidence(shared_), evidence(here_));
  expect_good(shared_);
  const TransferReport second = pushed(here_, shared_);
  EXPECT_EQ(second.sessions, 0U);
  EXPECT_EQ(second.sources, 0U);
  EXPECT_EQ(second.already_there, 2U);
}

TEST_F(TransferBetweenStores, PullsAndIndexes) {
  add(here_, 1);
  pushed(here_, shared_);
  EXPECT_EQ(pulled(shared_, there_).sessions, 1U);
  EXPECT_EQ(*read_file(there_ + "/.gitignore"), "*\n");
  const Result<Store> store = Store::open(there_, Store::Access::kRead);
  EXPECT_EQ(store->index_problem(), "");
  EXPECT_TRUE(exists(there_ + "/index.sqlite"));
  expect_good(there_);
}

TEST_F(TransferBetweenStores, InAnyOrderGivesTheSameStore) {
  const std::string other = directory_ / "other";
  for (const uint64_t started : {1, 3, 5}) add(here_, started);
  for (const uint64_t started : {2, 3, 4}) add(other, started, "py39");
  const std::string one = directory_ / "one";
  const std::string two = directory_ / "two";
  pulled(here_, one);
  pulled(other, one);
  pulled(other, two);
  pulled(here_, two);
  pulled(other, two);
  EXPECT_EQ(evidence(one).size(), 6U) << "what ran in another environment is other evidence";
  EXPECT_EQ(evidence(one), evidence(two));
  EXPECT_EQ(*Store::open(one, Store::Access::kRead)->count_tests(),
            *Store::open(two, Store::Access::kRead)->count_tests());
}

TEST_F(TransferBetweenStores, TakesOneEnvironmentWhereAskedTo) {
  add(here_, 1);
  add(here_, 2, "py39");
  const TransferReport report = pushed(here_, shared_, {"py39", false});
  EXPECT_EQ(report.sessions, 1U);
  EXPECT_EQ(report.other_environments, 1U);
  EXPECT_EQ(evidence(shared_), std::vector<std::string>{evidence(here_)[1]});
}

TEST_F(TransferBetweenStores, OfADryRunWritesNothing) {
  add(here_, 1);
  const TransferReport planned = pushed(here_, shared_, {"", true});
  EXPECT_FALSE(exists(shared_));
  const TransferReport done = pushed(here_, shared_);
  EXPECT_EQ(planned.sessions, done.sessions);
  EXPECT_EQ(planned.evidence_bytes, done.evidence_bytes);
  EXPECT_EQ(planned.sources, done.sources);
  EXPECT_EQ(planned.source_bytes, done.source_bytes);
  EXPECT_EQ(pulled(shared_, there_, {"", true}).sessions, 1U);
  EXPECT_FALSE(exists(there_));
}

TEST_F(TransferBetweenStores, NamesDamagedFilesAndLeavesThemWhereTheyAre) {
  const Hash128 source = add(here_, 1);
  add(here_, 2);
  const std::string cut = here_ + "/evidence/" + evidence(here_)[1];
  const std::string bytes = *read_file(cut);
  testing::write_text(cut, bytes.substr(0, bytes.size() / 2));
  const std::string digits = model::to_hex(source);
  const std::string packed = here_ + "/sources/" + digits.substr(0, 2) + "/" + digits.substr(2) + ".zst";
  testing::write_text(packed, "damaged");
  const TransferReport report = pushed(here_, shared_);
  EXPECT_EQ(report.sessions, 1U);
  ASSERT_EQ(report.problems.size(), 2U);
  EXPECT_NE((report.problems[0] + report.problems[1]).find(cut + ": its content is not"), std::string::npos);
  EXPECT_NE((report.problems[0] + report.problems[1]).find(packed), std::string::npos);
  EXPECT_EQ(evidence(shared_).size(), 1U);
  EXPECT_FALSE(exists(shared_ + packed.substr(here_.size())));
  testing::write_text(cut, bytes);
  EXPECT_EQ(pushed(here_, shared_).sessions, 1U);
}

TEST_F(TransferBetweenStores, ReplacesADamagedSourceOnTheOtherSide) {
  const Hash128 source = add(here_, 1);
  pushed(here_, shared_);
  const std::string digits = model::to_hex(source);
  testing::write_text(shared_ + "/sources/" + digits.substr(0, 2) + "/" + digits.substr(2) + ".zst", "x");
  std::filesystem::remove_all(shared_ + "/evidence");
  EXPECT_EQ(pushed(here_, shared_).sources, 1U);
  expect_good(shared_);
}

TEST_F(TransferBetweenStores, GivesFilesOfTheOldNamingTheirNames) {
  add(here_, 1);
  const std::string name = evidence(here_)[0];
  std::filesystem::rename(here_ + "/evidence/" + name,
                          here_ + "/evidence/" + name.substr(0, name.find('.')) + ".evidence");
  EXPECT_EQ(pushed(here_, shared_).sessions, 1U);
  EXPECT_EQ(evidence(shared_), std::vector<std::string>{name});
  EXPECT_EQ(pushed(here_, shared_).already_there, 1U);
}

TEST_F(TransferBetweenStores, RemovesOnlyOldTemporaries) {
  add(here_, 1);
  ASSERT_TRUE(make_directories(shared_ + "/evidence"));
  ASSERT_TRUE(make_directories(shared_ + "/sources/ab"));
  const timespec times[] = {{1000, 0}, {1000, 0}};
  for (const char* old : {"/evidence/x.evidence.new.5-77", "/sources/ab/y.zst.new.5-78"}) {
    testing::write_text(shared_ + old, "half");
    ASSERT_EQ(::utimensat(AT_FDCWD, (shared_ + old).c_str(), times, 0), 0);
  }
  testing::write_text(shared_ + "/evidence/z.evidence.new.6-79", "another machine is writing this");
  pushed(here_, shared_);
  EXPECT_EQ(evidence(shared_).size(), 2U);
  EXPECT_TRUE(exists(shared_ + "/evidence/z.evidence.new.6-79"));
  EXPECT_TRUE(names_in(shared_ + "/sources/ab").empty());
}

TEST_F(TransferBetweenStores, RefusesWhatCannotBeMeant) {
  add(here_, 1);
  EXPECT_EQ(push(here_, here_ + "/../here").error().code, collector::kUsage);
  EXPECT_EQ(pull(directory_ / "none", here_).error().code, collector::kNoStore);
  EXPECT_FALSE(exists(directory_ / "none"));
}

// Kills `body`'s process after a growing, seeded time, again and again.
void kill_at_random(int rounds, useconds_t longest, const std::function<void(int)>& before,
                    const std::function<void()>& body, const std::function<void(int)>& after) {
  std::mt19937_64 random(20261121);
  for (int round = 0; round < rounds && !::testing::Test::HasFailure(); ++round) {
    before(round);
    const pid_t child = ::fork();
    if (child == 0) {
      body();
      ::_exit(0);
    }
    ::usleep(static_cast<useconds_t>(random() % longest));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    after(round);
  }
}

TEST_F(TransferBetweenStores, KilledAtAnyMomentLeavesGoodStoresAndTheNextOneFinishes) {
  kill_at_random(
      30, 6000,
      [&](int round) {
        for (uint64_t session = 0; session < 3; ++session)
          add(here_, static_cast<uint64_t>(round) * 10 + session, "default", 100'000);
      },
      [&] {
        (void)push(here_, shared_);
        (void)pull(shared_, there_);
      },
      [&](int round) {
        expect_good(shared_);
        expect_good(there_);
        pushed(here_, shared_);
        pulled(shared_, there_);
        EXPECT_EQ(evidence_files(there_).size(), static_cast<size_t>(round + 1) * 3);
        const Result<Store> store = Store::open(there_, Store::Access::kRead);
        EXPECT_EQ(store->index_problem(), "");
      });
  expect_good(there_);
}

TEST_F(TransferBetweenStores, ManyAtOnceWithACopierACollectorAndAReader) {
  const std::vector<std::string> machines = {directory_ / "m1", directory_ / "m2", directory_ / "m3"};
  for (uint64_t session = 0; session < 12; ++session) {
    add(machines[session % 3], session, "default", 50'000);
    add(machines[(session + 1) % 3], session, "default", 50'000);
  }
  std::vector<pid_t> children;
  const auto start = [&](const std::function<bool()>& body) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(body() ? 0 : 1);
    children.push_back(child);
  };
  for (const std::string& machine : machines) {
    start([&] { return push(machine, shared_).ok() && pull(shared_, machine).ok(); });
  }
  start([&] {  // as cp -r does: under the final names, in pieces
    for (const std::string& name : evidence(machines[0])) {
      const std::string bytes = *read_file(machines[0] + "/evidence/" + name);
      if (!make_directories(there_ + "/evidence").ok()) return false;
      std::ofstream copy(there_ + "/evidence/" + name);
      for (size_t at = 0; at < bytes.size(); at += 1000) (copy << bytes.substr(at, 1000)).flush();
    }
    return true;
  });
  start([&] { return pull(machines[1], there_).ok(); });
  start([&] {
    for (int look = 0; look < 20; ++look) {
      Result<Store> store = Store::open(there_, Store::Access::kRead);
      if (!store || !store->latest_tests().ok()) return false;
      const Result<DirectoryLock> lock = DirectoryLock::take(machines[0] + "/merge.lock", 60'000);
      Result<Store> other = Store::open(machines[0], Store::Access::kWrite);
      if (!lock || !other || !collect_garbage(&*other, {kKeepAll, false}).ok()) return false;
    }
    return true;
  });
  for (const pid_t child : children) {
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  expect_good(shared_);
  for (const std::string& machine : machines) expect_good(machine);
  EXPECT_EQ(evidence(shared_).size(), 12U);
  pulled(machines[0], there_);
  Result<Store> store = Store::open(there_, Store::Access::kWrite);
  const Result<std::vector<SessionRow>> sessions = store->sessions();
  for (const SessionRow& session : *sessions) EXPECT_EQ(session.unreadable, "");
}

TEST_F(TransferBetweenStores, AFullDiskIsAnErrorAndCostsNothing) {
  if (!testing::mounts_are_possible()) GTEST_SKIP() << "needs root: a small file system is mounted";
  for (uint64_t session = 0; session < 20; ++session) add(here_, session, "default", 60'000);
  const std::vector<std::string> before = evidence(here_);
  ASSERT_TRUE(make_directories(shared_));
  const int status = testing::run_in_child([&] {
    if (!testing::mount_small(shared_, 400'000)) return 1;
    const Result<TransferReport> refused = push(here_, shared_);
    if (refused || refused.error().code != collector::kCannotWrite) return 2;
    if (refused.error().message.find("No space left") == std::string::npos) return 3;
    expect_good(shared_);
    for (const std::string& name : evidence(shared_)) {
      if (is_temporary_name(name)) return 4;
    }
    if (evidence(shared_).empty() || evidence(shared_).size() >= before.size()) return 5;
    const Result<TransferReport> refused_again = pull(here_, shared_);
    if (refused_again || refused_again.error().code != collector::kCannotWrite) return 6;
    Result<Store> store = Store::open(shared_, Store::Access::kRead);
    if (!store || store->latest_tests()->empty()) return 7;
    return ::testing::Test::HasFailure() ? 8 : 0;
  });
  EXPECT_EQ(status, 0);
  EXPECT_EQ(evidence(here_), before);
  expect_good(here_);
}

TEST_F(TransferBetweenStores, AReadOnlyFolderIsReadAndPulledFrom) {
  if (!testing::mounts_are_possible()) GTEST_SKIP() << "needs root: a read-only file system is mounted";
  ASSERT_TRUE(make_directories(shared_));
  const int status = testing::run_in_child([&] {
    if (!testing::mount_small(shared_, 4'000'000)) return 1;
    add(shared_, 1);
    add(here_, 2);
    std::filesystem::copy(here_ + "/evidence", shared_ + "/evidence");  // the index is behind
    if (!testing::remount_read_only(shared_)) return 2;
    Result<Store> store = Store::open(shared_, Store::Access::kRead);
    if (!store || store->sessions()->size() != 2) return 3;
    if (!pull(shared_, there_).ok() || evidence(there_).size() != 2) return 4;
    if (collect_garbage(&*store, {1, true}).value().sessions != 1) return 5;
    const Result<TransferReport> refused = push(here_ + "/../there", shared_);
    if (!refused) return 6;  // there is nothing that it lacks
    add(here_, 3);
    return push(here_, shared_).ok() ? 7 : 0;
  });
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace alibi::store

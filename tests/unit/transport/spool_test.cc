#include "collector/transport/spool.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <functional>

#include "collector/model/error_codes.h"
#include "tests/unit/transport/spool_fixture.h"

namespace alibi::transport {
namespace {

using testing::names_in;
using testing::read_bytes;
using testing::write_text;
using Bodies = std::vector<std::string>;

std::string text_of(const std::string& path) {
  const std::vector<std::byte> bytes = read_bytes(path);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

class SpoolTest : public SpoolFixture {
 protected:
  SpoolClaim claim(Spool* spool, const std::string& name) {
    Result<ClaimAnswer> answer = spool->claim(name);
    EXPECT_TRUE(answer.ok() && answer->claim);
    return std::move(*answer->claim);
  }
};

TEST_F(SpoolTest, PayloadsWaitInTheOrderInWhichTheyCame) {
  Spool spool = spool_of();
  EXPECT_EQ(names(&spool), Bodies{});  // and no folder is made by looking
  EXPECT_NE(::access(folder().c_str(), F_OK), 0);
  put(&spool, "one");
  put(&spool, "two");
  put(&spool, "three");
  EXPECT_EQ(bodies(&spool), (Bodies{"one", "two", "three"}));
  EXPECT_EQ(spool.survey()->waiting, 3U);
}

TEST_F(SpoolTest, FilesAreForTheirOwnerOnly) {
  Spool spool = spool_of();
  put(&spool, "x");
  struct stat status {};
  ASSERT_EQ(::stat((folder() + "/" + names(&spool)[0]).c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST_F(SpoolTest, ADeliveredPayloadIsGone) {
  Spool spool = spool_of();
  put(&spool, "one");
  put(&spool, "two");
  EXPECT_TRUE(claim(&spool, names(&spool)[0]).delivered().ok());
  EXPECT_EQ(bodies(&spool), Bodies{"two"});
}

TEST_F(SpoolTest, AClaimedPayloadIsNobodyElses) {
  Spool spool = spool_of();
  Spool other = spool_of();
  put(&spool, "one");
  const std::string name = names(&spool)[0];
  {
    const SpoolClaim mine = claim(&spool, name);
    EXPECT_FALSE(other.claim(name)->claim.has_value());
    EXPECT_FALSE(spool.claim(name)->claim.has_value());
  }
  EXPECT_TRUE(other.claim(name)->claim.has_value());
}

TEST_F(SpoolTest, APayloadThatIsGoneIsNoError) {
  Spool spool = spool_of();
  put(&spool, "one");
  const std::string name = names(&spool)[0];
  EXPECT_TRUE(claim(&spool, name).delivered().ok());
  const Result<ClaimAnswer> answer = spool.claim(name);
  ASSERT_TRUE(answer.ok());
  EXPECT_FALSE(answer->claim.has_value());
  EXPECT_EQ(answer->damage, "");
}

TEST_F(SpoolTest, TriesAreCounted) {
  Spool spool = spool_of();
  put(&spool, "one");
  for (uint32_t tries = 0; tries < 3; ++tries) {
    SpoolClaim taken = claim(&spool, names(&spool)[0]);
    EXPECT_EQ(taken.tries(), tries);
    EXPECT_TRUE(taken.failed().ok());
  }
  EXPECT_EQ(bodies(&spool), Bodies{"one"});
}

TEST_F(SpoolTest, WhatIsSetAsideLiesThereWithTheReason) {
  Spool spool = spool_of();
  put(&spool, "one");
  const std::string name = names(&spool)[0];
  EXPECT_TRUE(claim(&spool, name).set_aside("status 413").ok());
  EXPECT_EQ(names(&spool), Bodies{});
  EXPECT_EQ(names_in(aside()), (Bodies{name, name + ".reason.txt"}));
  EXPECT_EQ(text_of(aside() + "/" + name + ".reason.txt"), "status 413\n");
  EXPECT_TRUE(spool.put_aside(payload_of("two"), "status 400").ok());
  EXPECT_EQ(names_in(aside()).size(), 4U);
  EXPECT_EQ(spool.survey()->set_aside, 2U);
}

TEST_F(SpoolTest, DamagedFilesAreNamedSetAsideAndBlockNoOthers) {
  Spool spool = spool_of();
  put(&spool, "one");
  put(&spool, "two");
  put(&spool, "three");
  const Bodies found = names(&spool);
  write_text(folder() + "/" + found[0], "not what was written");
  ASSERT_EQ(::truncate((folder() + "/" + found[1]).c_str(), 40), 0);
  const Result<ClaimAnswer> answer = spool.claim(found[0]);
  ASSERT_TRUE(answer.ok());
  EXPECT_FALSE(answer->claim.has_value());
  EXPECT_NE(answer->damage.find(found[0]), std::string::npos);
  EXPECT_EQ(bodies(&spool), Bodies{"three"});
  EXPECT_EQ(spool.survey()->set_aside, 2U);
  EXPECT_NE(text_of(aside() + "/" + found[1] + ".reason.txt").find("checksum"), std::string::npos);
}

TEST_F(SpoolTest, StrangeThingsInTheFolderHurtNobody) {
  Spool spool = spool_of();
  put(&spool, "one");
  write_text(folder() + "/README", "of somebody else");
  write_text(folder() + "/.new.x", "");
  const std::string early(20, '0');
  ASSERT_EQ(::mkdir((folder() + "/" + early + "-folder.payload").c_str(), 0700), 0);
  ASSERT_EQ(::mkfifo((folder() + "/" + early + "-pipe.payload").c_str(), 0600), 0);
  ASSERT_EQ(::symlink("/etc/passwd", (folder() + "/" + early + "-link.payload").c_str()), 0);
  Bodies good;
  for (const std::string& name : names(&spool)) {
    Result<ClaimAnswer> answer = spool.claim(name);
    if (answer.ok() && answer->claim) good.push_back(answer->claim->payload().body);
  }
  EXPECT_EQ(good, Bodies{"one"});
}

TEST_F(SpoolTest, AFileLargerThanAnyPayloadIsSetAsideUnread) {
  SpoolLimits limits;
  limits.largest = 1000;
  Spool spool = spool_of(limits);
  put(&spool, "one");
  const std::string name = names(&spool)[0];
  ASSERT_EQ(::truncate((folder() + "/" + name).c_str(), off_t{1} << 40), 0);  // sparse
  const Result<ClaimAnswer> answer = spool.claim(name);
  ASSERT_TRUE(answer.ok());
  EXPECT_NE(answer->damage.find("larger"), std::string::npos);
}

TEST_F(SpoolTest, TheOldestAreGivenUpWhenTheFolderIsFullAndCounted) {
  SpoolLimits limits;
  limits.bytes = 3 * (1000 + 100);
  Spool spool = spool_of(limits);
  for (const char* letter : {"a", "b", "c"}) put(&spool, letter + std::string(999, '.'));
  const Result<GivenUp> gone = spool.put(payload_of(std::string(1000, 'd')));
  ASSERT_TRUE(gone.ok());
  EXPECT_EQ(gone->files, 1U);
  EXPECT_GT(gone->bytes, 1000U);
  const Bodies left = bodies(&spool);
  ASSERT_EQ(left.size(), 3U);
  EXPECT_EQ(left[0][0], 'b');
  EXPECT_LE(spool.survey()->waiting_bytes, limits.bytes);
}

TEST_F(SpoolTest, TheNumberOfFilesIsBoundedToo) {
  SpoolLimits limits;
  limits.files = 2;
  Spool spool = spool_of(limits);
  for (const char* body : {"one", "two", "three"}) put(&spool, body);
  EXPECT_EQ(bodies(&spool), (Bodies{"two", "three"}));
}

TEST_F(SpoolTest, WhatIsBeingSentIsNotGivenUp) {
  SpoolLimits limits;
  limits.files = 1;
  Spool spool = spool_of(limits);
  put(&spool, "one");
  SpoolClaim sending = claim(&spool, names(&spool)[0]);
  put(&spool, "two");
  EXPECT_EQ(spool.survey()->waiting, 2U);
  EXPECT_TRUE(sending.delivered().ok());
  EXPECT_EQ(bodies(&spool), Bodies{"two"});
}

TEST_F(SpoolTest, OldPayloadsAreGivenUpAndCounted) {
  Spool spool = spool_of();
  put(&spool, "old");
  pace_.pass(std::chrono::hours(24 * 7 - 1));
  put(&spool, "young");
  EXPECT_EQ(spool.survey()->waiting, 2U);
  pace_.pass(std::chrono::hours(2));
  GivenUp gone;
  ASSERT_TRUE(spool.waiting(&gone).ok());
  EXPECT_EQ(gone.files, 1U);
  EXPECT_EQ(bodies(&spool), Bodies{"young"});
}

TEST_F(SpoolTest, APayloadFromTheFutureIsKept) {
  Spool spool = spool_of();
  pace_.pass(std::chrono::hours(24 * 365));
  put(&spool, "future");
  FakePace earlier;
  Spool past(folder(), {}, earlier);
  EXPECT_EQ(bodies(&past), Bodies{"future"});
}

TEST_F(SpoolTest, APayloadThatNeverFitsIsAnError) {
  SpoolLimits limits;
  limits.bytes = 1000;
  Spool spool = spool_of(limits);
  put(&spool, "one");
  const Result<GivenUp> refused = spool.put(payload_of(std::string(2000, 'x')));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, collector::kCannotWrite);
  EXPECT_EQ(bodies(&spool), Bodies{"one"});
}

TEST_F(SpoolTest, WhatIsAsideIsBoundedToo) {
  SpoolLimits limits;
  limits.bytes = 3000;
  Spool spool = spool_of(limits);
  for (int count = 0; count < 10; ++count) {
    pace_.pass(std::chrono::milliseconds(1));
    ASSERT_TRUE(spool.put_aside(payload_of(std::string(900, 'x')), "refused").ok());
  }
  ASSERT_TRUE(spool.waiting().ok());
  EXPECT_LE(spool.survey()->set_aside, 3U);
  EXPECT_GE(spool.survey()->set_aside, 2U);
}

TEST_F(SpoolTest, LeftoversOfKilledWritersGoAfterAnHour) {
  Spool spool = spool_of();
  put(&spool, "one");
  char name[64];
  std::snprintf(name, sizeof name, "/.new.%020llu-1-2.payload",
                static_cast<unsigned long long>(pace_.unix_ns()));
  write_text(folder() + name, "half of a payl");
  EXPECT_EQ(bodies(&spool), Bodies{"one"});
  EXPECT_EQ(names_in(folder()).size(), 2U);
  pace_.pass(std::chrono::minutes(61));
  EXPECT_EQ(bodies(&spool), Bodies{"one"});
  EXPECT_EQ(names_in(folder()).size(), 1U);
}

TEST_F(SpoolTest, AFolderThatCannotBeMadeIsAnErrorThatNamesIt) {
  write_text(directory_ / "spool", "a file lies in the way");
  Spool spool = spool_of();
  const Result<GivenUp> refused = spool.put(payload_of("one"));
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message.find(folder()), std::string::npos);
}

// A disk that lets nothing be removed.
class StickyDisk final : public SpoolDisk {
 public:
  Result<void> remove(const std::string& path) override {
    return os_error(collector::kCannotWrite, EACCES, "cannot remove " + path);
  }
};

TEST_F(SpoolTest, ADeliveredPayloadThatCannotBeRemovedIsMarkedAndNeverSentAgain) {
  StickyDisk sticky;
  Spool spool = spool_of({}, sticky);
  put(&spool, "one");
  EXPECT_TRUE(claim(&spool, names(&spool)[0]).delivered().ok());
  EXPECT_EQ(bodies(&spool), Bodies{});
  Spool healthy = spool_of();
  EXPECT_EQ(bodies(&healthy), Bodies{});
  EXPECT_EQ(healthy.survey()->waiting, 0U);  // and removed as soon as that can be done
}

// Lets somebody else have the file between the moment in which it is opened and that in which it is locked.
class SlowDisk final : public SpoolDisk {
 public:
  Result<std::optional<UniqueFd>> open(const std::string& path) override {
    Result<std::optional<UniqueFd>> file = SpoolDisk::open(path);
    if (meanwhile) meanwhile();
    return file;
  }
  std::function<void()> meanwhile;
};

TEST_F(SpoolTest, APayloadThatSomebodyFinishedBetweenOpeningAndLockingIsNotSentAgain) {
  for (const bool aside : {false, true}) {
    SlowDisk slow;
    Spool spool = spool_of({}, slow);
    Spool other = spool_of();
    put(&spool, "one");
    const std::string name = names(&spool)[0];
    slow.meanwhile = [&] {
      SpoolClaim taken = claim(&other, name);
      EXPECT_TRUE((aside ? taken.set_aside("status 400") : taken.delivered()).ok());
    };
    EXPECT_FALSE(spool.claim(name)->claim.has_value());
  }
}

class WatchedDisk final : public SpoolDisk {
 public:
  Result<UniqueFd> create(const std::string& path) override {
    steps += "create ";
    return SpoolDisk::create(path);
  }
  Result<void> write(const UniqueFd& file, std::string_view bytes, const std::string& path) override {
    steps += "write ";
    return SpoolDisk::write(file, bytes, path);
  }
  Result<void> sync(const UniqueFd& file, const std::string& path) override {
    steps += "sync ";
    return SpoolDisk::sync(file, path);
  }
  Result<void> rename(const std::string& from, const std::string& to) override {
    steps += "rename ";
    return SpoolDisk::rename(from, to);
  }
  Result<void> sync_folder(const std::string& path) override {
    steps += "sync-folder ";
    return SpoolDisk::sync_folder(path);
  }
  Result<void> remove(const std::string& path) override {
    steps += "remove ";
    return SpoolDisk::remove(path);
  }
  std::string steps;
};

// No crash of a process shows what a power cut does: the order of steps has to.
TEST_F(SpoolTest, AContentIsDurableBeforeItsNameAndItsNameBeforeThePromise) {
  WatchedDisk disk;
  Spool spool = spool_of({}, disk);
  put(&spool, "one");
  EXPECT_EQ(disk.steps, "create write sync rename sync-folder ");
  disk.steps.clear();
  EXPECT_TRUE(claim(&spool, names(&spool)[0]).delivered().ok());
  EXPECT_EQ(disk.steps, "remove sync-folder ");
}

}  // namespace
}  // namespace alibi::transport

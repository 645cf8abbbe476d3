#include "tracer/recording/file_hashes.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "tests/support/doors.h"
#include "tests/support/temporary_directory.h"

namespace alibi::recording {
namespace {

using model::InputState;
using testing::write_text;

class Hashes : public ::testing::Test {
 protected:
  Hashes() { let_time_pass(); }
  // The clock stands an hour after whatever was written so far: it has settled.
  void let_time_pass() { clock_.now = Clock::real().unix_ns() + 3'600'000'000'000; }
  void let_no_time_pass() { clock_.now = Clock::real().unix_ns(); }

  testing::TemporaryDirectory directory_;
  testing::FailingFiles files_;
  testing::FixedClock clock_;
  FileHashes hashes_{&files_, &clock_};
};

TEST_F(Hashes, OfAFileIsTheHashOfItsContent) {
  write_text(directory_ / "a", "content");
  const Observed observed = hashes_.file(directory_ / "a");
  EXPECT_EQ(observed.state, InputState::kPresent);
  EXPECT_EQ(observed.size, 7u);
  EXPECT_EQ(observed.hash, hash128("content", 7));
}

TEST_F(Hashes, OfAFileLargerThanAChunkIsTheHashOfTheWhole) {
  const std::string content(1'000'003, 'y');
  write_text(directory_ / "a", content);
  EXPECT_EQ(hashes_.file(directory_ / "a").hash, hash128(content.data(), content.size()));
}

TEST_F(Hashes, ReadAFileOnceWhileItStaysTheSame) {
  write_text(directory_ / "a", "content");
  let_time_pass();
  for (int i = 0; i < 5; ++i) hashes_.file(directory_ / "a");
  EXPECT_EQ(files_.contents_read, 1);
}

TEST_F(Hashes, ReadAFileAgainWhenItChanged) {
  write_text(directory_ / "a", "content");
  let_time_pass();
  const Observed before = hashes_.file(directory_ / "a");
  write_text(directory_ / "a", "CONTENT");
  let_time_pass();
  EXPECT_NE(hashes_.file(directory_ / "a").hash, before.hash);
}

TEST_F(Hashes, DoNotTrustTimeStampsThatAreFresh) {
  write_text(directory_ / "a", "content");
  let_no_time_pass();
  hashes_.file(directory_ / "a");
  hashes_.file(directory_ / "a");
  EXPECT_EQ(files_.contents_read, 2);
}

TEST_F(Hashes, TellAbsentFilesFromThoseThatCannotBeHashed) {
  write_text(directory_ / "a", "");
  EXPECT_EQ(hashes_.file(directory_ / "none").state, InputState::kAbsent);
  EXPECT_EQ(hashes_.file(directory_ / "a/below").state, InputState::kAbsent);
  EXPECT_EQ(hashes_.file(directory_.path()).state, InputState::kOther);
  EXPECT_EQ(hashes_.file("/dev/zero").state, InputState::kOther);
  EXPECT_EQ(hashes_.file(directory_ / std::string(300, 'x')).state, InputState::kOther);
  EXPECT_EQ(files_.contents_read, 0);
}

TEST_F(Hashes, NeverOpenAPipe) {
  ASSERT_EQ(::mkfifo((directory_ / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(hashes_.file(directory_ / "pipe").state, InputState::kOther);
  EXPECT_EQ(files_.contents_read, 0);
}

TEST_F(Hashes, DoNotHashWhatTheKernelMakesUp) {
  EXPECT_EQ(hashes_.file("/proc/self/status").state, InputState::kOther);
  EXPECT_EQ(hashes_.file("/proc/meminfo").state, InputState::kOther);
}

TEST_F(Hashes, DoNotReadAFileWithoutReasonableEnd) {
  write_text(directory_ / "sparse", "");
  std::filesystem::resize_file(directory_ / "sparse", FileHashes::kLargestContent + 1);
  EXPECT_EQ(hashes_.file(directory_ / "sparse").state, InputState::kOther);
}

TEST_F(Hashes, OfADirectoryChangesWithItsNamesOnly) {
  std::filesystem::create_directory(directory_ / "d");
  write_text(directory_ / "d/b", "1");
  write_text(directory_ / "d/a", "2");
  let_time_pass();
  const Observed first = hashes_.directory(directory_ / "d");
  EXPECT_EQ(first.state, InputState::kPresent);
  write_text(directory_ / "d/a", "another content");
  let_time_pass();
  EXPECT_EQ(hashes_.directory(directory_ / "d").hash, first.hash);
  write_text(directory_ / "d/c", "");
  let_time_pass();
  EXPECT_NE(hashes_.directory(directory_ / "d").hash, first.hash);
  std::filesystem::remove(directory_ / "d/c");
  let_time_pass();
  EXPECT_EQ(hashes_.directory(directory_ / "d").hash, first.hash);
}

TEST_F(Hashes, OfADirectoryDoesNotCountWhatToolsLeaveThere) {
  std::filesystem::create_directory(directory_ / "d");
  write_text(directory_ / "d/a", "");
  let_time_pass();
  const Observed before = hashes_.directory(directory_ / "d");
  for (const char* name : {"__pycache__", ".pytest_cache", ".alibi", ".git"}) {
    std::filesystem::create_directory(directory_ / ("d/" + std::string(name)));
  }
  let_time_pass();
  EXPECT_EQ(hashes_.directory(directory_ / "d").hash, before.hash);
}

TEST_F(Hashes, OfADirectoryOfToolsDoNotCountWhatIsInIt) {
  for (const char* name : {"__pycache__", ".pytest_cache/v", ".alibi/evidence"}) {
    const std::string folder = directory_ / ("d/" + std::string(name));
    std::filesystem::create_directories(folder);
    let_time_pass();
    const Observed before = hashes_.directory(folder);
    EXPECT_EQ(before.state, InputState::kPresent);
    write_text(folder + "/more", "");
    let_time_pass();
    EXPECT_EQ(hashes_.directory(folder).hash, before.hash);
    std::filesystem::remove_all(folder);  // such as the session's own folder when it has ended
    EXPECT_EQ(hashes_.directory(folder).state, InputState::kPresent);
  }
  std::filesystem::create_directories(directory_ / "d/.git/tags");
  let_time_pass();
  const Observed before = hashes_.directory(directory_ / "d/.git/tags");
  write_text(directory_ / "d/.git/tags/v1", "");
  let_time_pass();
  EXPECT_NE(hashes_.directory(directory_ / "d/.git/tags").hash, before.hash);
}

TEST_F(Hashes, OfADirectoryTellWhatWasFoundThere) {
  const std::string folder = directory_ / "d";
  std::filesystem::create_directory(folder);
  write_text(folder + "/kept", "");
  write_text(folder + "/removed", "");
  write_text(folder + "/replaced", "");
  let_time_pass();
  const Hash128 before = hashes_.directory(folder).hash;
  TouchedPaths touched;
  EXPECT_FALSE(hashes_.directory_as_found(folder, before, touched));
  write_text(folder + "/made", "");
  touched.note(folder + "/made", TouchedPaths::Before::kAbsent);
  touched.note(folder + "/replaced", TouchedPaths::Before::kThere);
  std::filesystem::remove(folder + "/removed");
  touched.note(folder + "/removed", TouchedPaths::Before::kThere);
  let_time_pass();
  const Hash128 now = hashes_.directory(folder).hash;
  EXPECT_NE(now, before);
  EXPECT_EQ(hashes_.directory_as_found(folder, now, touched), before);
}

TEST_F(Hashes, OfADirectoryCountWhatIsMadeAgainAsFound) {
  const std::string folder = directory_ / "d";
  std::filesystem::create_directory(folder);
  write_text(folder + "/again", "");
  TouchedPaths touched;
  touched.note(folder + "/again", TouchedPaths::Before::kThere);
  touched.note(folder + "/again", TouchedPaths::Before::kAbsent);
  EXPECT_FALSE(hashes_.directory_as_found(folder, hashes_.directory(folder).hash, touched));
}

TEST_F(Hashes, OfADirectoryTellNothingOfOneThatTheSessionMade) {
  const std::string folder = directory_ / "d";
  std::filesystem::create_directory(folder);
  write_text(folder + "/made", "");
  TouchedPaths touched;
  touched.note(folder, TouchedPaths::Before::kAbsent);
  touched.note(folder + "/made", TouchedPaths::Before::kAbsent);
  EXPECT_FALSE(hashes_.directory_as_found(folder, hashes_.directory(folder).hash, touched));
}

TEST_F(Hashes, OfADirectoryTellNothingOfOneThatChangesMeanwhile) {
  const std::string folder = directory_ / "d";
  std::filesystem::create_directory(folder);
  write_text(folder + "/made", "");
  TouchedPaths touched;
  touched.note(folder + "/made", TouchedPaths::Before::kAbsent);
  const Hash128 now = hashes_.directory(folder).hash;
  write_text(folder + "/by somebody", "");
  EXPECT_FALSE(hashes_.directory_as_found(folder, now, touched));
}

TEST_F(Hashes, OfADirectoryKeepsNamesApart) {
  std::filesystem::create_directories(directory_ / "one/ab");
  std::filesystem::create_directories(directory_ / "two/a");
  std::filesystem::create_directories(directory_ / "two/b");
  EXPECT_NE(hashes_.directory(directory_ / "one").hash, hashes_.directory(directory_ / "two").hash);
}

TEST_F(Hashes, OfADirectoryTellAbsentFromOther) {
  write_text(directory_ / "a", "");
  EXPECT_EQ(hashes_.directory(directory_ / "none").state, InputState::kAbsent);
  EXPECT_EQ(hashes_.directory(directory_ / "a").state, InputState::kOther);
}

}  // namespace
}  // namespace alibi::recording

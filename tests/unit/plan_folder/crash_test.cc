// A process that writes plans in a loop is killed at seeded random instants. Whoever reads, meanwhile and
// afterwards, finds one of its plans whole, and what another tool keeps in the folder is never lost.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <random>

#include "collector/plan_folder/folder_disk.h"
#include "collector/plan_folder/plan_json.h"
#include "tests/support/temporary_directory.h"
#include "tests/unit/plan_folder/example_plan.h"

namespace alibi::plan_folder {
namespace {

using namespace testing;  // NOLINT: the example

constexpr int kKills = 120;

// Syncs matter to a power cut only, and would leave the disk no time for anything else.
struct FastDisk : FolderDisk {
  bool exchanges = true;
  bool links = true;
  int sync(const std::string&) const override { return 0; }
  int exchange(const std::string& a, const std::string& b) const override {
    return exchanges ? FolderDisk::exchange(a, b) : EINVAL;
  }
  // Stays for a while where there is no folder of the name.
  int rename(const std::string& from, const std::string& to) const override {
    const int error = FolderDisk::rename(from, to);
    if (!exchanges) ::usleep(300);
    return error;
  }
  int link(const std::string& a, const std::string& b) const override {
    return links ? FolderDisk::link(a, b) : EPERM;
  }
};

[[noreturn]] void write_for_ever(const std::string& folder, const FolderDisk& disk, size_t start) {
  const PlannedRun plans[] = {example_plan(), divided_plan()};
  for (size_t i = start;; ++i) {
    if (!write_plan(folder, plans[i % 2], disk)) ::_exit(1);
  }
}

struct Seen {
  int first = 0;
  int second = 0;
};

void read_whole(const std::string& folder, Seen* seen) {
  static const std::string first = render_plan_json(example_plan());
  static const std::string second = render_plan_json(divided_plan());
  ASSERT_TRUE(has_plan(folder));
  const Result<PlannedRun> read = read_plan(folder);
  ASSERT_TRUE(read) << read.error().message;
  const std::string json = render_plan_json(*read);
  seen->first += json == first ? 1 : 0;
  seen->second += json == second ? 1 : 0;
  ASSERT_TRUE(json == first || json == second);
}

void kill_writers(const FastDisk& disk) {
  std::mt19937_64 random(20261123);
  Seen seen;
  const alibi::testing::TemporaryDirectory directory;
  const std::string folder = directory / kFolder;
  ASSERT_TRUE(write_plan(folder, example_plan(), disk));
  std::filesystem::create_directory(folder + "/tests-discovery");
  alibi::testing::write_text(folder + "/tests-discovery/tests.json", "kept");
  for (int kill = 0; kill < kKills && !::testing::Test::HasFailure(); ++kill) {
    const auto delay = static_cast<useconds_t>(random() % (kill % 3 == 0 ? 3'000 : 30'000));
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) write_for_ever(folder, disk, static_cast<size_t>(kill));
    if (kill % 2 == 0) read_whole(folder, &seen);
    ::usleep(delay);
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the writing process ended by itself: " << WEXITSTATUS(status);
    SCOPED_TRACE("kill " + std::to_string(kill) + " after " + std::to_string(delay) + " us");
    if (disk.exchanges && disk.links) {  // then it is never away, not even for an instant
      ASSERT_TRUE(std::filesystem::exists(folder + "/tests-discovery/tests.json"));
    }
    read_whole(folder, &seen);
  }
  EXPECT_GT(seen.first, 5);
  EXPECT_GT(seen.second, 5);
  ASSERT_TRUE(write_plan(folder, divided_plan(), disk));  // clears up after the last
  EXPECT_EQ(alibi::testing::names_in(directory.path()), (std::vector<std::string>{kFolder}));
  EXPECT_EQ(alibi::testing::read_bytes(folder + "/tests-discovery/tests.json").size(), 4u);
}

TEST(PlanFolderCrash, LeavesAWholePlanAtAnyInstant) {
  kill_writers(FastDisk());
}

TEST(PlanFolderCrash, LeavesAWholePlanWhereNamesCannotBeExchanged) {
  FastDisk disk;
  disk.exchanges = false;
  kill_writers(disk);
}

TEST(PlanFolderCrash, LosesNothingOfOthersWhereFilesCannotBeLinked) {
  FastDisk disk;
  disk.links = false;
  kill_writers(disk);
}

}  // namespace
}  // namespace alibi::plan_folder

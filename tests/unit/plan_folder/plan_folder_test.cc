// The folder on the disk: written whole, carried over, read with suspicion.
#include "collector/plan_folder/plan_folder.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <functional>

#include "collector/model/plan_errors.h"
#include "collector/plan_folder/folder_disk.h"
#include "collector/plan_folder/plan_json.h"
#include "tests/support/child_process.h"
#include "tests/support/mounts.h"
#include "tests/support/temporary_directory.h"
#include "tests/unit/plan_folder/example_plan.h"

namespace alibi::plan_folder {
namespace {

using namespace testing;  // NOLINT: the example
using alibi::testing::names_in;
using alibi::testing::TemporaryDirectory;
namespace fs = std::filesystem;

// Every file of a folder by its path, symbolic links by "-> target".
std::map<std::string, std::string> content(const std::string& folder) {
  std::map<std::string, std::string> files;
  if (!fs::exists(folder)) return files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string path = fs::relative(entry.path(), folder).string();
    if (entry.is_symlink()) {
      files[path] = "-> " + fs::read_symlink(entry.path()).string();
    } else if (entry.is_regular_file()) {
      const std::vector<std::byte> bytes = alibi::testing::read_bytes(entry.path().string());
      files[path] = {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    }
  }
  return files;
}

std::map<std::string, std::string> rendered(const PlannedRun& planned) {
  return texts_of(planned);
}

void write(const std::string& path, const std::string& text) {
  fs::create_directories(fs::path(path).parent_path());
  alibi::testing::write_text(path, text);
}

// Fails at one operation with one error, or lacks what some file systems lack.
class FaultyDisk : public FolderDisk {
 public:
  int fail_at = -1;
  int error = ENOSPC;
  bool exchanges = true;
  bool links = true;
  mutable int operations = 0;
  mutable std::string failed;

  int make_directory(const std::string& path) const override {
    return faulty(path) ? error : FolderDisk::make_directory(path);
  }
  int write(const std::string& path, std::string_view bytes) const override {
    if (!faulty(path)) return FolderDisk::write(path, bytes);
    FolderDisk::write(path, bytes.substr(0, bytes.size() / 2));
    return error;
  }
  // Really synced once, in WrittenAndReadBack: it takes long.
  int sync(const std::string& path) const override { return faulty(path) ? error : 0; }
  int exchange(const std::string& a, const std::string& b) const override {
    if (!exchanges) return EINVAL;
    return faulty(a) ? error : FolderDisk::exchange(a, b);
  }
  int rename(const std::string& from, const std::string& to) const override {
    return faulty(from) ? error : FolderDisk::rename(from, to);
  }
  int link(const std::string& from, const std::string& to) const override {
    return links ? FolderDisk::link(from, to) : EPERM;
  }

 private:
  bool faulty(const std::string& path) const {
    if (operations++ != fail_at) return false;
    failed = path;
    return true;
  }
};

Result<void> write_fast(const std::string& folder, const PlannedRun& planned) {
  return write_plan(folder, planned, FaultyDisk());
}

TEST(PlanFolder, IsWrittenAndReadBack) {
  const TemporaryDirectory directory;
  const std::string folder = directory / kFolder;
  EXPECT_FALSE(has_plan(folder));
  const Result<void> written = write_plan(folder, example_plan());
  ASSERT_TRUE(written) << written.error().message;
  EXPECT_TRUE(has_plan(folder));
  EXPECT_EQ(content(folder), rendered(example_plan()));
  const Result<PlannedRun> read = read_plan(folder);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(render_plan_json(*read), render_plan_json(example_plan()));
  EXPECT_EQ(names_in(directory.path()), (std::vector<std::string>{kFolder}));
}

TEST(PlanFolder, IsMadeWithTheFoldersAboveIt) {
  const TemporaryDirectory directory;
  ASSERT_TRUE(write_fast(directory / "a/b/.testoptimization", divided_plan()));
  const Result<PlannedRun> read = read_plan(directory / "a/b/.testoptimization");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->plan.nodes[0].workers[1].units, (std::vector<size_t>{2, 3}));
}

TEST(PlanFolder, HasNoListsOfTheLargerPlanBefore) {
  const TemporaryDirectory directory;
  const std::string folder = directory / kFolder;
  PlannedRun large;
  for (int i = 0; i < 8; ++i) large.plan.units.push_back(unit("t" + std::to_string(i), 1000));
  for (size_t i = 0; i < 8; ++i) large.plan.nodes.push_back(node(large.plan, {i}));
  large.github_matrix = "matrix=x";
  large.http_cache = {{"known_tests.json", "{}"}};
  ASSERT_TRUE(write_fast(folder, large));
  PlannedRun small = example_plan();
  small.github_matrix = "";
  small.http_cache.clear();
  ASSERT_TRUE(write_fast(folder, small));
  EXPECT_EQ(content(folder), rendered(small));
  PlannedRun nothing;
  ASSERT_TRUE(write_fast(folder, nothing));
  EXPECT_TRUE(fs::is_directory(folder + "/runner/tests-split"));
  EXPECT_TRUE(fs::is_empty(folder + "/runner/tests-split"));
}

TEST(PlanFolder, CarriesOverWhatIsNotThePlans) {
  const TemporaryDirectory directory;
  const std::string folder = directory / kFolder;
  write(folder + "/tests-discovery/tests.json", "{}\n");
  write(folder + "/cache/other/deep/er/file", "kept");
  write(folder + "/cache/http/settings.json", "stale");
  write(folder + "/github/more", "kept, too");
  write(folder + "/github/config", "stale");
  write(folder + "/runner/old-file", "stale");
  write(folder + "/runner/tests-split/runner-7", "stale");
  fs::create_symlink("/nowhere", folder + "/link");
  fs::create_directory(folder + "/empty");
  ASSERT_TRUE(write_fast(folder, divided_plan()));
  std::map<std::string, std::string> wanted = rendered(divided_plan());
  wanted["tests-discovery/tests.json"] = "{}\n";
  wanted["cache/other/deep/er/file"] = "kept";
  wanted["github/more"] = "kept, too";
  wanted["link"] = "-> /nowhere";
  EXPECT_EQ(content(folder), wanted);
  EXPECT_TRUE(fs::is_directory(folder + "/empty"));
}

TEST(PlanFolder, IsReplacedWhereALinkLeads) {
  const TemporaryDirectory directory;
  fs::create_directory(directory / "real");
  fs::create_symlink("real", directory / kFolder);
  ASSERT_TRUE(write_fast(directory / kFolder, example_plan()));
  EXPECT_TRUE(fs::is_symlink(directory / kFolder));
  EXPECT_EQ(content(directory / "real"), rendered(example_plan()));
}

TEST(PlanFolder, IsAsItWasWhenTheDiskIsFullAtAnyMoment) {
  for (const bool exchanges : {true, false}) {
    for (int fail_at = 0;; ++fail_at) {
      const TemporaryDirectory directory;
      const std::string folder = directory / kFolder;
      ASSERT_TRUE(write_fast(folder, example_plan()));
      const std::map<std::string, std::string> before = content(folder);
      FaultyDisk disk;
      disk.fail_at = fail_at;
      disk.exchanges = exchanges;
      const Result<void> written = write_plan(folder, divided_plan(), disk);
      if (disk.failed.empty()) {
        EXPECT_TRUE(written);
        EXPECT_GT(fail_at, 30);
        break;
      }
      SCOPED_TRACE(disk.failed);
      EXPECT_EQ(names_in(directory.path()), (std::vector<std::string>{kFolder}));
      if (written) continue;  // the sync of the folder above: the plan is there, only less durable
      EXPECT_EQ(content(folder), before);
      EXPECT_EQ(written.error().os_error, ENOSPC);
      EXPECT_NE(written.error().message.find("No space left"), std::string::npos) << written.error().message;
    }
  }
}

TEST(PlanFolder, NamesTheFileThatCannotBeWrittenByItsCode) {
  const std::map<std::string, ErrorCode> codes = {
      {kManifest, collector::kPlanManifestWrite},
      {kDurations, collector::kPlanCacheWrite},
      {kPlanJson, collector::kPlanCacheWrite},
      {kTestFiles, collector::kPlanTestFilesWrite},
      {kPercentage, collector::kPlanPercentageWrite},
      {kRunners, collector::kPlanRunnersWrite},
      {"runner/tests-split/runner-1", collector::kPlanSplitsWrite}};
  for (const auto& [path, code] : codes) {
    struct OneFile : FolderDisk {
      std::string path;
      int sync(const std::string&) const override { return 0; }
      int write(const std::string& file, std::string_view bytes) const override {
        return file.ends_with(path) ? EDQUOT : FolderDisk::write(file, bytes);
      }
    } disk;
    disk.path = path;
    const TemporaryDirectory directory;
    const Result<void> written = write_plan(directory / kFolder, example_plan(), disk);
    ASSERT_FALSE(written) << path;
    EXPECT_EQ(written.error().code, code) << path;
    EXPECT_NE(written.error().message.find(path), std::string::npos) << written.error().message;
    EXPECT_TRUE(names_in(directory.path()).empty());
  }
}

TEST(PlanFolder, IsReplacedWithoutExchangeAndWithoutHardLinks) {
  const TemporaryDirectory directory;
  const std::string folder = directory / kFolder;
  ASSERT_TRUE(write_fast(folder, example_plan()));
  write(folder + "/tests-discovery/tests.json", "{}\n");
  FaultyDisk disk;
  disk.exchanges = false;
  disk.links = false;
  ASSERT_TRUE(write_plan(folder, divided_plan(), disk));
  std::map<std::string, std::string> wanted = rendered(divided_plan());
  wanted["tests-discovery/tests.json"] = "{}\n";
  EXPECT_EQ(content(folder), wanted);
  EXPECT_EQ(names_in(directory.path()), (std::vector<std::string>{kFolder}));
}

// A folder that cannot change its name, as one that is mounted.
class FixedDisk : public FaultyDisk {
 public:
  std::string folder;
  bool above_is_writable = true;

  int make_directory(const std::string& path) const override {
    if (!above_is_writable && path.starts_with(folder + ".")) return EACCES;
    return FaultyDisk::make_directory(path);
  }
  int exchange(const std::string& a, const std::string& b) const override {
    return b == folder ? EBUSY : FaultyDisk::exchange(a, b);
  }
  int rename(const std::string& from, const std::string& to) const override {
    return from == folder || to == folder ? EBUSY : FaultyDisk::rename(from, to);
  }
};

TEST(PlanFolder, IsReplacedFromInsideWhereItCannotChangeItsName) {
  for (const bool above_is_writable : {true, false}) {
    for (const bool exchanges : {true, false}) {
      const TemporaryDirectory directory;
      FixedDisk disk;
      disk.folder = directory / kFolder;
      disk.above_is_writable = above_is_writable;
      disk.exchanges = exchanges;
      ASSERT_TRUE(write_fast(disk.folder, example_plan()));
      write(disk.folder + "/tests-discovery/tests.json", "{}\n");
      write(disk.folder + "/runner/tests-split/runner-7", "stale");
      write(disk.folder + "/cache/http/known_tests.json", "stale");
      write(disk.folder + "/.new.1-2/left", "over");
      PlannedRun planned = divided_plan();
      planned.github_matrix = "";
      const Result<void> written = write_plan(disk.folder, planned, disk);
      ASSERT_TRUE(written) << written.error().message;
      std::map<std::string, std::string> wanted = rendered(planned);
      wanted["tests-discovery/tests.json"] = "{}\n";
      EXPECT_EQ(content(disk.folder), wanted);
      EXPECT_EQ(names_in(directory.path()), (std::vector<std::string>{kFolder}));
      EXPECT_TRUE(read_plan(disk.folder));
    }
  }
}

TEST(PlanFolder, KeepsItsPlanWhenTheDiskIsFullFromInside) {
  for (int fail_at = 0;; ++fail_at) {
    const TemporaryDirectory directory;
    FixedDisk disk;
    disk.folder = directory / kFolder;
    disk.above_is_writable = false;
    disk.fail_at = fail_at;
    ASSERT_TRUE(write_fast(disk.folder, example_plan()));
    const Result<void> written = write_plan(disk.folder, divided_plan(), disk);
    if (disk.failed.empty()) break;
    const Result<PlannedRun> read = read_plan(disk.folder);
    ASSERT_TRUE(read) << disk.failed << ": " << read.error().message;
    const PlannedRun& wanted = written ? divided_plan() : example_plan();
    EXPECT_EQ(render_plan_json(*read), render_plan_json(wanted)) << disk.failed;
  }
}

TEST(PlanFolder, IsWrittenOnAMountAndSurvivesItsBeingFull) {
  if (!alibi::testing::mounts_are_possible()) GTEST_SKIP() << "only root can mount";
  const TemporaryDirectory directory;
  const std::string folder = directory / kFolder;
  fs::create_directory(folder);
  const int status = alibi::testing::run_in_child([&] {
    if (!alibi::testing::mount_small(folder, 256 << 10)) return 2;
    if (!write_fast(folder, example_plan()) || !write_fast(folder, divided_plan())) return 3;
    PlannedRun large = example_plan();
    large.http_cache["settings.json"] = std::string(300 << 10, 'x');
    const Result<void> written = write_fast(folder, large);
    if (written || written.error().os_error != ENOSPC) return 4;
    if (written.error().code != collector::kPlanCacheWrite) return 5;
    const Result<PlannedRun> read = read_plan(folder);
    return read && render_plan_json(*read) == render_plan_json(divided_plan()) ? 0 : 6;
  });
  EXPECT_EQ(status, 0);
}

TEST(PlanFolder, IsFoundWhereACrashBetweenTwoRenamesLeftIt) {
  const TemporaryDirectory directory;
  const std::string folder = directory / kFolder;
  ASSERT_TRUE(write_fast(folder, example_plan()));
  write(folder + "/tests-discovery/tests.json", "{}\n");
  fs::rename(folder, folder + ".old.12-34");
  write(folder + ".new.12-35/runner/parallel-runners.txt", "9");  // unfinished
  EXPECT_TRUE(has_plan(folder));
  const Result<PlannedRun> read = read_plan(folder);
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_TRUE(write_fast(folder, divided_plan()));
  std::map<std::string, std::string> wanted = rendered(divided_plan());
  wanted["tests-discovery/tests.json"] = "{}\n";
  EXPECT_EQ(content(folder), wanted);
  EXPECT_EQ(names_in(directory.path()), (std::vector<std::string>{kFolder}));
}

TEST(PlanFolder, LeavesFoldersAloneThatOnlyLookLikeItsOwn) {
  const TemporaryDirectory directory;
  for (const char* name : {".testoptimization.new.mine", ".testoptimization.old.", ".testoptimization.new"}) {
    write(directory / (std::string(name) + "/file"), "kept");
  }
  write(directory / ".testoptimization.new.1-2", "a file");
  ASSERT_TRUE(write_fast(directory / kFolder, example_plan()));
  EXPECT_EQ(names_in(directory.path()).size(), 5u);
}

TEST(PlanFolder, NeverTakesThePlaceOfAFile) {
  const TemporaryDirectory directory;
  write(directory / kFolder, "somebody's");
  const Result<void> written = write_fast(directory / kFolder, example_plan());
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().os_error, ENOTDIR);
  EXPECT_EQ(names_in(directory.path()), (std::vector<std::string>{kFolder}));
  EXPECT_TRUE(fs::is_regular_file(directory / kFolder));
}

TEST(PlanFolder, KeepsWhoMayReadIt) {
  const TemporaryDirectory directory;
  ASSERT_TRUE(write_fast(directory / kFolder, example_plan()));
  fs::permissions(directory / kFolder, fs::perms::owner_all);
  ASSERT_TRUE(write_fast(directory / kFolder, divided_plan()));
  EXPECT_EQ(fs::status(directory / kFolder).permissions(), fs::perms::owner_all);
}

TEST(PlanFolder, IsNotWrittenWhenThePlanLosesATest) {
  const TemporaryDirectory directory;
  PlannedRun lost = example_plan();
  lost.plan.nodes.pop_back();
  const Result<void> written = write_fast(directory / kFolder, lost);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, collector::kPlanSplitsWrite);
  PlannedRun outside = example_plan();
  outside.http_cache["../../x"] = "{}";
  EXPECT_FALSE(write_fast(directory / kFolder, outside));
  EXPECT_TRUE(names_in(directory.path()).empty());
}

TEST(ReadPlan, SaysThatThereIsNone) {
  const TemporaryDirectory directory;
  const Result<PlannedRun> read = read_plan(directory / kFolder);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, collector::kRunPlanLoad);
  EXPECT_NE(read.error().message.find("run alibi plan first"), std::string::npos);
  write(directory / kFolder, "a file");
  EXPECT_EQ(read_plan(directory / kFolder).error().code, collector::kRunPlanStatus);
}

// Of a folder with one file changed: the code and the file's name.
void expect_broken(const PlannedRun& planned, const std::string& path, const std::string& text,
                   ErrorCode code) {
  const TemporaryDirectory directory;
  const std::string folder = directory / kFolder;
  ASSERT_TRUE(write_fast(folder, planned));
  if (text == "(gone)") {
    fs::remove(folder + "/" + path);
  } else {
    write(folder + "/" + path, text);
  }
  const Result<PlannedRun> read = read_plan(folder);
  ASSERT_FALSE(read) << path << ": " << text;
  EXPECT_EQ(read.error().code, code) << read.error().message;
  EXPECT_NE(read.error().message.find(folder + "/" + path + ": "), std::string::npos) << read.error().message;
}

TEST(ReadPlan, NamesTheFileThatSomebodyChanged) {
  const PlannedRun planned = example_plan();
  expect_broken(planned, kManifest, "2\n", collector::kRunPlanLoad);
  expect_broken(planned, kManifest, "(gone)", collector::kRunPlanLoad);
  expect_broken(planned, kPlanJson, "{", collector::kRunPlanLoad);
  expect_broken(planned, kPlanJson, "[]", collector::kRunPlanLoad);
  expect_broken(planned, kPlanJson, "{\"version\": 2}", collector::kRunPlanLoad);
  expect_broken(planned, kTestFiles, "spec/a_spec.rb\n", collector::kRunSequentialRead);
  expect_broken(planned, kRunners, "3", collector::kRunRunnersRead);
  expect_broken(planned, kRunners, "(gone)", collector::kRunRunnersRead);
  expect_broken(planned, "runner/tests-split/runner-1", "spec/b_spec.rb\n", collector::kRunNodeRead);
  expect_broken(planned, "runner/tests-split/runner-1", "(gone)", collector::kRunNodeRead);
  expect_broken(planned, "runner/tests-split/runner-2", "spec/b_spec.rb\n", collector::kRunSplitsRead);
  expect_broken(planned, kPercentage, "100.00", collector::kRunPlanLoad);
}

TEST(ReadPlan, DoesNotWaitForAPipeThatLiesWhereAFileShould) {
  const TemporaryDirectory directory;
  const std::string folder = directory / kFolder;
  ASSERT_TRUE(write_fast(folder, example_plan()));
  fs::remove(folder + "/" + kPlanJson);
  ASSERT_EQ(::mkfifo((folder + "/" + kPlanJson).c_str(), 0600), 0);
  const Result<PlannedRun> read = read_plan(folder);
  ASSERT_FALSE(read);
  EXPECT_NE(read.error().message.find("not a regular file"), std::string::npos) << read.error().message;
}

}  // namespace
}  // namespace alibi::plan_folder

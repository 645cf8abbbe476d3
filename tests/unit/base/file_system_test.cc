#include "tracer/base/file_system.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "tests/support/child_process.h"
#include "tests/support/temporary_directory.h"

namespace alibi {
namespace {

using testing::run_in_child;
using testing::TemporaryDirectory;
using testing::write_text;

const FileSystem& files() {
  return FileSystem::real();
}

TEST(FileSystem, WhatIsStoredInAMappingIsInTheFile) {
  const TemporaryDirectory directory;
  auto file = files().create(directory / "a");
  ASSERT_TRUE(file.ok());
  ASSERT_TRUE(files().allocate(*file, 0, 8192).ok());
  {
    auto mapped = files().map(*file, 4096, 4096);
    ASSERT_TRUE(mapped.ok());
    std::memcpy(mapped->bytes(), "hello", 5);
  }
  const auto bytes = testing::read_bytes(directory / "a");
  ASSERT_EQ(bytes.size(), 8192u);
  EXPECT_EQ(std::memcmp(bytes.data() + 4096, "hello", 5), 0);
}

TEST(FileSystem, ANewFileBelongsToItsOwnerWhateverTheUmask) {
  const TemporaryDirectory directory;
  const mode_t before = ::umask(0777);
  const bool made = files().create(directory / "a").ok();
  ::umask(before);
  ASSERT_TRUE(made);
  struct stat status {};
  ASSERT_EQ(::stat((directory / "a").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777u, 0600u);
  EXPECT_TRUE(files().open_to_write(directory / "a").ok());
}

TEST(FileSystem, CreatesOnlyWhatIsNotThere) {
  const TemporaryDirectory directory;
  write_text(directory / "a", "x");
  const auto again = files().create(directory / "a");
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().os_error, EEXIST);
}

TEST(FileSystem, WritesThroughNoSymlink) {
  const TemporaryDirectory directory;
  write_text(directory / "target", "x");
  ASSERT_EQ(::symlink("target", (directory / "link").c_str()), 0);
  EXPECT_FALSE(files().open_to_write(directory / "link").ok());
}

TEST(FileSystem, NeverTakesTheDescriptorsOfClosedStandardStreams) {
  const TemporaryDirectory directory;
  write_text(directory / "a", "x");
  EXPECT_EQ(run_in_child([&] {
              for (int fd = 0; fd < 3; ++fd) ::close(fd);
              const auto written = files().create(directory / "b");
              const auto read = files().open_to_read(directory / "a");
              if (!written.ok() || !read.ok()) return 1;
              const bool closes_on_exec = (::fcntl(written->fd(), F_GETFD) & FD_CLOEXEC) != 0;
              return written->fd() > 2 && read->fd() > 2 && closes_on_exec ? 0 : 2;
            }),
            0);
}

TEST(FileSystem, ALimitOnFileSizesIsAnErrorAndNoSignal) {
  const TemporaryDirectory directory;
  EXPECT_EQ(run_in_child([&] {
              const rlimit limit{8192, 8192};
              ::setrlimit(RLIMIT_FSIZE, &limit);  // SIGXFSZ keeps its default: it would end this process
              auto file = files().create(directory / "a");
              if (!file.ok() || !files().allocate(*file, 0, 8192).ok()) return 1;
              const auto grown = files().allocate(*file, 8192, 4096);
              return !grown.ok() && grown.error().code == ErrorCode::kDiskFull &&
                             grown.error().os_error == EFBIG
                         ? 0
                         : 2;
            }),
            0);
}

TEST(FileSystem, MakesDirectoriesAboveAndAcceptsExistingOnes) {
  const TemporaryDirectory directory;
  EXPECT_TRUE(files().make_directories(directory / "a/b/c").ok());
  EXPECT_TRUE(files().make_directories(directory / "a/b/c/").ok());
  EXPECT_EQ(testing::names_in(directory / "a/b"), (std::vector<std::string>{"c"}));
}

TEST(FileSystem, SaysWhichDirectoryCannotBeMade) {
  const TemporaryDirectory directory;
  write_text(directory / "file", "x");
  const auto below = files().make_directories(directory / "file/below");
  ASSERT_FALSE(below.ok());
  EXPECT_NE(below.error().message.find("file"), std::string::npos);
  EXPECT_FALSE(files().make_directories(directory / "file").ok());
}

// UBSan's check of the object's type wants a pipe, and there is no descriptor for one.
__attribute__((no_sanitize("undefined"))) int mark_without_descriptors(const std::string& path) {
  const FileSystem& system = files();
  const rlimit none{3, 3};
  ::setrlimit(RLIMIT_NOFILE, &none);
  return system.mark(path) ? 0 : 1;
}

TEST(FileSystem, MarksWithoutADescriptor) {
  const TemporaryDirectory directory;
  EXPECT_EQ(run_in_child([&] { return mark_without_descriptors(directory / "mark"); }), 0);
  EXPECT_EQ(testing::names_in(directory.path()), (std::vector<std::string>{"mark"}));
}

TEST(FileSystem, TellsFilesFromDirectoriesAndTheRest) {
  const TemporaryDirectory directory;
  write_text(directory / "a", "12345");
  ASSERT_EQ(::mkfifo((directory / "pipe").c_str(), 0600), 0);
  const auto regular = files().status(directory / "a");
  ASSERT_TRUE(regular.ok());
  EXPECT_EQ(regular->type, FileType::kRegular);
  EXPECT_EQ(regular->size, 5u);
  EXPECT_EQ(files().status(directory.path())->type, FileType::kDirectory);
  EXPECT_EQ(files().status(directory / "pipe")->type, FileType::kOther);
  EXPECT_EQ(files().status(directory / "none").error().os_error, ENOENT);
}

TEST(FileSystem, DoesNotBlockOnAPipeNobodyWritesTo) {
  const TemporaryDirectory directory;
  ASSERT_EQ(::mkfifo((directory / "pipe").c_str(), 0600), 0);
  EXPECT_TRUE(files().open_to_read(directory / "pipe").ok());
}

TEST(FileSystem, KnowsContentThatTheKernelMakesUp) {
  const TemporaryDirectory directory;
  write_text(directory / "a", "x");
  EXPECT_FALSE(files().is_synthetic(*files().open_to_read(directory / "a")));
  EXPECT_TRUE(files().is_synthetic(*files().open_to_read("/proc/self/stat")));
}

TEST(FileSystem, ListsNamesInOrder) {
  const TemporaryDirectory directory;
  for (const char* name : {"b", "a", ".c"}) write_text(directory / name, "");
  EXPECT_EQ(*files().names_in(directory.path()), (std::vector<std::string>{".c", "a", "b"}));
  EXPECT_FALSE(files().names_in(directory / "none").ok());
}

TEST(FileSystem, RelativePathsStartAtTheWorkingDirectory) {
  const TemporaryDirectory directory;
  EXPECT_EQ(run_in_child([&] {
              if (::chdir(directory.path().c_str()) != 0) return 1;
              return *files().absolute("x/y") == directory / "x/y" && *files().absolute("/z") == "/z" ? 0 : 2;
            }),
            0);
}

}  // namespace
}  // namespace alibi

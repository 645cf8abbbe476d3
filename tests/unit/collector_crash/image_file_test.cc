// Which of the files that a report names are opened.
#include "collector/crash/image_file.h"

#include <elf.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include <cstring>
#include <string>

#include "collector/crash/crash_loader.h"
#include "collector/crash/symbolizer.h"
#include "tests/support/temporary_directory.h"

namespace alibi::collector {
namespace {

using testing::TemporaryDirectory;
using testing::write_text;

std::string own_image() {
  std::string path(4096, '\0');
  const ssize_t length = ::readlink("/proc/self/exe", path.data(), path.size());
  path.resize(length > 0 ? static_cast<size_t>(length) : 0);
  return path;
}

std::string elf_of(uint16_t type) {
  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_type = type;
  return {reinterpret_cast<const char*>(&header), sizeof header};
}

size_t open_descriptors() {
  return testing::names_in("/proc/self/fd").size();
}

TEST(ImageFile, ProgramsAndLibrariesAreOpened) {
  const TemporaryDirectory directory;
  EXPECT_TRUE(open_image(own_image()).valid());
  write_text(directory / "library", elf_of(ET_DYN));
  EXPECT_TRUE(open_image(directory / "library").valid());
}

TEST(ImageFile, WhatIsNoFileOnADiskIsNot) {
  const TemporaryDirectory directory;
  ASSERT_EQ(::mkfifo((directory / "fifo").c_str(), 0600), 0);
  ASSERT_EQ(::symlink((directory / "fifo").c_str(), (directory / "link").c_str()), 0);
  for (const std::string& path : {directory / "fifo", directory / "link", directory.path(),
                                  directory / "absent", std::string("/dev/zero"), std::string("/dev/tty"),
                                  std::string("/proc/kcore"), std::string("/proc/kmsg"), std::string()})
    EXPECT_FALSE(open_image(path).valid()) << path;
}

TEST(ImageFile, WhatLibdwWouldUnpackOrPlaceIsNot) {
  const TemporaryDirectory directory;
  for (const std::string& content :
       {std::string("!<arch>\n"), std::string("\x1f\x8b\x08", 3) + std::string(64, '\0'), std::string(),
        std::string(ELFMAG), elf_of(ET_REL), elf_of(ET_CORE), elf_of(ET_NONE)}) {
    write_text(directory / "file", content);
    EXPECT_FALSE(open_image(directory / "file").valid()) << content;
  }
}

TEST(ImageFile, APathFromHereIsNot) {
  const TemporaryDirectory directory;
  ASSERT_EQ(::symlink(own_image().c_str(), (directory / "image").c_str()), 0);
  EXPECT_TRUE(open_image(directory / "image").valid());
  ASSERT_EQ(::chdir(directory.path().c_str()), 0);
  EXPECT_FALSE(open_image("image").valid());
  ASSERT_EQ(::chdir("/"), 0);
}

TEST(Symbolizer, AnyImageIsAnswered) {
  const TemporaryDirectory directory;
  write_text(directory / "head", elf_of(ET_DYN));
  ASSERT_EQ(::mkfifo((directory / "fifo").c_str(), 0600), 0);
  const size_t before = open_descriptors();
  {
    Symbolizer symbols;
    for (const std::string& path : {directory / "head", directory / "fifo", std::string("/proc/kcore")})
      EXPECT_TRUE(symbols.find(path, {}, 0).function.empty()) << path;
    EXPECT_TRUE(symbols.find(own_image(), {1, 2, 3}, 0).function.empty()) << "another build id";
    (void)symbols.find(own_image(), {}, 0);
    (void)symbols.find(own_image(), {}, ~uint64_t{0});
  }
  EXPECT_EQ(open_descriptors(), before);
}

TEST(CrashLoader, AReportThatIsNoFileIsTold) {
  const TemporaryDirectory directory;
  ASSERT_EQ(::mkfifo((directory / "1-2-3.crash").c_str(), 0600), 0);
  ASSERT_EQ(::symlink("/dev/zero", (directory / "1-2-4.hang").c_str()), 0);
  ASSERT_EQ(::mkdir((directory / "1-2-5.crash").c_str(), 0700), 0);
  const LoadedCrashes loaded = load_crashes(directory.path(), Names::kLookUp);
  EXPECT_TRUE(loaded.crashes.empty());
  ASSERT_EQ(loaded.problems.size(), 3u);
  for (const std::string& problem : loaded.problems)
    EXPECT_TRUE(problem.ends_with("it is no regular file")) << problem;
}

}  // namespace
}  // namespace alibi::collector

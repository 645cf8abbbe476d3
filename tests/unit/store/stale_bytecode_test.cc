#include "collector/store/stale_bytecode.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "collector/store/removed_bytecode.h"
#include "tests/support/temporary_directory.h"

namespace alibi::store {
namespace {

using testing::TemporaryDirectory;
using testing::write_text;

class StaleBytecodeTest : public ::testing::Test {
 protected:
  static constexpr time_t kSecond = 1'700'000'000;

  void set_time(const std::string& name, time_t second, long nanoseconds) const {
    const timespec times[] = {{second, nanoseconds}, {second, nanoseconds}};
    ASSERT_EQ(::utimensat(AT_FDCWD, (directory_ / name).c_str(), times, 0), 0);
  }
  void compile(const std::string& name, uint32_t flags, uint32_t second, uint32_t size, long nanoseconds) {
    std::filesystem::create_directory(directory_ / "__pycache__");
    std::string bytes = "\xa7\r\r\n";
    for (const uint32_t number : {flags, second, size}) {
      for (int shift = 0; shift < 32; shift += 8) bytes += static_cast<char>(number >> shift);
    }
    write_text(directory_ / ("__pycache__/" + name), bytes + "code");
    set_time("__pycache__/" + name, kSecond, nanoseconds);
  }
  void save(long nanoseconds) {
    write_text(directory_ / "shop.py", "x = 1\n");
    set_time("shop.py", kSecond, nanoseconds);
  }
  std::vector<std::string> left() {
    remove_stale_bytecode(data_, {directory_ / "shop.py", directory_ / "gone.py", directory_ / "notes.txt"});
    return testing::names_in(directory_ / "__pycache__");
  }

  collector::SessionCoverage session_of_shop(uint64_t started_unix_ns) const {
    collector::SessionCoverage coverage;
    coverage.description.started_unix_ns = started_unix_ns;
    coverage.files.resize(1);
    coverage.files[0].path = directory_ / "shop.py";
    return coverage;
  }

  TemporaryDirectory directory_;
  TemporaryDirectory store_;
  std::string data_ = store_ / "";
};

TEST_F(StaleBytecodeTest, WhatWasCompiledBeforeTheLastSaveOfTheSameSecondGoes) {
  save(500);
  compile("shop.cpython-311.pyc", 0, kSecond, 6, 400);
  compile("shop.cpython-311-pytest-7.2.1.pyc", 0, kSecond, 6, 400);
  EXPECT_EQ(left(), std::vector<std::string>());
}

TEST_F(StaleBytecodeTest, EverythingElseStays) {
  save(500);
  compile("shop.cpython-311.pyc", 0, kSecond, 6, 600);      // compiled after it
  compile("shop.cpython-310.pyc", 0, kSecond - 1, 6, 400);  // would not be used
  compile("shop.cpython-39.pyc", 0, kSecond, 7, 400);       // nor this
  compile("shop.hashed.pyc", 1, kSecond, 6, 400);           // goes by a hash
  compile("shopping.cpython-311.pyc", 0, kSecond, 6, 400);
  write_text(directory_ / "__pycache__/shop.short.pyc", "x");
  EXPECT_EQ(left().size(), 6U);
}

TEST_F(StaleBytecodeTest, WhatRanInsteadOfAFileMakesItAnEditedOne) {
  save(500);
  compile("shop.cpython-311.pyc", 0, kSecond, 6, 400);
  write_text(directory_ / "other.py", "y = 1\n");
  collector::SessionCoverage coverage;
  coverage.files.resize(2);
  coverage.files[0].path = directory_ / "other.py";
  coverage.files[1].path = directory_ / "shop.py";
  charge_stale_bytecode(data_, &coverage);
  EXPECT_FALSE(coverage.files[0].edited);
  EXPECT_TRUE(coverage.files[1].edited);
  EXPECT_EQ(left(), std::vector<std::string>());
}

TEST_F(StaleBytecodeTest, WhatAnotherProcessRemovedDuringASessionCountsForIt) {
  save(500);
  compile("shop.cpython-311.pyc", 0, kSecond, 6, 400);
  collector::SessionCoverage older = session_of_shop(uint64_t{kSecond} * 1'000'000'000);
  EXPECT_EQ(left(), std::vector<std::string>());
  charge_stale_bytecode(data_, &older);
  EXPECT_TRUE(older.files[0].edited);
  constexpr uint64_t kLater = uint64_t{9'000'000'000} * 1'000'000'000;
  collector::SessionCoverage younger = session_of_shop(kLater);
  charge_stale_bytecode(data_, &younger);
  EXPECT_FALSE(younger.files[0].edited);
}

TEST(RemovedBytecodeTest, HoldsTheLatestMomentOfEachPathWhateverIsInIt) {
  const TemporaryDirectory data;
  note_removed_bytecode(data / "", {"/a b.py", "/line\nbreak.py"}, 5);
  note_removed_bytecode(data / "", {"/a b.py"}, 3);
  EXPECT_EQ(read_removed_bytecode(data / ""), (RemovedBytecode{{"/a b.py", 5}, {"/line\nbreak.py", 5}}));
}

TEST(RemovedBytecodeTest, PassesOverWhatIsDamaged) {
  const TemporaryDirectory data;
  write_text(data / "stale_bytecode", "7 /good.py\nx /no.py\n99999999999999999999999 /big.py\n8\n12 /cut");
  note_removed_bytecode(data / "", {"/next.py"}, 9);
  EXPECT_EQ(read_removed_bytecode(data / ""),
            (RemovedBytecode{{"/cut", 12}, {"/good.py", 7}, {"/next.py", 9}}));
}

TEST(RemovedBytecodeTest, ForgetsWhatNoRunningSessionCanHaveSeenWhenItHasGrown) {
  const TemporaryDirectory data;
  constexpr uint64_t kNow = uint64_t{40} * 24 * 3600 * 1'000'000'000;
  write_text(data / "stale_bytecode",
             "5 /old.py\n" + std::to_string(kNow - 1) + " /new.py\n" + std::string(1 << 20, '\n'));
  note_removed_bytecode(data / "", {"/next.py"}, kNow);
  EXPECT_EQ(read_removed_bytecode(data / ""), (RemovedBytecode{{"/new.py", kNow - 1}, {"/next.py", kNow}}));
}

TEST(RemovedBytecodeTest, MakesNoDataFolder) {
  const TemporaryDirectory data;
  note_removed_bytecode(data / "none", {"/a.py"}, 5);
  EXPECT_EQ(testing::names_in(data / ""), std::vector<std::string>());
}

}  // namespace
}  // namespace alibi::store

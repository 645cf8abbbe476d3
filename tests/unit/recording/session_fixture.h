// A session in a directory of its own, driven as the glue drives it. Shared by the tests of this folder.
#ifndef ALIBI_TESTS_UNIT_RECORDING_SESSION_FIXTURE_H_
#define ALIBI_TESTS_UNIT_RECORDING_SESSION_FIXTURE_H_

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/doors.h"
#include "tests/support/example_shards.h"
#include "tests/support/temporary_directory.h"
#include "tracer/recording/session.h"
#include "tracer/shard/reader.h"
#include "tracer/shard/session_directory.h"

namespace alibi::recording {

inline constexpr uint32_t switch_to(uint32_t context) {
  return shard::kControlBit | context;
}
inline constexpr uint32_t statement(uint32_t probe) {
  return shard::kControlBit | shard::kStatementBit | probe;
}

class SessionFixture : public ::testing::Test {
 protected:
  Result<std::unique_ptr<Session>> try_open() {
    SessionOptions options;
    options.directory = shards();
    options.root = "/project";
    options.interpreter = "cpython 3.12.1";
    options.session_id = 77;
    options.segment_bytes = testing::kSmallSegment;
    options.files = &files_;
    return Session::open(options, stream_.cursor());
  }
  void open() {
    auto opened = try_open();
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    session_ = std::move(opened).value();
  }
  // One file, one function of `lines` lines: probes 1 … lines.
  void define(uint32_t lines = 100) {
    testing::write_text(directory_ / "module.py", "x = 1\n");
    const auto file = session_->define_file(directory_ / "module.py");
    ASSERT_TRUE(file.ok());
    model::CodeRecord code;
    code.file = *file;
    code.span = lines;
    code.first_line = 1;
    code.qualified_name = "f";
    ASSERT_TRUE(session_->define_code(code).ok());
  }
  uint32_t begin_test(const std::string& name) {
    const auto context = session_->define_context({{}, model::ContextKind::kTest, {0}, name, "", 0});
    if (!context.ok()) return 0;
    hit(switch_to(context->value));
    return context->value;
  }
  Result<void> end_test(uint32_t context) {
    return session_->end_test({{context}, model::Outcome::kPassed, 1, ""});
  }
  // The inline path of alibi.h.
  void hit(uint32_t entry) {
    if (stream_.next != stream_.limit) {
      *stream_.next++ = entry;
    } else {
      session_->hits_full(entry);
    }
  }

  std::string shards() const { return directory_ / "session"; }
  shard::SessionFiles listed() const { return *shard::list_session(shards()); }
  shard::Shard read(const std::string& name) const {
    auto shard = shard::Shard::read(shards() + "/" + name);
    EXPECT_TRUE(shard.ok()) << shard.error().message;
    return std::move(shard).value();
  }
  // The shard of `pid`, if it made one.
  std::optional<shard::Shard> shard_of(int pid) const {
    for (const std::string& name : listed().shards) {
      if (name.starts_with(std::to_string(pid) + "-")) return read(name);
    }
    return std::nullopt;
  }
  static std::vector<uint32_t> entries_of(const shard::Shard& shard) {
    std::vector<uint32_t> entries;
    for (const shard::HitRange& range : shard.hits)
      entries.insert(entries.end(), range.entries.begin(), range.entries.end());
    return entries;
  }

  testing::TemporaryDirectory directory_;
  testing::FailingFiles files_;
  testing::Stream stream_;
  std::unique_ptr<Session> session_;
};

}  // namespace alibi::recording

#endif  // ALIBI_TESTS_UNIT_RECORDING_SESSION_FIXTURE_H_

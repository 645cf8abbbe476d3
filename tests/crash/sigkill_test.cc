// A recording process is killed at seeded random instants. Whatever it announced as recorded, in memory
// shared with the test, must be in its shard: entries in order, definitions, inputs, and every test end with
// all its entries committed.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <new>
#include <random>
#include <string>

#include "tests/support/temporary_directory.h"
#include "tracer/abi/alibi.h"
#include "tracer/shard/reader.h"
#include "tracer/shard/session_directory.h"

namespace alibi {
namespace {

constexpr uint32_t kProbes = 1000;
constexpr int kKills = 240;

// What the child says it has done; each counter is raised after the call returned.
struct Announced {
  std::atomic<uint64_t> entries{0};
  std::atomic<uint64_t> tests_begun{0};
  std::atomic<uint64_t> tests_ended{0};
  std::atomic<uint64_t> inputs{0};
  std::atomic<uint64_t> codes{0};
};

alibi_text text(const std::string& from) {
  return {from.data(), from.size()};
}

// Entry number i of the known sequence, from which both sides compute what must be there.
uint32_t entry_of(uint64_t i) {
  return 1 + static_cast<uint32_t>((i * 7919) % kProbes);
}

[[noreturn]] void record_for_ever(const std::string& directory, uint64_t seed, Announced* announced) {
  std::mt19937_64 random(seed);
  alibi_session_options options{};
  options.directory = text(directory);
  options.session_id = seed;
  options.role = ALIBI_MAIN;
  alibi_session* session = nullptr;
  if (alibi_session_open(&options, &session, nullptr) != ALIBI_OK) ::_exit(1);
  const std::string path = "/none.py";
  uint32_t file = 0;
  uint32_t base = 0;
  alibi_define_file(session, text(path), &file, nullptr);
  alibi_code code{};
  code.file = file;
  code.first_line = 1;
  code.span = kProbes;
  code.kind = ALIBI_CODE_FUNCTION;
  if (alibi_define_code(session, &code, &base, nullptr) != ALIBI_OK) ::_exit(6);
  announced->codes.store(1, std::memory_order_release);
  alibi_hit_stream* const stream = alibi_hit_stream_of(session);
  uint64_t entries = 0;
  const auto append = [&](uint32_t entry) {
    alibi_append_hit(session, stream, entry);
    announced->entries.store(++entries, std::memory_order_release);
  };
  for (uint64_t test = 1;; ++test) {
    uint32_t context = 0;
    const std::string name = "test " + std::to_string(test);
    if (alibi_define_context(session, ALIBI_CONTEXT_TEST, 0, text(name), {}, &context, nullptr) != ALIBI_OK)
      ::_exit(2);
    announced->tests_begun.store(test, std::memory_order_release);
    append(ALIBI_CONTEXT_SWITCH(context));
    for (uint64_t i = random() % 3000; i > 0; --i) append(entry_of(entries));
    alibi_input input{};
    input.context = context;
    input.kind = ALIBI_INPUT_FILE;
    input.state = ALIBI_ABSENT;
    input.subject = text(name);
    if (alibi_record_input(session, &input) != ALIBI_OK) ::_exit(3);
    announced->inputs.store(test, std::memory_order_release);
    if (random() % 4 == 0) {
      code.qualified_name = text(name);
      if (alibi_define_code(session, &code, &base, nullptr) != ALIBI_OK) ::_exit(4);
      announced->codes.fetch_add(1, std::memory_order_release);
    }
    if (alibi_end_test(session, context, ALIBI_PASSED, test, {}) != ALIBI_OK) ::_exit(5);
    announced->tests_ended.store(test, std::memory_order_release);
  }
}

// Everything announced is there, in order, and nothing looks damaged.
void check(const shard::Shard& shard, const Announced& announced) {
  EXPECT_FALSE(shard.losses.damaged());
  EXPECT_GE(shard.contexts.size(), announced.tests_begun.load());
  EXPECT_GE(shard.inputs.size(), announced.inputs.load());
  EXPECT_GE(shard.codes.size(), announced.codes.load());
  ASSERT_GE(shard.test_ends.size(), announced.tests_ended.load());

  uint64_t index = 0;
  uint64_t committed = 0;
  uint64_t committed_switches = 0;
  for (const shard::HitRange& range : shard.hits) {
    for (const uint32_t entry : range.entries) {
      const bool is_switch = (entry & shard::kControlBit) != 0;
      if (!is_switch) {
        ASSERT_EQ(entry, entry_of(index)) << "entry " << index;
      }
      ++index;
      if (range.committed) {
        committed = index;
        if (is_switch) ++committed_switches;
      }
    }
  }
  EXPECT_GE(index, announced.entries.load());
  // A test end proves that its entries are committed: at least as many tests began within them.
  EXPECT_GE(committed_switches, shard.test_ends.size());
  EXPECT_EQ(shard.losses.uncommitted_entries, index - committed);
}

TEST(Sigkill, AtAnyInstantLosesNothingThatWasRecorded) {
  void* const memory =
      ::mmap(nullptr, sizeof(Announced), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  std::mt19937_64 random(20261121);
  uint64_t entries = 0;
  for (int kill = 0; kill < kKills && !::testing::Test::HasFailure(); ++kill) {
    auto* const announced = new (memory) Announced();
    const testing::TemporaryDirectory directory;
    const std::string session = directory / "session";
    const uint64_t seed = random();
    // From the first instants, where the shard itself is in the making, to several segments later.
    const auto delay = static_cast<useconds_t>(random() % (kill % 3 == 0 ? 2'000 : 20'000));
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) record_for_ever(session, seed, announced);
    ::usleep(delay);
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the recording process ended by itself: " << WEXITSTATUS(status);

    SCOPED_TRACE("kill " + std::to_string(kill) + " after " + std::to_string(delay) + " us");
    const auto listed = shard::list_session(session);
    if (!listed.ok() || listed->shards.empty()) {
      ASSERT_EQ(announced->tests_begun.load(), 0u);  // killed before there was a shard
      continue;
    }
    const auto shard = shard::Shard::read(session + "/" + listed->shards.at(0));
    ASSERT_TRUE(shard.ok()) << shard.error().message;
    check(*shard, *announced);
    entries += announced->entries.load();
  }
  ::munmap(memory, sizeof(Announced));
  RecordProperty("entries_announced", std::to_string(entries));
  EXPECT_GT(entries, 100'000u);
}

}  // namespace
}  // namespace alibi

// Lets every single allocation of a recording fail, one after the other: each call must return, say what it
// could not do, and leave a shard that is sound.
#include <gtest/gtest.h>

#include <cstdlib>
#include <new>
#include <string>

#include "tests/support/child_process.h"
#include "tests/support/temporary_directory.h"
#include "tracer/abi/alibi.h"
#include "tracer/shard/reader.h"
#include "tracer/shard/session_directory.h"

namespace {

long allocations_left = -1;  // below 0: all succeed
bool failed = false;

void* allocate(std::size_t size, std::size_t alignment) {
  if (allocations_left == 0) {
    failed = true;
    allocations_left = -1;  // this one only
    throw std::bad_alloc();
  }
  if (allocations_left > 0) --allocations_left;
  void* const memory = alignment <= alignof(std::max_align_t)
                           ? std::malloc(size == 0 ? 1 : size)
                           : std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

void* operator new(std::size_t size) {
  return allocate(size, 1);
}
void* operator new[](std::size_t size) {
  return allocate(size, 1);
}
void* operator new(std::size_t size, std::align_val_t align) {
  return allocate(size, static_cast<std::size_t>(align));
}
void* operator new[](std::size_t size, std::align_val_t align) {
  return allocate(size, static_cast<std::size_t>(align));
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return std::malloc(size == 0 ? 1 : size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return std::malloc(size == 0 ? 1 : size);
}
void operator delete(void* memory, const std::nothrow_t&) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, const std::nothrow_t&) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete[](void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  std::free(memory);
}

namespace alibi {
namespace {

alibi_text text(std::string_view from) {
  return {from.data(), from.size()};
}

struct Outcome {
  bool opened = false;
  bool all_done = false;
  uint64_t drops = 0;
};

// Uses everything of the ABI that allocates. No allocation of the test itself in here.
Outcome record(const std::string& directory, const std::string& source) {
  Outcome outcome;
  alibi_session_options options{};
  options.directory = text(directory);
  options.root = text("/a root path that is too long for a small string");
  options.role = ALIBI_MAIN;
  alibi_session* session = nullptr;
  alibi_error error{};
  if (alibi_session_open(&options, &session, &error) != ALIBI_OK) return outcome;
  outcome.opened = true;
  alibi_hit_stream* const stream = alibi_hit_stream_of(session);
  bool done = alibi_set_strategy(session, text("a strategy with quite a long name")) == ALIBI_OK;
  uint32_t file = 0;
  uint32_t base = 0;
  uint32_t context = 0;
  done &= alibi_define_file(session, text(source), &file, &error) == ALIBI_OK;
  const alibi_code code{file, 1, 10, 1, ALIBI_CODE_FUNCTION, {1, 2}, text("a.qualified.name.of.some.length")};
  done &= alibi_define_code(session, &code, &base, &error) == ALIBI_OK;
  const alibi_name name{ALIBI_NAME_GLOBAL, 0, text("a_global_name_of_some_length")};
  done &= alibi_define_names(session, base, &name, 1) == ALIBI_OK;
  const alibi_function function{1, text("a.qualified.name.of.some.length")};
  done &= alibi_define_outline(session, file, 1, text("lines"), &function, 1) == ALIBI_OK;
  done &= alibi_define_context(session, ALIBI_CONTEXT_TEST, 0, text("t"), {}, &context, &error) == ALIBI_OK;
  alibi_input input{context, ALIBI_INPUT_FILE, ALIBI_PRESENT, {}, text(source), {}};
  done &= alibi_hash_file(session, text(source), &input.hash) == ALIBI_PRESENT;
  done &= alibi_hash_directory(session, text(directory), &input.hash) == ALIBI_PRESENT;
  done &= alibi_record_input(session, &input) == ALIBI_OK;
  if (base != 0 && context != 0) {
    alibi_append_hit(session, stream, ALIBI_CONTEXT_SWITCH(context));
    for (uint32_t i = 0; i < 100'000; ++i) alibi_append_hit(session, stream, base + i % 10);
  }
  done &= alibi_end_test(session, context, ALIBI_PASSED, 1, {}) == ALIBI_OK;
  alibi_drop(session, ALIBI_WHOLE_PROCESS, ALIBI_DROP_THREAD, 1);
  for (int32_t reason = 1; reason < ALIBI_DROP_REASON_COUNT; ++reason)
    outcome.drops += alibi_drop_count(session, reason);
  done &= alibi_session_close(session, &error) == ALIBI_OK;
  outcome.all_done = done;
  return outcome;
}

TEST(OutOfMemory, AtAnyAllocationIsSurvivedAndSaid) {
  const testing::TemporaryDirectory directory;
  const std::string source = directory / "a_source_file_with_a_long_name.py";
  testing::write_text(source, "x = 1\n");
  long allocation = 0;
  for (;; ++allocation) {
    ASSERT_LT(allocation, 10'000);
    const std::string session = directory / std::to_string(allocation);
    failed = false;
    allocations_left = allocation;
    const Outcome outcome = record(session, source);
    allocations_left = -1;
    if (!failed) {
      EXPECT_TRUE(outcome.all_done);
      break;
    }
    // Whatever is there is sound, and what is not there was not claimed.
    const auto listed = shard::list_session(session);
    const size_t shards = listed.ok() ? listed->shards.size() : 0;
    EXPECT_EQ(shards, outcome.opened ? 1u : shards) << "allocation " << allocation;
    for (size_t i = 0; i < shards; ++i) {
      const auto shard = shard::Shard::read(session + "/" + listed->shards[i]);
      ASSERT_TRUE(shard.ok()) << shard.error().message;
      EXPECT_FALSE(shard->losses.damaged()) << "allocation " << allocation;
      if (outcome.opened && !outcome.all_done) {
        EXPECT_GE(outcome.drops, 1u) << "allocation " << allocation;
      }
    }
  }
  EXPECT_GT(allocation, 20);
}

TEST(OutOfMemory, InAForkedChildIsSurvived) {
  const testing::TemporaryDirectory directory;
  for (long allocation = 0; allocation < 40; ++allocation) {
    const std::string path = directory / std::to_string(allocation);
    alibi_session_options options{};
    options.directory = text(path);
    options.role = ALIBI_MAIN;
    alibi_session* session = nullptr;
    ASSERT_EQ(alibi_session_open(&options, &session, nullptr), ALIBI_OK);
    alibi_append_hit(session, alibi_hit_stream_of(session), ALIBI_CONTEXT_SWITCH(0));
    EXPECT_EQ(testing::run_in_child([&] {
                allocations_left = allocation;
                for (int i = 0; i < 10'000; ++i) {
                  alibi_append_hit(session, alibi_hit_stream_of(session), ALIBI_CONTEXT_SWITCH(0));
                }
                alibi_drop(session, ALIBI_WHOLE_PROCESS, ALIBI_DROP_THREAD, 1);
                allocations_left = -1;
                alibi_session_close(session, nullptr);
                return 0;
              }),
              0)
        << "allocation " << allocation;
    EXPECT_EQ(alibi_session_close(session, nullptr), ALIBI_OK);
  }
}

}  // namespace
}  // namespace alibi

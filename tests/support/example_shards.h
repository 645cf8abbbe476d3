// Small shards with known content, the same bytes at every run: the golden files, what hostile tests damage,
// and the seeds of the fuzzer.
#ifndef ALIBI_TESTS_SUPPORT_EXAMPLE_SHARDS_H_
#define ALIBI_TESTS_SUPPORT_EXAMPLE_SHARDS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "tracer/model/records.h"
#include "tracer/shard/writer.h"

namespace alibi::testing {

// A hit stream as the glue has it, and the writer's view of it.
struct Stream {
  uint32_t* next = nullptr;
  uint32_t* limit = nullptr;
  shard::HitCursor cursor() { return {&next, &limit}; }
};

// One segment of these holds a hit block and a few records.
inline constexpr uint32_t kSmallSegment = 20480;

template <typename Record>
[[nodiscard]] bool put(shard::ShardWriter* writer, const Record& record) {
  shard::Payload payload;
  const shard::RecordType type = shard::encode(record, &payload);
  return writer->append(type, payload).ok();
}

std::vector<std::byte> main_shard();    // every type of record, two segments, closed
std::vector<std::byte> killed_shard();  // one test ended, one interrupted, a record in the making
std::vector<std::byte> child_shard();   // forked within a statement, ended by _exit

struct NamedShard {
  std::string name;  // of the golden file
  std::vector<std::byte> bytes;
};
std::vector<std::byte> outlined_shard();
std::vector<std::byte> collected_shard();
std::vector<std::byte> noted_shard();     // notes of the session and of a test
std::vector<std::byte> started_shard();   // of a program that a test started
std::vector<std::byte> placed_shard();    // of a forked child, in a nursery
std::vector<std::byte> outgrown_shard();  // of one that has moved out of it
std::vector<NamedShard> example_shards();

}  // namespace alibi::testing

#endif  // ALIBI_TESTS_SUPPORT_EXAMPLE_SHARDS_H_

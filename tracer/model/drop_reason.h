// Why evidence was lost: the words and stable numbers used in shards, stores and reports. The same numbers as
// alibi_drop_reason of the C ABI (checked in abi/alibi.cc).
#ifndef ALIBI_TRACER_MODEL_DROP_REASON_H_
#define ALIBI_TRACER_MODEL_DROP_REASON_H_

#include <cstdint>

namespace alibi::model {

enum class DropReason : uint32_t {
  kDisk = 1,
  kMemory = 2,
  kNumbers = 3,
  kLineOutOfRange = 4,
  kRefusedCode = 5,
  kProbeLost = 6,
  kTracerEvicted = 7,
  kSubinterpreter = 8,
  kThread = 9,
  kInput = 10,
  kTooLarge = 11,
  kFork = 12,
  kState = 13,
  kProcess = 14,
};
inline constexpr uint32_t kDropReasonCount = 15;  // one past the last

const char* drop_reason_name(uint32_t reason);  // "disk", "memory", …; "unknown" for other numbers; static

}  // namespace alibi::model

#endif  // ALIBI_TRACER_MODEL_DROP_REASON_H_

// The numbered errors of Alibi. The first eight are the C ABI's alibi_status (checked in abi/guarded_call.h);
// numbers are stable and never reused, because users and CI logs quote them.
#ifndef ALIBI_TRACER_BASE_ERROR_CODE_H_
#define ALIBI_TRACER_BASE_ERROR_CODE_H_

#include <cstdint>

namespace alibi {

enum class ErrorCode : int32_t {
  kInvalidArgument = 1,
  kCannotCreate = 2,
  kDiskFull = 3,
  kRecordingStopped = 4,
  kNumbersExhausted = 5,
  kOutOfMemory = 6,
  kInternal = 7,
  // Not part of the C ABI: seen only outside the test process.
  kCannotRead = 20,     // the operating system refused
  kNotAShard = 21,      // no valid shard header: foreign, empty or damaged in its first bytes
  kUnknownVersion = 22  // a shard written by another version of Alibi
};

const char* error_code_name(ErrorCode code);  // "disk-full", static

}  // namespace alibi

#endif  // ALIBI_TRACER_BASE_ERROR_CODE_H_

#include "tracer/base/result.h"

#include <system_error>

namespace alibi {

Error os_error(ErrorCode code, int error_number, std::string what) {
  what += ": ";
  what += std::generic_category().message(error_number);  // thread-safe, unlike strerror
  return Error{code, error_number, std::move(what)};
}

const char* error_code_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return "invalid-argument";
    case ErrorCode::kCannotCreate:
      return "cannot-create";
    case ErrorCode::kDiskFull:
      return "disk-full";
    case ErrorCode::kRecordingStopped:
      return "recording-stopped";
    case ErrorCode::kNumbersExhausted:
      return "numbers-exhausted";
    case ErrorCode::kOutOfMemory:
      return "out-of-memory";
    case ErrorCode::kInternal:
      return "internal";
    case ErrorCode::kCannotRead:
      return "cannot-read";
    case ErrorCode::kNotAShard:
      return "not-a-shard";
    case ErrorCode::kUnknownVersion:
      return "unknown-version";
  }
  return "unknown";
}

}  // namespace alibi

// What all calls of the C ABI do alike: check arguments, translate types, and stop every C++ exception (the
// standard library's, when memory runs out; our code throws none). The only catch (...) of the in-process
// part.
#ifndef ALIBI_TRACER_ABI_GUARDED_CALL_H_
#define ALIBI_TRACER_ABI_GUARDED_CALL_H_

#include <cstdio>
#include <exception>
#include <memory>
#include <new>
#include <string_view>

#include "tracer/abi/alibi.h"
#include "tracer/recording/session.h"

struct alibi_session {
  alibi_hit_stream stream{};
  std::unique_ptr<alibi::recording::Session> recording;
};

namespace alibi::abi {

static_assert(static_cast<int>(ErrorCode::kInvalidArgument) == ALIBI_INVALID_ARGUMENT);
static_assert(static_cast<int>(ErrorCode::kCannotCreate) == ALIBI_CANNOT_CREATE);
static_assert(static_cast<int>(ErrorCode::kDiskFull) == ALIBI_DISK_FULL);
static_assert(static_cast<int>(ErrorCode::kRecordingStopped) == ALIBI_RECORDING_STOPPED);
static_assert(static_cast<int>(ErrorCode::kNumbersExhausted) == ALIBI_NUMBERS_EXHAUSTED);
static_assert(static_cast<int>(ErrorCode::kOutOfMemory) == ALIBI_OUT_OF_MEMORY);
static_assert(static_cast<int>(ErrorCode::kInternal) == ALIBI_INTERNAL);

inline bool valid(alibi_text text) {
  return text.bytes != nullptr || text.length == 0;
}
inline std::string_view view(alibi_text text) {
  return text.length == 0 ? std::string_view() : std::string_view(text.bytes, text.length);
}
inline Hash128 to_hash(alibi_hash hash) {
  return {hash.low, hash.high};
}

// False, leaving `to` alone, for a number outside 1 … last.
template <typename Enumeration>
bool to_enumeration(int32_t number, Enumeration last, Enumeration* to) {
  if (number < 1 || number > static_cast<int32_t>(last)) return false;
  *to = static_cast<Enumeration>(number);
  return true;
}

inline alibi_status report(int32_t status, int os_error, const char* message, alibi_error* error) {
  if (error != nullptr) {
    error->status = status;
    error->os_error = os_error;
    std::snprintf(error->message, sizeof error->message, "%s", message);
  }
  return static_cast<alibi_status>(status);
}

inline alibi_status report(const Error& from, alibi_error* error) {
  // Codes above the C ABI's range belong to readers; from here they would be a defect.
  const bool known = from.code <= ErrorCode::kInternal;
  return report(known ? static_cast<int32_t>(from.code) : ALIBI_INTERNAL, from.os_error, from.message.c_str(),
                error);
}

template <typename T>
alibi_status report(const Result<T>& result, alibi_error* error) {
  return result.ok() ? ALIBI_OK : report(result.error(), error);
}

inline alibi_status invalid(const char* message, alibi_error* error) {
  return report(ALIBI_INVALID_ARGUMENT, 0, message, error);
}

inline void count_lost(alibi_session* session, model::DropReason reason) noexcept {
  if (session == nullptr || session->recording == nullptr) return;
  try {
    session->recording->drop(model::kWholeProcess, static_cast<uint32_t>(reason), 1);
  } catch (...) {  // writing the drop ran out of memory as well: it is counted already
  }
}

// Runs a call so that no exception leaves it.
template <typename Call>
alibi_status guarded(alibi_session* session, alibi_error* error, Call&& call) noexcept {
  try {
    return call();
  } catch (const std::bad_alloc&) {
    count_lost(session, model::DropReason::kMemory);
    return report(ALIBI_OUT_OF_MEMORY, 0, "out of memory", error);
  } catch (const std::exception& defect) {
    count_lost(session, model::DropReason::kMemory);
    return report(ALIBI_INTERNAL, 0, defect.what(), error);
  } catch (...) {
    count_lost(session, model::DropReason::kMemory);
    return report(ALIBI_INTERNAL, 0, "unknown exception", error);
  }
}

inline bool is_open(const alibi_session* session) {
  return session != nullptr && session->recording != nullptr;
}

inline constexpr char kNoSession[] = "no session";

}  // namespace alibi::abi

#endif  // ALIBI_TRACER_ABI_GUARDED_CALL_H_

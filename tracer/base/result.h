// Result<T>: a value or an Error. Used by all tracer and collector code in place of exceptions.
//
// An Error names a stable code, the errno behind it (0 when there is none) and one line that says what failed
// with which input. Any thread; never throws by itself, though building a message may run out of memory.
#ifndef ALIBI_TRACER_BASE_RESULT_H_
#define ALIBI_TRACER_BASE_RESULT_H_

#include <cassert>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "tracer/base/error_code.h"

namespace alibi {

struct Error {
  ErrorCode code = ErrorCode::kInternal;
  int os_error = 0;
  std::string message;
};

// "cannot create the shard /x/y.shard: No space left on device"
Error os_error(ErrorCode code, int error_number, std::string what);

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}      // NOLINT: implicit, so that functions return values
  Result(Error error) : state_(std::move(error)) {}  // NOLINT: implicit, as above

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & { return *std::get_if<0>(&state_); }
  const T& value() const& { return *std::get_if<0>(&state_); }
  T&& value() && { return std::move(*std::get_if<0>(&state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const& { return *std::get_if<1>(&state_); }
  Error&& error() && { return std::move(*std::get_if<1>(&state_)); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT: implicit, as above

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  const Error& error() const& { return *error_; }
  Error&& error() && { return std::move(*error_); }

 private:
  std::optional<Error> error_;
};

}  // namespace alibi

#endif  // ALIBI_TRACER_BASE_RESULT_H_

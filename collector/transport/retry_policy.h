// Whether a request is made again, and when: pure decisions over what happened. Used by intake_client, which
// does the waiting. A run of tests must not wait for an intake that is not well: waits are short, bounded by
// the time that the run has left for the intake, and after some failures in a row nothing is tried any more.
#ifndef ALIBI_COLLECTOR_TRANSPORT_RETRY_POLICY_H_
#define ALIBI_COLLECTOR_TRANSPORT_RETRY_POLICY_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "collector/transport/http_client.h"

namespace alibi::transport {

enum class Outcome : uint8_t {
  kAccepted,       // 2xx
  kRateLimited,    // 429
  kServerFailed,   // 5xx, 408
  kNetworkFailed,  // nobody there, reset, half an answer
  kTimedOut,
  kUnauthorized,  // 401, 403: the key, or what it may do
  kNeverTaken,    // other 4xx: this body is not wanted, now or later
  kNotAnIntake,   // 3xx, certificates, answers that are not HTTP: asking again changes nothing
};

Outcome outcome_of(const HttpAnswer& answer, AnswerUse use);
bool is_worth_another_try(Outcome outcome);

struct RetryLimits {
  uint32_t tries = 5;  // of one request, the first among them
  std::chrono::nanoseconds first_wait{std::chrono::milliseconds(100)};
  std::chrono::nanoseconds longest_wait{std::chrono::seconds(30)};
};

struct TryReport {
  uint32_t tries = 1;  // made so far
  Outcome outcome = Outcome::kAccepted;
  std::optional<std::chrono::nanoseconds> asked_wait;  // of a 429
  std::chrono::nanoseconds left{0};                    // of the time that the run has for the intake
  double random = 0;                                   // in [0, 1)
};

// How long to wait before the next try; nothing: give up. Waits double, each is between half of its step and
// the whole of it; a wait that would use up what is left is not begun.
std::optional<std::chrono::nanoseconds> wait_before_retry(const RetryLimits& limits, const TryReport& report);

// The value of X-RateLimit-Reset: seconds from now, or, when that is greater than the time, since 1970.
std::optional<std::chrono::nanoseconds> rate_limit_wait(std::string_view header, uint64_t unix_ns);

// Stops a process from asking an intake that failed some times in a row. Never closes again: the next session
// asks anew. One thread at a time.
class CircuitBreaker {
 public:
  explicit CircuitBreaker(uint32_t failures = 6) : failures_(failures) {}
  void saw(Outcome outcome);
  bool is_open() const { return open_; }

 private:
  uint32_t failures_;
  uint32_t in_a_row_ = 0;
  bool open_ = false;
};

// The time that a run may spend on the intake: counts only while a call is under way, and calls that overlap
// once. One thread at a time.
class TimeBudget {
 public:
  explicit TimeBudget(std::chrono::nanoseconds total) : total_(total) {}
  void begin(std::chrono::nanoseconds now);
  void end(std::chrono::nanoseconds now);
  std::chrono::nanoseconds left(std::chrono::nanoseconds now) const;  // never negative

 private:
  std::chrono::nanoseconds total_;
  std::chrono::nanoseconds spent_{0};
  std::chrono::nanoseconds began_{0};
  uint32_t calls_ = 0;
};

}  // namespace alibi::transport

#endif  // ALIBI_COLLECTOR_TRANSPORT_RETRY_POLICY_H_

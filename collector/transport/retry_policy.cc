#include "collector/transport/retry_policy.h"

#include <algorithm>
#include <charconv>

namespace alibi::transport {

using std::chrono::nanoseconds;

namespace {

// Beyond any wait that somebody waits for, and far from overflowing.
constexpr uint64_t kLongestAskedSeconds = 86'400;
constexpr uint64_t kNanosecondsPerSecond = 1'000'000'000;

Outcome outcome_of_fault(HttpFault fault) {
  switch (fault) {
    case HttpFault::kUnreachable:
    case HttpFault::kBroken:
    case HttpFault::kNone:  // neither a status nor a fault
      return Outcome::kNetworkFailed;
    case HttpFault::kTimedOut:
      return Outcome::kTimedOut;
    case HttpFault::kTooLarge:
    case HttpFault::kUnreadable:
    case HttpFault::kInsecure:
    case HttpFault::kImpossible:
      break;
  }
  return Outcome::kNotAnIntake;
}

}  // namespace

Outcome outcome_of(const HttpAnswer& answer, AnswerUse use) {
  const int status = answer.status;
  if (status == 429) return Outcome::kRateLimited;
  if (status == 408 || status >= 500) return Outcome::kServerFailed;
  if (status == 401 || status == 403) return Outcome::kUnauthorized;
  if (status >= 400) return Outcome::kNeverTaken;
  const bool is_good = status >= 200 && status < 300;
  if (is_good && (use == AnswerUse::kStatusOnly || answer.fault == HttpFault::kNone))
    return Outcome::kAccepted;
  if (status != 0 && !is_good) return Outcome::kNotAnIntake;
  return outcome_of_fault(answer.fault);
}

bool is_worth_another_try(Outcome outcome) {
  switch (outcome) {
    case Outcome::kRateLimited:
    case Outcome::kServerFailed:
    case Outcome::kNetworkFailed:
    case Outcome::kTimedOut:
      return true;
    case Outcome::kAccepted:
    case Outcome::kUnauthorized:
    case Outcome::kNeverTaken:
    case Outcome::kNotAnIntake:
      break;
  }
  return false;
}

std::optional<nanoseconds> wait_before_retry(const RetryLimits& limits, const TryReport& report) {
  if (!is_worth_another_try(report.outcome) || report.tries >= limits.tries) return std::nullopt;
  nanoseconds wait;
  if (report.outcome == Outcome::kRateLimited && report.asked_wait) {
    wait = *report.asked_wait;
    if (wait > limits.longest_wait) return std::nullopt;
  } else {
    nanoseconds step = limits.first_wait;
    for (uint32_t tries = 1; tries < report.tries && step < limits.longest_wait; ++tries) step *= 2;
    step = std::min(step, limits.longest_wait);
    wait =
        step / 2 + nanoseconds(static_cast<int64_t>(static_cast<double>((step / 2).count()) * report.random));
  }
  if (wait >= report.left) return std::nullopt;
  return wait;
}

std::optional<nanoseconds> rate_limit_wait(std::string_view header, uint64_t unix_ns) {
  const size_t start = header.find_first_not_of(" \t");
  if (start == std::string_view::npos) return std::nullopt;
  header = header.substr(start, header.find_last_not_of(" \t") - start + 1);
  uint64_t seconds = 0;
  const auto parsed = std::from_chars(header.data(), header.data() + header.size(), seconds);
  if (parsed.ec != std::errc() || parsed.ptr != header.data() + header.size()) return std::nullopt;
  const uint64_t now = unix_ns / kNanosecondsPerSecond;
  if (seconds > now) seconds -= now;
  return nanoseconds(std::min(seconds, kLongestAskedSeconds) * kNanosecondsPerSecond);
}

void CircuitBreaker::saw(Outcome outcome) {
  switch (outcome) {
    case Outcome::kAccepted:
      in_a_row_ = 0;
      return;
    case Outcome::kNeverTaken:  // says something about the body, nothing about the intake
      return;
    case Outcome::kRateLimited:
    case Outcome::kServerFailed:
    case Outcome::kNetworkFailed:
    case Outcome::kTimedOut:
    case Outcome::kUnauthorized:
    case Outcome::kNotAnIntake:
      break;
  }
  if (++in_a_row_ >= failures_) open_ = true;
}

void TimeBudget::begin(nanoseconds now) {
  if (calls_++ == 0) began_ = now;
}

void TimeBudget::end(nanoseconds now) {
  if (--calls_ == 0) spent_ += now - began_;
}

nanoseconds TimeBudget::left(nanoseconds now) const {
  const nanoseconds spent = spent_ + (calls_ > 0 ? now - began_ : nanoseconds(0));
  return std::max(total_ - spent, nanoseconds(0));
}

}  // namespace alibi::transport

#include "collector/transport/retry_policy.h"

#include <gtest/gtest.h>

namespace alibi::transport {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr Outcome kAll[] = {Outcome::kAccepted,      Outcome::kRateLimited, Outcome::kServerFailed,
                            Outcome::kNetworkFailed, Outcome::kTimedOut,    Outcome::kUnauthorized,
                            Outcome::kNeverTaken,    Outcome::kNotAnIntake};
constexpr uint64_t kNow = 1'700'000'000'000'000'000;

HttpAnswer answer_of(int status, HttpFault fault = HttpFault::kNone) {
  HttpAnswer answer;
  answer.status = status;
  answer.fault = fault;
  return answer;
}

Outcome whole(int status, HttpFault fault = HttpFault::kNone) {
  return outcome_of(answer_of(status, fault), AnswerUse::kWhole);
}

TryReport report_of(Outcome outcome, uint32_t tries = 1) {
  TryReport report;
  report.outcome = outcome;
  report.tries = tries;
  report.left = hours(1);
  return report;
}

TEST(OutcomeTest, EveryStatusHasOne) {
  for (int status = 200; status < 300; ++status) EXPECT_EQ(whole(status), Outcome::kAccepted);
  for (int status = 300; status < 400; ++status) EXPECT_EQ(whole(status), Outcome::kNotAnIntake);
  for (int status = 400; status < 500; ++status) {
    const Outcome expected = status == 401 || status == 403 ? Outcome::kUnauthorized
                             : status == 408                ? Outcome::kServerFailed
                             : status == 429                ? Outcome::kRateLimited
                                                            : Outcome::kNeverTaken;
    EXPECT_EQ(whole(status), expected) << status;
  }
  for (int status = 500; status < 1000; ++status) EXPECT_EQ(whole(status), Outcome::kServerFailed);
}

TEST(OutcomeTest, WithoutAStatusTheFaultDecides) {
  EXPECT_EQ(whole(0, HttpFault::kUnreachable), Outcome::kNetworkFailed);
  EXPECT_EQ(whole(0, HttpFault::kBroken), Outcome::kNetworkFailed);
  EXPECT_EQ(whole(0, HttpFault::kTimedOut), Outcome::kTimedOut);
  EXPECT_EQ(whole(0, HttpFault::kInsecure), Outcome::kNotAnIntake);
  EXPECT_EQ(whole(0, HttpFault::kUnreadable), Outcome::kNotAnIntake);
  EXPECT_EQ(whole(0, HttpFault::kTooLarge), Outcome::kNotAnIntake);
  EXPECT_EQ(whole(0, HttpFault::kImpossible), Outcome::kNotAnIntake);
}

TEST(OutcomeTest, AnAcknowledgementCountsWhateverBecomesOfItsBody) {
  for (const HttpFault fault :
       {HttpFault::kBroken, HttpFault::kTimedOut, HttpFault::kTooLarge, HttpFault::kUnreadable})
    EXPECT_EQ(outcome_of(answer_of(202, fault), AnswerUse::kStatusOnly), Outcome::kAccepted);
}

TEST(OutcomeTest, AnAnswerThatIsNeededHasToBeWhole) {
  EXPECT_EQ(whole(200, HttpFault::kBroken), Outcome::kNetworkFailed);
  EXPECT_EQ(whole(200, HttpFault::kTimedOut), Outcome::kTimedOut);
  EXPECT_EQ(whole(200, HttpFault::kTooLarge), Outcome::kNotAnIntake);
}

TEST(RetryPolicyTest, OnlyWhatMayPassIsTriedAgain) {
  for (const Outcome outcome : kAll) {
    const bool again = outcome == Outcome::kRateLimited || outcome == Outcome::kServerFailed ||
                       outcome == Outcome::kNetworkFailed || outcome == Outcome::kTimedOut;
    EXPECT_EQ(wait_before_retry({}, report_of(outcome)).has_value(), again) << static_cast<int>(outcome);
  }
}

TEST(RetryPolicyTest, WaitsDoubleAndStayBetweenHalfOfAStepAndItsWhole) {
  RetryLimits limits;
  limits.tries = 100;
  limits.longest_wait = seconds(1);
  for (uint32_t tries = 1; tries < 60; ++tries) {
    const nanoseconds step =
        std::min<nanoseconds>(milliseconds(100) * (1LL << std::min(tries - 1, 20U)), seconds(1));
    TryReport report = report_of(Outcome::kServerFailed, tries);
    for (const double random : {0.0, 0.3, 0.999999}) {
      report.random = random;
      const auto wait = wait_before_retry(limits, report);
      ASSERT_TRUE(wait.has_value());
      EXPECT_GE(*wait, step / 2);
      EXPECT_LT(*wait, step);
    }
  }
}

TEST(RetryPolicyTest, DifferentChanceGivesDifferentWaits) {
  TryReport one = report_of(Outcome::kTimedOut);
  TryReport other = one;
  other.random = 0.5;
  EXPECT_NE(wait_before_retry({}, one), wait_before_retry({}, other));
}

TEST(RetryPolicyTest, TriesAreBounded) {
  RetryLimits limits;
  limits.tries = 4;
  EXPECT_TRUE(wait_before_retry(limits, report_of(Outcome::kServerFailed, 3)).has_value());
  EXPECT_FALSE(wait_before_retry(limits, report_of(Outcome::kServerFailed, 4)).has_value());
  EXPECT_FALSE(wait_before_retry(limits, report_of(Outcome::kServerFailed, 5)).has_value());
}

TEST(RetryPolicyTest, AWaitThatUsesUpTheTimeLeftIsNotBegun) {
  TryReport report = report_of(Outcome::kServerFailed);
  report.left = milliseconds(50);
  EXPECT_FALSE(wait_before_retry({}, report).has_value());
  report.left = milliseconds(51);
  EXPECT_TRUE(wait_before_retry({}, report).has_value());
  report.left = nanoseconds(0);
  EXPECT_FALSE(wait_before_retry({}, report).has_value());
}

TEST(RetryPolicyTest, ARateLimitSaysItsOwnWaitWithinReason) {
  TryReport report = report_of(Outcome::kRateLimited, 2);
  report.asked_wait = seconds(3);
  EXPECT_EQ(wait_before_retry({}, report), nanoseconds(seconds(3)));
  report.asked_wait = nanoseconds(0);
  EXPECT_EQ(wait_before_retry({}, report), nanoseconds(0));
  report.asked_wait = seconds(31);
  EXPECT_FALSE(wait_before_retry({}, report).has_value());
  report.asked_wait = seconds(3);
  report.left = seconds(3);
  EXPECT_FALSE(wait_before_retry({}, report).has_value());
  report = report_of(Outcome::kRateLimited);
  EXPECT_EQ(wait_before_retry({}, report), nanoseconds(milliseconds(50)));
}

TEST(RateLimitTest, SmallNumbersAreSecondsAndLargeOnesAnInstant) {
  EXPECT_EQ(rate_limit_wait("2", kNow), nanoseconds(seconds(2)));
  EXPECT_EQ(rate_limit_wait(" 0 ", kNow), nanoseconds(0));
  EXPECT_EQ(rate_limit_wait("1700000005", kNow), nanoseconds(seconds(5)));
  EXPECT_EQ(rate_limit_wait("1700000000", kNow),
            nanoseconds(hours(24)));  // not greater than now: seconds, capped
  EXPECT_EQ(rate_limit_wait("18446744073709551615", kNow), nanoseconds(hours(24)));
  for (const char* nonsense : {"", " ", "soon", "-1", "1.5", "1s", "0x10", "18446744073709551616", "1 2"})
    EXPECT_FALSE(rate_limit_wait(nonsense, kNow).has_value()) << nonsense;
}

TEST(CircuitBreakerTest, FailuresInARowOpenItForGood) {
  for (const Outcome outcome : kAll) {
    CircuitBreaker breaker(2);
    breaker.saw(outcome);
    EXPECT_FALSE(breaker.is_open());
    breaker.saw(outcome);
    const bool harmless = outcome == Outcome::kAccepted || outcome == Outcome::kNeverTaken;
    EXPECT_EQ(breaker.is_open(), !harmless) << static_cast<int>(outcome);
    breaker.saw(Outcome::kAccepted);
    EXPECT_EQ(breaker.is_open(), !harmless);
  }
}

TEST(CircuitBreakerTest, ASuccessInBetweenCloses) {
  CircuitBreaker breaker(2);
  for (int round = 0; round < 5; ++round) {
    breaker.saw(Outcome::kNetworkFailed);
    breaker.saw(Outcome::kAccepted);
  }
  EXPECT_FALSE(breaker.is_open());
  breaker.saw(Outcome::kNetworkFailed);
  breaker.saw(Outcome::kNeverTaken);  // neither resets nor counts
  EXPECT_FALSE(breaker.is_open());
  breaker.saw(Outcome::kTimedOut);
  EXPECT_TRUE(breaker.is_open());
}

TEST(TimeBudgetTest, OnlyTimeInCallsCountsAndOverlapsCountOnce) {
  TimeBudget budget(seconds(10));
  EXPECT_EQ(budget.left(seconds(1000)), seconds(10));
  budget.begin(seconds(1000));
  budget.begin(seconds(1001));
  EXPECT_EQ(budget.left(seconds(1002)), seconds(8));
  budget.end(seconds(1003));
  budget.end(seconds(1004));
  EXPECT_EQ(budget.left(seconds(9000)), seconds(6));
  budget.begin(seconds(9000));
  EXPECT_EQ(budget.left(seconds(9100)), seconds(0));
  budget.end(seconds(9100));
  EXPECT_EQ(budget.left(seconds(9200)), seconds(0));
}

}  // namespace
}  // namespace alibi::transport

#include "collector/ship/questions.h"

#include <gtest/gtest.h>

namespace alibi::ship {
namespace {

// Answers with one page after the other; the last one for ever. Each takes a second.
class Pages {
 public:
  explicit Pages(std::vector<Result<std::string>> pages) : pages_(std::move(pages)) {}

  Result<SuiteDurations> ask(uint64_t patience_ms = 60'000) {
    payload::RunFacts run;
    run.service = "demo";
    run.repository_url = "https://x/y.git";
    const Ask answer = [this](transport::Route route, std::string_view body) {
      EXPECT_EQ(route, transport::Route::kSuiteDurations);
      const auto request = payload::parse_suite_durations_request(body);
      EXPECT_TRUE(request);
      EXPECT_EQ(request->service, "demo");
      EXPECT_EQ(request->repository_url, "https://x/y.git");
      states.push_back(request->page_state.value_or("-"));
      now_ms_ += 1000;
      return pages_[std::min(states.size(), pages_.size()) - 1];
    };
    return ask_durations(
        answer, run, [this] { return now_ms_; }, patience_ms);
  }

  std::vector<std::string> states;

 private:
  std::vector<Result<std::string>> pages_;
  uint64_t now_ms_ = 5;
};

std::string page(const std::string& suite, std::optional<std::string> next) {
  return payload::encode_suite_durations({{{"m", suite, "f", 7, 9}}, std::move(next)});
}

const Error kRefused{ErrorCode::kCannotRead, 0, "refused"};

TEST(AskDurations, AsksForAllPages) {
  Pages pages({page("a", "c1"), page("b", "c2"), page("c", std::nullopt)});
  const Result<SuiteDurations> durations = pages.ask();
  ASSERT_TRUE(durations);
  EXPECT_EQ(durations->problem, "");
  ASSERT_EQ(durations->suites.size(), 3u);
  EXPECT_EQ(durations->suites[2].suite, "c");
  EXPECT_EQ(durations->suites[2].p50_ns, 7u);
  EXPECT_EQ(pages.states, (std::vector<std::string>{"-", "c1", "c2"}));
}

TEST(AskDurations, FailsWithoutASinglePage) {
  EXPECT_FALSE(Pages({kRefused}).ask());
  EXPECT_FALSE(Pages({std::string("[]")}).ask());
}

TEST(AskDurations, KeepsWhatCameBeforeAPageFailed) {
  const Result<SuiteDurations> durations = Pages({page("a", "c1"), kRefused}).ask();
  ASSERT_TRUE(durations);
  EXPECT_EQ(durations->suites.size(), 1u);
  EXPECT_EQ(durations->problem, "refused");
}

// The peer asks for ever.
TEST(AskDurations, EndsWherePagesGoInACircle) {
  Pages pages({page("a", "c1"), page("b", "c1")});
  const Result<SuiteDurations> durations = pages.ask();
  ASSERT_TRUE(durations);
  EXPECT_EQ(durations->suites.size(), 2u);
  EXPECT_NE(durations->problem.find("circle"), std::string::npos);
  EXPECT_EQ(pages.states.size(), 2u);
}

TEST(AskDurations, EndsWhereTheNextPageHasNoName) {
  Pages pages({page("a", "")});
  const Result<SuiteDurations> durations = pages.ask();
  ASSERT_TRUE(durations);
  EXPECT_EQ(durations->suites.size(), 1u);
  EXPECT_NE(durations->problem.find("without saying which"), std::string::npos);
}

TEST(AskDurations, HasNoMorePatienceThanItWasGiven) {
  std::vector<Result<std::string>> many;
  for (int number = 0; number < 100; ++number) many.emplace_back(page("s", std::to_string(number)));
  Pages pages(many);
  const Result<SuiteDurations> durations = pages.ask(3000);
  ASSERT_TRUE(durations);
  EXPECT_EQ(pages.states.size(), 3u);
  EXPECT_EQ(durations->suites.size(), 3u);
  EXPECT_NE(durations->problem.find("within 3 s"), std::string::npos);
}

}  // namespace
}  // namespace alibi::ship

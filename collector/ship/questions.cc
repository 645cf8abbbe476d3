#include "collector/ship/questions.h"

#include <utility>

namespace alibi::ship {

using transport::Route;

Result<payload::Settings> ask_settings(const Ask& ask, const payload::RunFacts& run) {
  const Result<std::string> answer = ask(Route::kSettings, payload::encode_settings_request(run));
  if (!answer) return answer.error();
  return payload::parse_settings(*answer);
}

Result<std::vector<payload::KnownSuite>> ask_known_tests(const Ask& ask, const payload::RunFacts& run) {
  payload::KnownTestsPages pages;
  while (!pages.complete()) {
    const Result<std::string> answer =
        ask(Route::kKnownTests, payload::encode_known_tests_request({run, pages.next()}));
    if (!answer) return answer.error();
    if (const Result<void> taken = pages.take(*answer); !taken) return taken.error();
  }
  std::vector<payload::KnownSuite> known;
  for (const payload::KnownSuite& suite : pages.suites()) {
    if (!suite.tests.empty()) known.push_back(suite);
  }
  return known;
}

Result<std::vector<payload::ManagedTest>> ask_managed_tests(const Ask& ask, const payload::RunFacts& run,
                                                            const origin::Tags& tags) {
  payload::TestManagementRequest request;
  request.request_id = run.request_id;
  request.repository_url = run.repository_url;
  request.branch = run.branch;
  // Of a pull request the provider tests a merge of its own, which nobody has written.
  request.commit_sha = origin::tag_of(tags, "git.commit.head.sha");
  request.commit_message = origin::tag_of(tags, "git.commit.head.message");
  if (request.commit_sha.empty()) request.commit_sha = run.commit_sha;
  if (request.commit_message.empty()) request.commit_message = origin::tag_of(tags, "git.commit.message");
  const Result<std::string> answer =
      ask(Route::kTestManagement, payload::encode_test_management_request(request));
  if (!answer) return answer.error();
  Result<payload::ParsedTestManagement> parsed = payload::parse_test_management(*answer);
  if (!parsed) return parsed.error();
  std::erase_if(parsed->tests, [](const payload::ManagedTest& test) {
    return !test.quarantined && !test.disabled && !test.attempt_to_fix;
  });
  return std::move(parsed->tests);
}

Result<payload::Skippable> ask_skippable(const Ask& ask, const payload::RunFacts& run) {
  const Result<std::string> answer = ask(Route::kSkippable, payload::encode_skippable_request(run));
  if (!answer) return answer.error();
  Result<payload::ParsedSkippable> parsed = payload::parse_skippable(*answer);
  if (!parsed) return parsed.error();
  std::erase_if(parsed->skippable.items,
                [&run](const payload::SkippableItem& item) { return item.level != run.level; });
  return std::move(parsed->skippable);
}

Result<SuiteDurations> ask_durations(const Ask& ask, const payload::RunFacts& run,
                                     const std::function<uint64_t()>& now_ms, uint64_t patience_ms) {
  payload::SuiteDurationsRequest request;
  request.request_id = run.request_id;
  request.service = run.service;
  request.repository_url = run.repository_url;
  const uint64_t begun_ms = now_ms();
  payload::SuiteDurationsPages pages;
  SuiteDurations durations;
  bool any_page = false;
  while (!pages.complete() && durations.problem.empty()) {
    request.page_state = pages.next();
    const Result<std::string> answer =
        ask(Route::kSuiteDurations, payload::encode_suite_durations_request(request));
    const Result<void> taken = answer ? pages.take(*answer) : Result<void>(answer.error());
    if (!taken && !any_page && pages.suites().empty()) return taken.error();
    any_page = true;
    if (!taken)
      durations.problem = taken.error().message;
    else if (!pages.complete() && now_ms() - begun_ms >= patience_ms)
      durations.problem = "not all durations came within " + std::to_string(patience_ms / 1000) + " s";
  }
  durations.suites = std::move(pages.suites());
  return durations;
}

}  // namespace alibi::ship

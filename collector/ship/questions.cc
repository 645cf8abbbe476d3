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

}  // namespace alibi::ship

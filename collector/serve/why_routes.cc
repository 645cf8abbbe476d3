// Why a test would run at a commit, or may be left out, as JSON; and the same for the page of a test.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "collector/serve/routes.h"
#include "collector/serve/url_numbers.h"

namespace alibi::serve {
namespace {

constexpr uint64_t kRunsLooked = 100;  // the latest, for the contexts that they were in
constexpr size_t kMostSessionsLooked = 30;
constexpr size_t kMostContexts = 4;

}  // namespace

bool is_commit(const std::string& text) {
  constexpr size_t kLongest = 64;
  return text.size() <= kLongest && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

Result<std::vector<ContextWhy>> Routes::whys_of(const TestRow& test, const std::vector<AttemptRow>& history,
                                                const std::string& commit) {
  std::vector<RunContext> contexts;
  std::vector<uint64_t> looked;
  for (const AttemptRow& attempt : history) {
    if (std::find(looked.begin(), looked.end(), attempt.session) != looked.end()) continue;
    if (looked.size() == kMostSessionsLooked || contexts.size() == kMostContexts) break;
    looked.push_back(attempt.session);
    const Result<std::optional<SessionRow>> session = database_->session(attempt.session);
    if (!session) return session.error();
    if (!*session) continue;
    RunContext context{(*session)->service, (*session)->env, (*session)->configurations};
    if (std::find(contexts.begin(), contexts.end(), context) == contexts.end())
      contexts.push_back(std::move(context));
  }
  std::vector<ContextWhy> whys;
  for (RunContext& context : contexts) {
    Result<std::optional<Why>> why = skippable_.explain(context, test, commit);
    if (!why) return std::move(why).error();
    if (*why) whys.push_back({std::move(context), std::move(**why)});
  }
  return whys;
}

Answer Routes::api_why(const HttpRequest& request) {
  using Json = nlohmann::json;
  std::string name = request.path.substr(std::string_view("/api/alibi/v1/tests/").size());
  if (!name.ends_with("/why")) return failure(404, "there is nothing at this path; …/tests/ID/why is");
  const std::optional<uint64_t> id = number_in(name.substr(0, name.size() - std::string_view("/why").size()));
  if (!id) return failure(404, "there is no such test");
  const std::string commit = request.query_value("commit");
  if (!is_commit(commit))
    return failure(400, "?commit= takes the id of a commit, all of it, in small letters");
  const Result<std::optional<TestRow>> test = database_->test(*id);
  if (!test) return database_failure(test.error());
  if (!*test) return failure(404, "there is no such test");
  const Result<std::vector<AttemptRow>> history = database_->history(*id, kRunsLooked);
  if (!history) return database_failure(history.error());
  const Result<std::vector<ContextWhy>> whys = whys_of(**test, *history, commit);
  if (!whys) return database_failure(whys.error());
  const Result<payload::Settings> settings = settings_of((*test)->service);
  if (!settings) return database_failure(settings.error());
  Json list = Json::array();
  for (const auto& [context, why] : *whys)
    list.push_back({{"env", context.env},
                    {"configurations", context.configurations},
                    {"commit", why.commit},
                    {"may_be_left_out", why.left_out},
                    {"reason", why.reason},
                    {"evidence_commit", why.evidence_commit},
                    {"evidence_start_ns", why.evidence_ns}});
  const Json document = {
      {"test", std::to_string(*id)}, {"tests_skipping", settings->tests_skipping}, {"why", std::move(list)}};
  return {200, "application/json", document.dump(-1, ' ', false, Json::error_handler_t::replace), {}};
}

}  // namespace alibi::serve

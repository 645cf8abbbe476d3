// The routes of the Test Optimization protocol.
#include <absl/container/flat_hash_map.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <thread>
#include <utility>

#include "collector/payload/agent_info.h"
#include "collector/payload/coverage_decoder.h"
#include "collector/payload/forms.h"
#include "collector/payload/git_messages.h"
#include "collector/payload/known_tests.h"
#include "collector/payload/suite_durations.h"
#include "collector/payload/test_cycle_decoder.h"
#include "collector/payload/test_management.h"
#include "collector/serve/json_text.h"
#include "collector/serve/routes.h"
#include "tracer/base/hash.h"

namespace alibi::serve {
namespace {

constexpr uint64_t kKnownTestsPage = 5000;
constexpr uint64_t kMemoryPerByte = 40;  // of a body, once it is decoded: as the decoders promise

Answer taken() {
  return {202, "application/json", "{}", {}};
}
Answer json(std::string text) {
  return {200, "application/json", std::move(text), {}};
}

// Memory for what a body is decoded to; waits a while for others to be done.
class DecodedMemory {
 public:
  DecodedMemory(BodyMemory* memory, uint64_t bytes) : memory_(memory), bytes_(bytes) {
    constexpr int kMostTries = 1000;
    for (int i = 0; i < kMostTries && !taken_; ++i) {
      taken_ = memory_->take(bytes_);
      if (!taken_) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }
  ~DecodedMemory() {
    if (taken_) memory_->give_back(bytes_);
  }
  DecodedMemory(const DecodedMemory&) = delete;
  DecodedMemory& operator=(const DecodedMemory&) = delete;
  bool taken() const { return taken_; }

 private:
  BodyMemory* memory_;
  uint64_t bytes_;
  bool taken_ = false;
};

std::string correlation_of(const payload::RunFacts& facts) {
  const std::string text = facts.service + '\n' + facts.commit_sha + '\n' + context_of(facts).configurations;
  const Hash128 hash = hash128(text.data(), text.size());
  return std::to_string(hash.high) + "-" + std::to_string(hash.low);
}

}  // namespace

payload::Settings default_settings() {
  payload::Settings settings;
  settings.itr_enabled = true;
  settings.code_coverage = true;
  settings.tests_skipping = true;
  settings.known_tests = true;
  settings.test_management = true;
  settings.attempt_to_fix_retries = 20;
  return settings;
}

Answer Routes::body_route(const HttpRequest& request,
                          Answer (Routes::*answer)(const std::string& body, const std::string& type)) {
  const Body body(request, setup_.bodies, &memory_);
  if (body.refusal()) return *body.refusal();
  return (this->*answer)(body.bytes(), request.header("Alibi-Content-Type"));
}

Answer Routes::stored(Intake intake) {
  const Result<void> stored = database_->store(intake);
  if (!stored) return database_failure(stored.error());
  metrics_.add_stored(intake.attempts.size(), intake.coverage.size(), intake.left_out);
  constexpr uint64_t kBodiesBetween = 64;
  if (bodies_.fetch_add(1) % kBodiesBetween == 0) skippable_.warm_up();
  return taken();
}

Answer Routes::take_cycle(const std::string& body, const std::string&) {
  return take_test_cycle(body);
}

Answer Routes::take_test_cycle(const std::string& body) {
  const DecodedMemory memory(&memory_, body.size() * kMemoryPerByte);
  if (!memory.taken()) return failure(503, "too many large bodies at a time, send it again");
  const Result<payload::DecodedTestCycle> decoded = payload::decode_test_cycle(body);
  if (!decoded) return failure(400, decoded.error().message);
  Intake intake = intake_of(decoded->cycle);
  intake.left_out += decoded->left_out.total();
  return stored(std::move(intake));
}

Answer Routes::take_coverage(const std::string& body, const std::string& content_type) {
  const DecodedMemory memory(&memory_, body.size() * kMemoryPerByte);
  if (!memory.taken()) return failure(503, "too many large bodies at a time, send it again");
  const Result<std::vector<std::string_view>> documents = payload::coverage_documents(body, content_type);
  if (!documents) return failure(400, documents.error().message);
  std::vector<payload::CoverageEvent> events;
  uint64_t left_out = 0;
  for (const std::string_view document : *documents) {
    Result<payload::DecodedCoverage> decoded = payload::decode_coverage(document);
    if (!decoded) return failure(400, decoded.error().message);
    left_out += decoded->counts.left_out.total();
    if (decoded->counts.files_left_out.total() > 0) {
      // Of which test a file is missing is not known, and evidence that lacks a file is worse than none.
      left_out += decoded->events.size();
      continue;
    }
    std::move(decoded->events.begin(), decoded->events.end(), std::back_inserter(events));
  }
  Intake intake = intake_of(std::move(events));
  intake.left_out = left_out;
  return stored(std::move(intake));
}

Answer Routes::post_test_cycle(const HttpRequest& request) {
  return body_route(request, &Routes::take_cycle);
}
Answer Routes::post_coverage(const HttpRequest& request) {
  return body_route(request, &Routes::take_coverage);
}
Answer Routes::post_settings(const HttpRequest& request) {
  return body_route(request, &Routes::take_settings);
}
Answer Routes::post_skippable(const HttpRequest& request) {
  return body_route(request, &Routes::take_skippable);
}
Answer Routes::post_known_tests(const HttpRequest& request) {
  return body_route(request, &Routes::take_known_tests);
}
Answer Routes::post_suite_durations(const HttpRequest& request) {
  return body_route(request, &Routes::take_suite_durations);
}
Answer Routes::post_test_management(const HttpRequest& request) {
  return body_route(request, &Routes::take_test_management);
}
Answer Routes::post_search_commits(const HttpRequest& request) {
  return body_route(request, &Routes::take_search_commits);
}
Answer Routes::post_pack(const HttpRequest& request) {
  return body_route(request, &Routes::take_pack);
}
Answer Routes::post_report(const HttpRequest& request) {
  return body_route(request, &Routes::take_report);
}
Answer Routes::post_logs(const HttpRequest& request) {
  return body_route(request, &Routes::take_logs);
}

Result<payload::Settings> Routes::settings_of(const std::string& service) {
  const Result<std::string> document = database_->settings(service);
  if (!document) return document.error();
  if (document->empty()) return default_settings();
  return payload::parse_settings(*document);
}

Answer Routes::take_settings(const std::string& body, const std::string&) {
  const Result<payload::RunFacts> facts = payload::parse_settings_request(body);
  if (!facts) return failure(400, facts.error().message);
  const Result<payload::Settings> settings = settings_of(facts->service);
  if (!settings) return database_failure(settings.error());
  return json(payload::encode_settings(*settings));
}

Answer Routes::take_skippable(const std::string& body, const std::string&) {
  const Result<payload::RunFacts> facts = payload::parse_skippable_request(body);
  if (!facts) return failure(400, facts.error().message);
  Skippables skippables;
  if (payload::is_commit_sha(facts->commit_sha)) {
    Result<Skippables> chosen = skippable_.choose(*facts);
    if (!chosen) return database_failure(chosen.error());
    skippables = std::move(*chosen);
  } else {
    skippables.log.emplace_back("the request names no commit");
  }
  // The list may have many megabytes: it is made in place and never copied.
  std::string text = std::move(skippables.items);
  text = text.empty() ? "{\"data\":[" : std::move(text);
  text += "],\"meta\":{\"correlation_id\":\"" + correlation_of(*facts) + "\",\"alibi_log\":[";
  for (const std::string& line : skippables.log) {
    if (text.back() == '"') text.push_back(',');
    append_json_string(line, &text);
  }
  text += "]}}";
  return json(std::move(text));
}

Answer Routes::take_known_tests(const std::string& body, const std::string&) {
  const Result<payload::KnownTestsRequest> asked = payload::parse_known_tests_request(body);
  if (!asked) return failure(400, asked.error().message);
  TestSearch search;
  search.service = asked->facts.service;
  if (asked->page_state) {
    const std::string& state = *asked->page_state;
    const auto [end, wrong] = std::from_chars(state.data(), state.data() + state.size(), search.after_id);
    if (wrong != std::errc() || end != state.data() + state.size())
      return failure(400, "page_state is none that this server gave");
  }
  const Result<std::vector<TestRow>> tests = database_->tests(search, kKnownTestsPage);
  if (!tests) return database_failure(tests.error());
  payload::KnownTestsPage page;
  absl::flat_hash_map<std::pair<std::string, std::string>, size_t> places;
  for (const TestRow& test : *tests) {
    const auto [place, is_new] = places.try_emplace({test.module, test.suite}, page.suites.size());
    if (is_new) page.suites.push_back({test.module, test.suite, {}});
    std::vector<std::string>& names = page.suites[place->second].tests;
    if (names.empty() || names.back() != test.name) names.push_back(test.name);
    page.size += 1;
  }
  if (tests->size() == kKnownTestsPage) page.next = std::to_string(tests->back().id);
  return json(payload::encode_known_tests(page));
}

Answer Routes::take_suite_durations(const std::string& body, const std::string&) {
  constexpr uint32_t kLargestPage = 5000;
  const Result<payload::SuiteDurationsRequest> asked = payload::parse_suite_durations_request(body);
  if (!asked) return failure(400, asked.error().message);
  const uint32_t size = std::clamp<uint32_t>(asked->page_size, 1, kLargestPage);
  Result<SuiteDurationPage> found = database_->suite_durations(asked->service, asked->page_state, size);
  if (!found) return database_failure(found.error());
  payload::SuiteDurationsPage page;
  page.next = std::move(found->last_suite);
  for (SuiteDurationRow& suite : found->suites) {
    page.suites.push_back(
        {std::move(suite.module), std::move(suite.suite), std::move(suite.source_file), {}, {}});
    if (suite.p50_ns > 0) page.suites.back().p50_ns = suite.p50_ns;
    if (suite.p90_ns > 0) page.suites.back().p90_ns = suite.p90_ns;
  }
  return json(payload::encode_suite_durations(page));
}

Answer Routes::take_test_management(const std::string& body, const std::string&) {
  const Result<payload::TestManagementRequest> asked = payload::parse_test_management_request(body);
  if (!asked) return failure(400, asked.error().message);
  const Result<std::vector<TestRow>> tests = database_->marked_tests(asked->repository_url);
  if (!tests) return database_failure(tests.error());
  std::vector<payload::ManagedTest> managed;
  for (const TestRow& test : *tests) {
    managed.push_back({test.module, test.suite, test.name, (test.marks & kMarkQuarantined) != 0,
                       (test.marks & kMarkDisabled) != 0, (test.marks & kMarkAttemptToFix) != 0, true});
  }
  return json(payload::encode_test_management(managed));
}

Answer Routes::take_search_commits(const std::string& body, const std::string&) {
  const Result<payload::CommitSearch> asked = payload::parse_commit_search(body);
  if (!asked) return failure(400, asked.error().message);
  constexpr size_t kMostCommits = 10'000;
  std::vector<std::string> commits = asked->commits;
  if (commits.size() > kMostCommits) commits.resize(kMostCommits);
  Result<std::vector<std::string>> known = database_->complete_commits(commits);
  if (!known) return database_failure(known.error());
  if (known->size() == commits.size()) return json(payload::encode_known_commits(*known));
  std::vector<std::string> rest;
  const std::vector<std::string>& found = *known;
  size_t next = 0;  // both are in the same order
  for (std::string& commit : commits) {
    if (next < found.size() && found[next] == commit)
      next += 1;
    else
      rest.push_back(std::move(commit));
  }
  const Result<std::vector<std::string>> complete = git_->complete(rest);
  if (!complete) return database_failure(complete.error());
  if (!complete->empty()) {
    const Result<void> kept = database_->add_complete_commits(*complete);
    if (!kept) return database_failure(kept.error());
    known->insert(known->end(), complete->begin(), complete->end());
  }
  return json(payload::encode_known_commits(*known));
}

Answer Routes::take_pack(const std::string& body, const std::string& type) {
  const Result<payload::PackForm> form = payload::read_pack_form(body, type);
  if (!form) return failure(400, form.error().message);
  const Result<payload::PushedCommit> pushed = payload::parse_pushed_commit(form->pushed_commit);
  if (!pushed) return failure(400, pushed.error().message);
  const Result<void> added = git_->add_pack(form->pack);
  if (!added) return failure(400, added.error().message);
  return {204, "", "", {}};
}

// Reports of whole runs and logs are taken, so that their clients go on, and not kept.
Answer Routes::take_report(const std::string& body, const std::string& type) {
  const Result<payload::ReportForm> form = payload::read_report_form(body, type);
  if (!form) return failure(400, form.error().message);
  return taken();
}

Answer Routes::take_logs(const std::string&, const std::string&) {
  return taken();
}

Answer Routes::get_info(const HttpRequest&) {
  payload::AgentInfo info;
  info.endpoints = {"/evp_proxy/v2/", "/evp_proxy/v4/"};
  info.default_env = "none";
  return json(payload::encode_agent_info(info));
}

Answer Routes::get_health(const HttpRequest&) {
  const Result<std::string> read = database_->settings("");
  if (!read) return database_failure(read.error());
  return json("{\"status\":\"ok\"}");
}

Answer Routes::get_metrics(const HttpRequest&) {
  Answer answer = json(metrics_.text(setup_.open_connections(), memory_.taken()));
  answer.type = "text/plain; version=0.0.4";
  return answer;
}

}  // namespace alibi::serve

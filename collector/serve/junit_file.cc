#include "collector/serve/junit_file.h"

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include "collector/junit/numbers.h"
#include "collector/junit/reader.h"
#include "collector/model/error_codes.h"
#include "tracer/base/hash.h"

namespace alibi::serve {
namespace {

constexpr uint64_t kSecond = 1'000'000'000;
constexpr int64_t kEarliest = 946'684'800, kLatest = 9'000'000'000;  // 2000, 2255: as nanoseconds both fit
constexpr uint64_t kEarliestNs = kEarliest * kSecond;

uint64_t id_of(const std::string& text) {
  const uint64_t id = hash64(text.data(), text.size());
  return id == 0 ? 1 : id;
}

uint64_t unix_ns_of(std::string_view moment) {
  const int64_t seconds = junit::moment(moment).value_or(0);
  return seconds < kEarliest || seconds > kLatest ? kEarliestNs : static_cast<uint64_t>(seconds) * kSecond;
}

uint32_t line_of(std::string_view text) {
  uint32_t line = 0;
  (void)std::from_chars(text.data(), text.data() + text.size(), line);
  return line;
}

class Reading {
 public:
  Reading(std::string_view xml, const std::string& service) {
    intake_.contexts.push_back({service, "", ""});
    SessionRecord session;
    session.id = id_of(std::string(xml));
    session.name = "import";
    session.framework = "junit";
    session.ended = true;
    session.status = Status::kPass;
    session.start_ns = kEarliestNs;
    intake_.sessions.push_back(std::move(session));
  }

  junit::Wanted wanted() {
    return {.suite_begins = [this](const junit::Attributes& attributes) { begin_suite(attributes); },
            .suite_ends = [this] { suites_.pop_back(); },
            .test = [this](const junit::Case& test) { add(test); },
            .longest_text = kLongestStack};
  }

  Intake take() { return std::move(intake_); }

 private:
  static constexpr size_t kLongestStack = 5000;

  SessionRecord& session() { return intake_.sessions.front(); }

  void begin_suite(const junit::Attributes& attributes) {
    suites_.emplace_back(junit::value_of(attributes, "name"));
    const std::string_view moment = junit::value_of(attributes, "timestamp");
    if (!moment.empty()) session().start_ns = unix_ns_of(moment);
  }

  void add(const junit::Case& test) {
    const auto value = [&test](std::string_view name) { return junit::value_of(test.attributes, name); };
    Attempt attempt;
    attempt.session = session().id;
    attempt.module = suites_.empty() ? "" : suites_.back();
    attempt.suite = value("classname").empty() ? attempt.module : value("classname");
    attempt.name = value("name");
    attempt.source_file = value("file");
    attempt.source_start = line_of(value("line"));
    attempt.duration_ns = junit::nanoseconds(value("time")).value_or(0);
    attempt.start_ns = session().start_ns + session().duration_ns;
    attempt.status = attempt.final_status = Status::kPass;
    attempt.suite_id = id_of(attempt.suite);
    // The same name twice is two attempts.
    attempt.span =
        id_of(attempt.suite + '\0' + attempt.name + '\0' + std::to_string(intake_.attempts.size()));
    session().duration_ns += attempt.duration_ns;
    for (const junit::Problem& problem : test.problems) put(problem, &attempt);
    intake_.attempts.push_back(std::move(attempt));
  }

  void put(const junit::Problem& problem, Attempt* attempt) {
    const bool is_skip = problem.kind == junit::Problem::Kind::kSkipped;
    attempt->status = attempt->final_status = is_skip ? Status::kSkip : Status::kFail;
    if (is_skip) {
      attempt->skip_reason = problem.message;
      return;
    }
    session().status = Status::kFail;
    attempt->error_type = problem.type;
    attempt->error_message = problem.message;
    attempt->error_stack += problem.text;
  }

  Intake intake_;
  std::vector<std::string> suites_;
};

}  // namespace

Result<Intake> intake_of_junit(std::string_view xml, const std::string& path, const std::string& service) {
  Reading reading(xml, service);
  junit::Reader reader(reading.wanted());
  Result<void> read = reader.take(xml);
  if (read) read = reader.finish();
  if (!read) return Error{collector::kBadServeOption, 0, path + " is no JUnit XML: " + read.error().message};
  Intake intake = reading.take();
  if (intake.attempts.empty()) return Error{collector::kBadServeOption, 0, path + " names no test"};
  return intake;
}

std::string form_type_of(std::string_view body) {
  const std::string_view line = body.substr(0, std::min(body.find("\r\n"), body.size()));
  return "multipart/form-data; boundary=" + std::string(line.starts_with("--") ? line.substr(2) : line);
}

}  // namespace alibi::serve

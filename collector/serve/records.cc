#include "collector/serve/records.h"

#include <absl/container/flat_hash_map.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "collector/payload/merged_tags.h"

namespace alibi::serve {
namespace {

using payload::Event;
using payload::EventType;
using payload::MergedTags;

std::vector<std::pair<std::string, std::string>> configurations_of(const MergedTags& tags) {
  std::vector<std::pair<std::string, std::string>> values;
  for (const char* tag : kConfigurationTags) values.emplace_back(tag, tags[tag]);
  for (const auto& [name, value] : tags.beginning_with(kCustomTagPrefix))
    values.emplace_back("custom." + name.substr(kCustomTagPrefix.size()), value);
  return values;
}

uint32_t number_of(const std::string& text) {
  uint32_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::string path_of(std::string path) {
  while (path.starts_with('/')) path.erase(0, 1);
  return path == "unknown" ? std::string() : path;
}

uint32_t flags_of(const MergedTags& tags) {
  constexpr std::pair<const char*, Flag> kTags[] = {
      {"test.is_retry", kRetry},
      {"test.is_new", kNew},
      {"test.skipped_by_itr", kSkippedByItr},
      {"test.test_management.is_quarantined", kQuarantined},
      {"test.test_management.is_test_disabled", kDisabled},
      {"test.test_management.is_attempt_to_fix", kAttemptToFix},
      {"test.itr.forced_run", kForcedRun},
      {"test.itr.unskippable", kUnskippable},
      {"test.is_modified", kModified},
      {"test.has_failed_all_retries", kFailedAllRetries},
  };
  uint32_t flags = 0;
  for (const auto& [tag, flag] : kTags) {
    if (tags.is_true(tag)) flags |= flag;
  }
  return flags;
}

class Gathering {
 public:
  explicit Gathering(const payload::Metadata& metadata) : metadata_(metadata) {}

  void add(const Event& event) {
    const bool usable = event.session_id != 0 && event.type != EventType::kSpan &&
                        (event.type != EventType::kTest || event.span_id != 0);
    if (!usable) {
      intake_.left_out += 1;
      return;
    }
    const MergedTags tags(metadata_, event);
    const size_t context = context_of(event, tags);
    SessionRecord& session = session_of(event, tags, context);
    if (event.type == EventType::kSession) {
      session.ended = true;
      session.status = status_named(tags["test.status"]);
      session.duration_ns = event.duration_ns;
      session.start_ns = event.start_ns;
    } else if (event.type == EventType::kTest) {
      add_attempt(event, tags, context);
    } else {
      add_part(event, tags, context);
    }
  }
  Intake take() { return std::move(intake_); }

 private:
  size_t context_of(const Event& event, const MergedTags& tags) {
    RunContext context{event.service, tags["env"], configurations_text(configurations_of(tags))};
    std::string key = context.service + '\0' + context.env + '\0' + context.configurations;
    const auto [place, is_new] = contexts_.try_emplace(std::move(key), intake_.contexts.size());
    if (is_new) intake_.contexts.push_back(std::move(context));
    return place->second;
  }

  SessionRecord& session_of(const Event& event, const MergedTags& tags, size_t context) {
    const auto [place, is_new] = sessions_.try_emplace(event.session_id, intake_.sessions.size());
    if (!is_new) {
      SessionRecord& known = intake_.sessions[place->second];
      if (!known.ended) known.start_ns = std::min(known.start_ns, event.start_ns);
      return known;
    }
    SessionRecord session;
    session.id = event.session_id;
    session.context = context;
    session.repository = tags["git.repository_url"];
    session.branch = tags["git.branch"].empty() ? tags["git.tag"] : tags["git.branch"];
    session.sha = tags["git.commit.sha"];
    session.message = tags["git.commit.message"];
    session.command = tags["test.command"];
    session.framework = tags["test.framework"];
    session.name = tags["test_session.name"];
    session.start_ns = event.start_ns;
    intake_.sessions.push_back(std::move(session));
    return intake_.sessions.back();
  }

  void add_attempt(const Event& event, const MergedTags& tags, size_t context) {
    Attempt attempt;
    attempt.session = event.session_id;
    attempt.span = event.span_id;
    attempt.suite_id = event.suite_id;
    attempt.context = context;
    attempt.repository = tags["git.repository_url"];
    attempt.module = tags["test.module"];
    attempt.suite = tags["test.suite"];
    attempt.name = tags["test.name"];
    // A test of pytest has them in its name; of one that was left out they are not always told.
    const bool is_in_name = tags["test.framework"] == "pytest" && attempt.name.ends_with(']');
    if (!is_in_name) attempt.parameters = tags["test.parameters"];
    attempt.source_file = path_of(tags["test.source.file"]);
    attempt.codeowners = tags["test.codeowners"];
    attempt.source_start = number_of(tags["test.source.start"]);
    attempt.source_end = number_of(tags["test.source.end"]);
    attempt.start_ns = event.start_ns;
    attempt.duration_ns = event.duration_ns;
    attempt.status = status_named(tags["test.status"]);
    attempt.final_status = status_named(tags["test.final_status"]);
    attempt.flags = flags_of(tags);
    attempt.skip_reason = tags["test.skip_reason"];
    attempt.retry_reason = tags["test.retry_reason"];
    attempt.error_type = tags["error.type"];
    attempt.error_message = tags["error.message"];
    attempt.error_stack = tags["error.stack"];
    attempt.sha = tags["git.commit.sha"];
    intake_.attempts.push_back(std::move(attempt));
  }

  void add_part(const Event& event, const MergedTags& tags, size_t context) {
    PartRecord part;
    const bool suite = event.type == EventType::kSuite;
    part.kind = suite ? PartRecord::Kind::kSuite : PartRecord::Kind::kModule;
    part.session = event.session_id;
    part.id = suite ? event.suite_id : event.module_id;
    part.module_id = event.module_id;
    part.context = context;
    part.module = tags["test.module"];
    part.suite = suite ? tags["test.suite"] : std::string();
    part.source_file = path_of(tags["test.source.file"]);
    part.status = status_named(tags["test.status"]);
    part.start_ns = event.start_ns;
    part.duration_ns = event.duration_ns;
    part.flags = flags_of(tags);
    intake_.parts.push_back(std::move(part));
  }

  const payload::Metadata& metadata_;
  Intake intake_;
  absl::flat_hash_map<std::string, size_t> contexts_;
  absl::flat_hash_map<uint64_t, size_t> sessions_;
};

}  // namespace

Status status_named(std::string_view text) {
  if (text == "pass") return Status::kPass;
  if (text == "fail") return Status::kFail;
  if (text == "skip") return Status::kSkip;
  return Status::kUnknown;
}

const char* status_text(Status status) {
  constexpr const char* kTexts[] = {"fail", "pass", "skip", "unknown"};
  return kTexts[static_cast<size_t>(status) & 3U];
}

std::string configurations_text(std::vector<std::pair<std::string, std::string>> values) {
  std::sort(values.begin(), values.end());
  std::string text;
  const std::string* last = nullptr;
  for (const auto& [name, value] : values) {
    const bool repeated = last != nullptr && *last == name;
    last = &name;
    if (value.empty() || repeated) continue;
    text.append(name).append("=").append(value).append("\n");
  }
  return text;
}

Intake intake_of(const payload::TestCycle& cycle) {
  Gathering gathering(cycle.metadata);
  for (const Event& event : cycle.events) gathering.add(event);
  return gathering.take();
}

Intake intake_of(std::vector<payload::CoverageEvent> coverage) {
  Intake intake;
  intake.coverage = std::move(coverage);
  return intake;
}

}  // namespace alibi::serve

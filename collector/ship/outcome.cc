#include "collector/ship/outcome.h"

#include <algorithm>

namespace alibi::ship {
namespace {

constexpr char kFinalStatus[] = "test.final_status";
constexpr char kIsRetry[] = "test.is_retry";
constexpr char kRetryReason[] = "test.retry_reason";
constexpr char kFailedAll[] = "test.has_failed_all_retries";
constexpr char kFixPassed[] = "test.test_management.attempt_to_fix_passed";

// Names that are the collector's: whatever the run says, they are told once, and of the right attempt.
void remove(payload::Tags* tags, std::string_view name) {
  std::erase_if(*tags, [name](const auto& tag) { return tag.first == name; });
}

class Attempts {
 public:
  explicit Attempts(const std::vector<Attempt>& attempts) : attempts_(attempts) {}

  bool all(Status status) const {
    return std::ranges::all_of(attempts_, [status](const Attempt& one) { return one.status == status; });
  }
  bool any(Status status) const {
    return std::ranges::any_of(attempts_, [status](const Attempt& one) { return one.status == status; });
  }
  bool is_marked(std::string_view tag) const {
    return std::ranges::any_of(attempts_,
                               [tag](const Attempt& one) { return tag_of(one.tags, tag) == "true"; });
  }
  bool are_to_fix() const { return is_marked("test.test_management.is_attempt_to_fix"); }

  // One failure is enough for a test that is to be proved fixed; one success for any other.
  Status result() const {
    const Status first = are_to_fix() ? Status::kFail : Status::kPass;
    const Status second = are_to_fix() ? Status::kPass : Status::kFail;
    if (any(first)) return first;
    if (are_to_fix() && any(Status::kSkip)) return Status::kSkip;
    return any(second) ? second : Status::kSkip;
  }

  // The run does not fail for a test that is known to be bad.
  Status final_status() const {
    const bool forgiven = is_marked("test.test_management.is_quarantined") ||
                          is_marked("test.test_management.is_test_disabled");
    return result() == Status::kFail && forgiven ? Status::kPass : result();
  }

 private:
  const std::vector<Attempt>& attempts_;
};

void mark_retry(payload::Tags* tags) {
  remove(tags, kIsRetry);
  tags->emplace_back(kIsRetry, "true");
  if (tag_of(*tags, kRetryReason).empty()) {
    remove(tags, kRetryReason);
    tags->emplace_back(kRetryReason, "external");
  }
}

}  // namespace

std::string_view tag_of(const payload::Tags& tags, std::string_view name) {
  const auto found = std::ranges::find_if(tags, [name](const auto& tag) { return tag.first == name; });
  return found == tags.end() ? std::string_view() : std::string_view(found->second);
}

Status settle_attempts(std::vector<Attempt>* attempts) {
  for (size_t number = 0; number < attempts->size(); ++number) {
    payload::Tags& tags = (*attempts)[number].tags;
    for (const char* name : {kFinalStatus, kFailedAll, kFixPassed}) remove(&tags, name);
    if (number > 0) mark_retry(&tags);
  }
  const Attempts all(*attempts);
  const Status final_status = all.final_status();
  payload::Tags last;
  last.emplace_back(kFinalStatus, status_name(final_status));
  if (attempts->size() > 1 && all.all(Status::kFail)) last.emplace_back(kFailedAll, "true");
  // One that was skipped proves nothing.
  if (all.are_to_fix() && !all.all(Status::kSkip))
    last.emplace_back(kFixPassed, all.all(Status::kPass) ? "true" : "false");
  payload::Tags& tags = attempts->back().tags;
  tags.insert(tags.end(), last.begin(), last.end());
  return final_status;
}

void settle_left_out(Attempt* attempt) {
  attempt->status = Status::kSkip;
  remove(&attempt->tags, kFinalStatus);
  attempt->tags.emplace_back(kFinalStatus, status_name(Status::kSkip));
}

}  // namespace alibi::ship

// What the intake keeps, as plain values: sessions, attempts at tests, ends of suites and modules, and where
// they ran. intake_of() makes them of a decoded body.
//
// Made by the routes and by the imports, stored by a Database. No clock, no disk, any thread.
#ifndef ALIBI_COLLECTOR_SERVE_RECORDS_H_
#define ALIBI_COLLECTOR_SERVE_RECORDS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "collector/payload/coverage_events.h"
#include "collector/payload/test_events.h"

namespace alibi::serve {

// Numbers are stored: failures sort first.
enum class Status : uint8_t { kFail = 0, kPass = 1, kSkip = 2, kUnknown = 3 };

Status status_named(std::string_view text);
const char* status_text(Status status);

// Evidence of one is never used for another: service, environment and what the tests ran on.
struct RunContext {
  std::string service;
  std::string env;
  std::string configurations;  // "os.platform=Linux\n", sorted, of all that a request for settings names

  bool operator==(const RunContext&) const = default;
};

// One of the lines of RunContext::configurations for each of these, and "custom.NAME" for those of the user.
std::string configurations_text(std::vector<std::pair<std::string, std::string>> values);
inline constexpr const char* kConfigurationTags[] = {"os.architecture", "os.platform", "os.version",
                                                     "runtime.name", "runtime.version"};
inline constexpr std::string_view kCustomTagPrefix = "test.configuration.";

struct SessionRecord {
  uint64_t id = 0;
  size_t context = 0;  // in Intake::contexts
  std::string repository, branch, sha, message, command, framework, name;
  uint64_t start_ns = 0;
  bool ended = false;  // the following are of the session's own event
  Status status = Status::kUnknown;
  uint64_t duration_ns = 0;
};

// Bits of Attempt::flags and PartRecord::flags; stored.
enum Flag : uint32_t {
  kRetry = 1,
  kNew = 2,
  kSkippedByItr = 4,
  kQuarantined = 8,
  kDisabled = 16,
  kAttemptToFix = 32,
  kForcedRun = 64,
  kUnskippable = 128,
  kModified = 256,
  kFailedAllRetries = 512,
};

struct Attempt {
  uint64_t session = 0, span = 0, suite_id = 0;
  size_t context = 0;
  std::string repository, module, suite, name, parameters;
  std::string source_file, codeowners;  // empty: not known
  uint32_t source_start = 0, source_end = 0;
  uint64_t start_ns = 0, duration_ns = 0;
  Status status = Status::kUnknown;
  Status final_status = Status::kUnknown;
  uint32_t flags = 0;
  std::string skip_reason, retry_reason;
  std::string error_type, error_message, error_stack;
  std::string sha;
};

struct PartRecord {
  enum class Kind : uint8_t { kModule = 1, kSuite = 2 };
  Kind kind = Kind::kSuite;
  uint64_t session = 0, id = 0;
  uint64_t module_id = 0;
  size_t context = 0;
  // Of a suite, some clients name the module in the module's own event only.
  std::string module, suite, source_file;
  Status status = Status::kUnknown;
  uint64_t start_ns = 0, duration_ns = 0;
  uint32_t flags = 0;
};

struct Intake {
  std::vector<RunContext> contexts;
  std::vector<SessionRecord> sessions;
  std::vector<Attempt> attempts;
  std::vector<PartRecord> parts;
  std::vector<payload::CoverageEvent> coverage;
  uint64_t left_out = 0;  // spans, and events that no session or test can be made of
};

Intake intake_of(const payload::TestCycle& cycle);
Intake intake_of(std::vector<payload::CoverageEvent> coverage);

}  // namespace alibi::serve

#endif  // ALIBI_COLLECTOR_SERVE_RECORDS_H_

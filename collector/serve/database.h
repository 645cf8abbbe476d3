// What the server keeps and can be asked for. One interface, so that another database can take SQLite's
// place.
//
// Called from any thread. A write returns when it is committed and survives a killed process and a power cut;
// several callers' writes share one transaction. Reads see whole bodies or nothing of them.
#ifndef ALIBI_COLLECTOR_SERVE_DATABASE_H_
#define ALIBI_COLLECTOR_SERVE_DATABASE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collector/serve/records.h"
#include "tracer/base/result.h"

namespace alibi::serve {

using UnixClock = std::function<uint64_t()>;  // in nanoseconds
uint64_t unix_now_ns();

struct SessionRow {
  uint64_t id = 0;
  std::string service, env, configurations;
  std::string repository, branch, sha, message, command, framework, name;
  Status status = Status::kUnknown;  // unknown: not ended, as far as was heard
  uint64_t start_ns = 0, duration_ns = 0;
  uint64_t tests = 0, failed = 0, skipped = 0;
  uint64_t left_out = 0;  // by test impact analysis: tests, at suite level suites
  uint64_t saved_ns = 0;  // what those usually take
};

// Of test management; stored.
enum Mark : uint32_t {
  kMarkQuarantined = 1,
  kMarkDisabled = 2,
  kMarkAttemptToFix = 4,
  // Not a user's: several tests of one session had its names, so that no evidence says which of them it is
  // of.
  kMarkSharedName = 8,
};

struct TestRow {
  uint64_t id = 0;
  std::string service, module, suite, name, parameters, repository, source_file, codeowners;
  uint32_t source_start = 0, source_end = 0;
  uint64_t usual_ns = 0;  // of runs that passed, the latest weigh most
  uint64_t runs = 0, failures = 0;
  uint64_t flips = 0;  // how often it passed and failed at one commit
  Status last_status = Status::kUnknown;
  uint64_t last_start_ns = 0;
  uint32_t marks = 0;
};

struct AttemptRow {
  uint64_t session = 0, span = 0, suite_id = 0;
  TestRow test;  // of a test's own history: only the id
  std::string sha, branch;
  uint64_t start_ns = 0, duration_ns = 0;
  Status status = Status::kUnknown, final_status = Status::kUnknown;
  uint32_t flags = 0;
  std::string skip_reason, retry_reason;
  std::string error_type, error_message, error_stack;
};

struct Page {
  uint64_t offset = 0;
  uint64_t limit = 100;
};

struct TestSearch {
  std::string service;  // empty: all
  std::string text;     // part of suite or name
  bool only_unsteady = false;
  uint64_t after_id = 0;
};

// The newest run of a test at one commit in one context.
struct Evidence {
  uint64_t test = 0;
  Status verdict = Status::kUnknown;  // unknown: more than one attempt, so nothing can be built on it
  uint64_t start_ns = 0;
  uint64_t cover_set = 0;  // 0: no coverage was heard
  uint64_t own_file = 0;   // 0: not known
};

struct SuiteEvidence {
  std::string module, suite;
  Status verdict = Status::kUnknown;
  uint64_t session = 0, start_ns = 0;
  std::vector<uint64_t> cover_sets;
  uint64_t own_file = 0;
  uint64_t tests = 0;  // of it, in that session: a session may have run a part
};

struct CommitRow {
  uint64_t id = 0;
  std::string sha;
};

struct FileRow {
  uint64_t id = 0;
  std::string path;
};

struct LineCover {  // a test that covered a file, by its newest coverage of it
  TestRow test;
  std::vector<uint32_t> lines;  // empty: which is not known
};

struct ServiceRow {
  std::string service;
  uint64_t sessions = 0, left_out = 0, saved_ns = 0;
};

struct SuiteDurationRow {
  std::string module, suite, source_file;
  uint64_t p50_ns = 0, p90_ns = 0;  // 0: no test of it was measured
};
struct SuiteDurationPage {
  std::vector<SuiteDurationRow> suites;   // by suite, module
  std::optional<std::string> last_suite;  // where the next page begins after; none: there is none
};

struct PackRow {  // of git objects, as a client sent it
  uint64_t id = 0;
  std::string bytes;
};

struct OldSession {
  uint64_t id = 0, context = 0, commit = 0, start_ns = 0;
};

struct Counts {
  uint64_t sessions = 0, tests = 0;
};

// Evidence of a context is looked at where it is of one of so many commits, the latest.
inline constexpr uint64_t kCommitsLookedAt = 24;

class Database {
 public:
  virtual ~Database() = default;

  virtual Result<void> store(const Intake& intake) = 0;
  virtual Result<void> set_settings(const std::string& service, const std::string& document) = 0;
  virtual Result<void> set_marks(uint64_t test, uint32_t marks) = 0;
  virtual Result<void> add_complete_commits(const std::vector<std::string>& shas) = 0;
  virtual Result<void> add_pack(std::string_view bytes) = 0;

  virtual Result<std::vector<SessionRow>> sessions(const std::string& service,
                                                   Page page) = 0;  // newest first
  virtual Result<std::optional<SessionRow>> session(uint64_t id) = 0;
  virtual Result<std::vector<AttemptRow>> attempts(uint64_t session, std::optional<Status> status,
                                                   Page page) = 0;
  virtual Result<std::vector<TestRow>> tests(const TestSearch& search, uint64_t limit) = 0;  // by id
  virtual Result<std::optional<TestRow>> test(uint64_t id) = 0;
  virtual Result<std::vector<AttemptRow>> history(uint64_t test, uint64_t limit) = 0;  // newest first
  virtual Result<std::vector<TestRow>> marked_tests(const std::string& repository) = 0;
  virtual Result<std::vector<payload::CoveredFile>> coverage_of(uint64_t session, uint64_t span) = 0;
  virtual Result<std::vector<LineCover>> tests_of_file(const std::string& path, uint64_t limit) = 0;
  virtual Result<std::vector<std::string>> files(const std::string& text, Page page) = 0;
  virtual Result<std::string> settings(const std::string& service) = 0;  // empty: none are stored
  virtual Result<std::vector<ServiceRow>> services() = 0;
  virtual Result<Counts> counts() = 0;
  // Of suites that ran, or were left out, lately. `after`: last_suite of the page before; none: the first.
  virtual Result<SuiteDurationPage> suite_durations(const std::string& service,
                                                    const std::optional<std::string>& after,
                                                    uint64_t limit) = 0;

  // Of this database and no other, also not of one that takes its place.
  virtual Result<std::string> identity() = 0;
  virtual Result<std::vector<PackRow>> packs_after(uint64_t id, uint64_t limit) = 0;  // in order
  // Of what is asked, what is known to be complete.
  virtual Result<std::vector<std::string>> complete_commits(const std::vector<std::string>& shas) = 0;

  // Of those that began and were stored before: in order of their start, after `last`.
  virtual Result<std::vector<OldSession>> sessions_before(uint64_t time_ns, const OldSession& last,
                                                          uint64_t limit) = 0;
  // A small part of it, with what nobody else refers to. False: nothing of it is left.
  virtual Result<bool> remove_part_of(uint64_t session) = 0;

  // For choosing what can be skipped.
  virtual Result<std::optional<uint64_t>> context(const RunContext& context) = 0;
  virtual Result<std::vector<CommitRow>> recent_commits(uint64_t context, uint64_t limit) = 0;
  virtual Result<std::vector<Evidence>> evidence(uint64_t context, uint64_t commit) = 0;
  virtual Result<std::vector<SuiteEvidence>> suite_evidence(uint64_t context, uint64_t commit) = 0;
  virtual Result<std::vector<FileRow>> files_after(uint64_t id) = 0;  // all with a later number
  virtual Result<std::vector<uint64_t>> sets_covering(const std::vector<uint64_t>& files) = 0;  // unsorted
};

}  // namespace alibi::serve

#endif  // ALIBI_COLLECTOR_SERVE_DATABASE_H_

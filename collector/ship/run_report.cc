#include "collector/ship/run_report.h"

#include <algorithm>
#include <optional>

#include "collector/ship/attempt.h"
#include "collector/ship/outcome.h"
#include "tracer/base/hash.h"

namespace alibi::ship {
namespace {

using payload::Event;
using payload::EventType;

constexpr char kLeftOut[] = "test.skipped_by_itr";
constexpr char kSourceFile[] = "test.source.file";
constexpr char kUnskippable[] = "test.itr.unskippable";
constexpr int kNoTests = 5;  // pytest's exit status

// What suites, modules and the session are made of.
struct Group {
  uint64_t id = 0;
  uint64_t start_ns = 0;
  uint64_t end_ns = 0;
  bool failed = false;
  bool passed = false;
  bool unskippable = false;         // one of its tests is marked so
  std::optional<std::string> file;  // of all its tests; empty: they differ

  void add(uint64_t from, uint64_t until, Status status) {
    if (from != 0) start_ns = start_ns == 0 ? from : std::min(start_ns, from);
    end_ns = std::max(end_ns, until);
    failed = failed || status == Status::kFail;
    passed = passed || status == Status::kPass;
  }
  // A suite is of a file where all of its tests are.
  void is_in(const payload::Tags& tags) {
    for (const auto& [name, value] : tags) {
      if (name != kSourceFile) continue;
      if (!file) file = value;
      if (*file != value) file->clear();
    }
  }
  Status status() const { return failed ? Status::kFail : passed ? Status::kPass : Status::kSkip; }
  uint64_t duration_ns() const { return end_ns > start_ns ? end_ns - start_ns : 0; }
};

bool has(const payload::Tags& tags, std::string_view name) {
  return std::any_of(tags.begin(), tags.end(), [name](const auto& tag) { return tag.first == name; });
}

class Reporter {
 public:
  Reporter(const collector::SessionCoverage& session, const Reporting& reporting,
           const origin::Codeowners* owners, const Crashes& crashes)
      : session_(session), reporting_(reporting), owners_(owners), crashes_(crashes) {}

  RunReport run() {
    describe();
    for (const collector::TestCoverage& test : session_.tests) add_test(test);
    for (const std::string& note : session_.notes) {
      for (Attempt& attempt : read_attempts(note)) add_left_out(std::move(attempt));
    }
    add_suites();
    add_modules();
    add_session();
    return std::move(report_);
  }

 private:
  void describe() {
    auto& by_type = report_.cycle.metadata.by_type;
    by_type.emplace_back("*", reporting_.tags);
    by_type.emplace_back("test", reporting_.test_tags);
  }

  uint64_t id_of(std::string_view kind, std::string_view name, std::string_view more = {}) const {
    std::string key(kind);
    for (const std::string_view part : {name, more}) key.append(1, '\0').append(part);
    const uint64_t id = hash64(key.data(), key.size(), reporting_.session_id);
    return id != 0 ? id : 1;
  }

  Group& suite_of(const Attempt& attempt) {
    Group& suite = suites_[{attempt.module, attempt.suite}];
    if (suite.id == 0) suite.id = id_of("suite", attempt.module, attempt.suite);
    Group& module = modules_[attempt.module];
    if (module.id == 0) module.id = id_of("module", attempt.module);
    return suite;
  }

  Event event(EventType type, const std::string& what, const std::string& resource) const {
    Event made;
    made.type = type;
    made.name = reporting_.framework + "." + what;
    made.resource = resource;
    made.service = reporting_.service;
    made.session_id = reporting_.session_id;
    made.meta = reporting_.session_tags;
    made.meta.emplace_back("span.kind", "test");
    return made;
  }

  void add_owners(const std::string& file, payload::Tags* meta) const {
    if (owners_ == nullptr || file.empty()) return;
    if (std::string owners = owners_->json_of(file); !owners.empty())
      meta->emplace_back("test.codeowners", std::move(owners));
  }

  // Of an attempt that its process did not outlive.
  void add_end(const std::string& id, payload::Tags* tags) const {
    const auto crash = crashes_.find(id);
    if (crash == crashes_.end()) {
      tags->emplace_back("error.message", "the process ended before the test did");
      return;
    }
    tags->emplace_back("error.type", crash->second.type);
    tags->emplace_back("error.message", crash->second.message);
    tags->emplace_back("error.stack", crash->second.stack);
  }

  void add_test(const collector::TestCoverage& test) {
    std::vector<Attempt> attempts;
    for (const std::string& note : test.notes) {
      for (Attempt& attempt : read_attempts(note)) attempts.push_back(std::move(attempt));
    }
    std::stable_sort(attempts.begin(), attempts.end(), [](const Attempt& left, const Attempt& right) {
      return left.start_ns < right.start_ns;
    });
    if (attempts.empty()) return;
    for (Attempt& attempt : attempts) {
      if (attempt.interrupted) add_end(test.id, &attempt.tags);
    }
    const Status final_status = settle_attempts(&attempts);
    for (size_t number = 0; number < attempts.size(); ++number) {
      const Attempt& attempt = attempts[number];
      Group& suite = suite_of(attempt);
      const uint64_t span = id_of("test", test.id, std::to_string(number));
      suite.add(attempt.start_ns, attempt.start_ns + attempt.duration_ns, final_status);
      report_.places[test.id] = {suite.id, span};
      add_event(attempt, suite.id, span);
    }
  }

  void add_left_out(Attempt attempt) {
    settle_left_out(&attempt);
    if (has(attempt.tags, kLeftOut)) ++report_.left_out;
    if (attempt.start_ns == 0) attempt.start_ns = session_.description.started_unix_ns;
    Group& suite = suite_of(attempt);
    suite.add(attempt.start_ns, attempt.start_ns, Status::kSkip);
    add_event(attempt, suite.id,
              id_of("left out", attempt.module + "\n" + attempt.suite, attempt.name + attempt.parameters));
  }

  // Ruby's client never puts the id on suites.
  bool correlates_suites() const { return reporting_.wants_suites && !is_of_ruby(reporting_); }

  void add_event(const Attempt& attempt, uint64_t suite_id, uint64_t span_id) {
    Group& suite = suites_[{attempt.module, attempt.suite}];
    suite.is_in(attempt.tags);
    suite.unskippable = suite.unskippable || has(attempt.tags, kUnskippable);
    Event made = event(EventType::kTest, "test", attempt.name);
    made.version = 2;
    made.suite_id = suite_id;
    made.module_id = modules_[attempt.module].id;
    made.span_id = span_id;
    made.trace_id = id_of("trace", std::to_string(span_id));
    made.parent_id = 1;
    if (!correlates_suites()) made.correlation_id = reporting_.correlation_id;
    made.error = attempt.status == Status::kFail;
    made.start_ns = attempt.start_ns;
    made.duration_ns = attempt.duration_ns;
    made.meta.insert(made.meta.end(), {{"test.module", attempt.module},
                                       {"test.suite", attempt.suite},
                                       {"test.name", attempt.name},
                                       {"test.status", status_name(attempt.status)},
                                       {"test.type", "test"}});
    if (!attempt.parameters.empty()) made.meta.emplace_back("test.parameters", attempt.parameters);
    made.meta.insert(made.meta.end(), attempt.tags.begin(), attempt.tags.end());
    add_owners(std::string(tag_of(attempt.tags, kSourceFile)), &made.meta);
    made.metrics = attempt.metrics;
    made.metrics.emplace_back("_dd.top_level", 1);
    report_.cycle.events.push_back(std::move(made));
  }

  void add_suites() {
    for (auto& [key, suite] : suites_) {
      const auto& [module_name, suite_name] = key;
      Event made = event(EventType::kSuite, "test_suite", suite_name);
      Group& module = modules_[module_name];
      made.suite_id = suite.id;
      made.module_id = module.id;
      if (correlates_suites()) made.correlation_id = reporting_.correlation_id;
      made.meta.emplace_back("test.module", module_name);
      made.meta.emplace_back("test.suite", suite_name);
      if (suite.file && !suite.file->empty()) {
        made.meta.emplace_back(kSourceFile, *suite.file);
        add_owners(*suite.file, &made.meta);
      }
      // As the vendor's client for Ruby tells it, and that for pytest does not.
      if (suite.unskippable && reporting_.framework != "pytest") made.meta.emplace_back(kUnskippable, "true");
      finish(suite, suite.status(), &made);
      module.add(suite.start_ns, suite.end_ns, suite.status());
    }
  }

  void add_modules() {
    for (auto& [name, module] : modules_) {
      Event made = event(EventType::kModule, "test_module", name);
      made.module_id = module.id;
      made.meta.emplace_back("test.module", name);
      finish(module, module.status(), &made);
      whole_.add(module.start_ns, module.end_ns, module.status());
    }
  }

  // Its status is the run's: what the framework says at the end, not what its tests say.
  void add_session() {
    const int exit_status = session_.description.exit_status;
    const bool well = session_.description.complete &&
                      (exit_status == 0 || (exit_status == kNoTests && reporting_.framework == "pytest"));
    Event made = event(EventType::kSession, "test_session", reporting_.framework);
    whole_.add(session_.description.started_unix_ns, 0, Status::kSkip);
    const std::string any = report_.left_out != 0 ? "true" : "false";
    made.meta.emplace_back("test.itr.tests_skipping.enabled", reporting_.skipping ? "true" : "false");
    made.meta.emplace_back("test.itr.tests_skipping.type", reporting_.wants_suites ? "suite" : "test");
    made.meta.emplace_back("test.itr.tests_skipping.tests_skipped", any);
    made.meta.emplace_back("_dd.ci.itr.tests_skipped", any);
    made.meta.emplace_back("test.code_coverage.enabled", reporting_.wants_coverage ? "true" : "false");
    made.metrics.emplace_back("test.itr.tests_skipping.count", static_cast<double>(report_.left_out));
    made.metrics.emplace_back("_dd.top_level", 1);
    for (const auto& [name, value] : reporting_.session_only_tags) made.meta.emplace_back(name, value);
    finish(whole_, well ? Status::kPass : Status::kFail, &made);
    add_told_of_session(&report_.cycle.events.back().meta);
  }

  // By any process of the run; what is known here already holds, and so does what was told first.
  void add_told_of_session(payload::Tags* meta) const {
    for (const std::string& note : session_.notes) {
      for (auto& [name, value] : read_session_tags(note)) {
        if (!has(*meta, name)) meta->emplace_back(name, std::move(value));
      }
    }
  }

  void finish(const Group& group, Status status, Event* made) {
    made->start_ns = group.start_ns;
    made->duration_ns = group.duration_ns();
    made->error = status == Status::kFail;
    made->meta.emplace_back("test.status", status_name(status));
    report_.cycle.events.push_back(std::move(*made));
  }

  const collector::SessionCoverage& session_;
  const Reporting& reporting_;
  const origin::Codeowners* owners_;
  const Crashes& crashes_;
  RunReport report_;
  std::map<std::pair<std::string, std::string>, Group> suites_;
  std::map<std::string, Group> modules_;
  Group whole_;
};

}  // namespace

RunReport report_of(const collector::SessionCoverage& session, const Reporting& reporting,
                    const origin::Codeowners* owners, const Crashes& crashes) {
  return Reporter(session, reporting, owners, crashes).run();
}

}  // namespace alibi::ship

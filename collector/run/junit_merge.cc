#include "collector/run/junit_merge.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>

#include "collector/model/plan_errors.h"
#include "collector/run/junit_reader.h"

namespace alibi::run {
namespace {

constexpr size_t kRetriesInMemory = 256u << 20;

struct Counts {
  uint64_t tests = 0, failures = 0, errors = 0, skipped = 0;
  double seconds = 0;

  void add(const Counts& other) {
    tests += other.tests, failures += other.failures, errors += other.errors, skipped += other.skipped;
    seconds += other.seconds;
  }
  XmlAttributes attributes() const {
    std::array<char, 64> time{};
    (void)std::snprintf(time.data(), time.size(), "%.3f", seconds);
    return {{"tests", std::to_string(tests)},
            {"failures", std::to_string(failures)},
            {"errors", std::to_string(errors)},
            {"skipped", std::to_string(skipped)},
            {"time", time.data()}};
  }
};

struct Suite {
  XmlAttributes attributes;
  std::string name, first;  // what it is ordered by
  size_t report = 0;
  Counts counts;
  long begin = 0, end = 0;  // of its content in the file
};

using Key = std::string;
Key key_of(const JunitCase& test) {
  Key key;
  for (const std::string_view name : {"file", "classname", "name"}) key.append(test.attribute(name)) += '\0';
  return key;
}

double seconds_of(const JunitCase& test) {
  const double seconds = std::strtod(std::string(test.attribute("time")).c_str(), nullptr);
  return seconds > 0 && seconds < 1e9 ? seconds : 0;
}

const JunitProblem* failure_of(const JunitCase& test) {
  for (const JunitProblem& one : test.problems) {
    if (one.kind != JunitProblem::Kind::kSkipped) return &one;
  }
  return nullptr;
}

void append_problem(std::string_view element, const JunitProblem& problem, bool as_trace, std::string* xml) {
  XmlAttributes attributes;
  if (!problem.message.empty()) attributes.emplace_back("message", problem.message);
  if (!problem.type.empty()) attributes.emplace_back("type", problem.type);
  append_tag(element, attributes, xml);
  *xml += ">";
  if (as_trace) *xml += "<stackTrace>";
  append_escaped(problem.text, xml);
  if (as_trace) *xml += "</stackTrace>";
  xml->append("</").append(element).append(">");
}

std::string_view element_of(JunitProblem::Kind kind, std::string_view prefix) {
  const bool failure = kind == JunitProblem::Kind::kFailure;
  if (prefix == "flaky") return failure ? "flakyFailure" : "flakyError";
  if (prefix == "rerun") return failure ? "rerunFailure" : "rerunError";
  return kind == JunitProblem::Kind::kSkipped ? "skipped" : failure ? "failure" : "error";
}

// All attempts of one test, as the one test case that a report has for it.
std::string case_xml(const std::vector<JunitCase>& attempts, Counts* counts) {
  const JunitCase& last = attempts.back();
  ++counts->tests;
  counts->seconds += seconds_of(last);
  std::string xml;
  append_tag("testcase", last.attributes, &xml);
  xml += ">";
  if (const JunitProblem* failure = failure_of(last)) {
    ++(failure->kind == JunitProblem::Kind::kError ? counts->errors : counts->failures);
    bool first = true;
    for (const JunitCase& attempt : attempts) {
      if (const JunitProblem* problem = failure_of(attempt); problem != nullptr) {
        append_problem(element_of(problem->kind, first ? "" : "rerun"), *problem, !first, &xml);
        first = false;
      }
    }
  } else {
    if (last.skipped()) ++counts->skipped;
    for (const JunitProblem& problem : last.problems) append_problem("skipped", problem, false, &xml);
    for (const JunitCase& attempt : attempts) {
      if (const JunitProblem* problem = failure_of(attempt))
        append_problem(element_of(problem->kind, "flaky"), *problem, true, &xml);
    }
  }
  return xml + last.rest + "</testcase>\n";
}

struct Closed {
  void operator()(std::FILE* file) const { (void)std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Closed>;

class Merging {
 public:
  Merging(const JunitMerge& merge, std::FILE* content) : merge_(merge), content_(content) {}

  void read_retries() {
    for (const JunitReport& report : merge_.reports) {
      if (report.attempt < 2) continue;
      JunitEvents events;
      events.suite_begins = [this](const XmlAttributes& attributes) { suite_ = name_of(attributes); };
      events.suite_child = [](std::string_view) {};
      events.suite_ends = [] {};
      events.test = [this](JunitCase test) {
        retried_bytes_ += test.rest.size();
        for (const JunitProblem& one : test.problems) retried_bytes_ += one.text.size();
        if (retried_bytes_ > kRetriesInMemory) {
          test.rest.clear();
          for (JunitProblem& one : test.problems) one.text.clear();
        }
        Retried& retried = retried_[key_of(test)];
        retried.suite = suite_;
        retried.attempts.push_back(std::move(test));
      };
      note(read_junit(report.path, events));
    }
  }

  void read_first_attempts() {
    for (size_t i = 0; i < merge_.reports.size(); ++i) {
      if (merge_.reports[i].attempt >= 2) continue;
      JunitEvents events;
      events.suite_begins = [&](const XmlAttributes& attributes) { begin_suite(attributes, i); };
      events.test = [&](const JunitCase& test) {
        std::vector<JunitCase> attempts = {test};
        const auto retried = retried_.find(key_of(test));
        // The same name twice in one report: the one that failed was run again.
        if (retried != retried_.end() && (test.failed() || !retried->second.used)) {
          attempts.insert(attempts.end(), retried->second.attempts.begin(), retried->second.attempts.end());
          retried->second.used = true;
        }
        add_case(attempts);
      };
      events.suite_child = [&](std::string_view xml) { write(std::string(xml) + "\n"); };
      events.suite_ends = [&] { end_suite(); };
      note(read_junit(merge_.reports[i].path, events));
    }
    add_what_only_retries_have();
    add_missing();
  }

  Result<void> write_output() {
    const std::string temporary = merge_.output + ".new";
    File output(std::fopen(temporary.c_str(), "we"));
    if (!output) return failed("cannot write " + temporary);
    std::ranges::stable_sort(
        suites_, {}, [](const Suite& suite) { return std::tuple(suite.name, suite.first, suite.report); });
    Counts all;
    for (const Suite& suite : suites_) all.add(suite.counts);
    std::string xml = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n";
    XmlAttributes attributes = all.attributes();
    attributes.insert(attributes.begin(), {"name", "alibi run"});
    append_tag("testsuites", attributes, &xml);
    put(output.get(), xml + ">\n");
    for (const Suite& suite : suites_) write_suite(suite, output.get());
    put(output.get(), "</testsuites>\n");
    if (std::fflush(output.get()) != 0) good_ = false;
    output.reset();
    if (!good_ || ::rename(temporary.c_str(), merge_.output.c_str()) != 0) {
      const Error error = failed("cannot write the JUnit report " + merge_.output);
      (void)::unlink(temporary.c_str());
      return error;
    }
    return {};
  }

  std::vector<std::string> take_problems() { return std::move(problems_); }

 private:
  struct Retried {
    std::string suite;
    std::vector<JunitCase> attempts;
    bool used = false;
  };

  static std::string name_of(const XmlAttributes& attributes) {
    for (const auto& [key, value] : attributes) {
      if (key == "name") return value;
    }
    return "";
  }
  static Error failed(const std::string& what) { return os_error(collector::kBadTimings, errno, what); }

  void note(const Result<void>& read) {
    if (!read) problems_.push_back(read.error().message);
  }
  void put(std::FILE* file, std::string_view text) {
    if (std::fwrite(text.data(), 1, text.size(), file) != text.size()) good_ = false;
  }
  void write(std::string_view text) { put(content_, text); }

  void begin_suite(const XmlAttributes& attributes, size_t report) {
    open_ = Suite{attributes, name_of(attributes), "", report, {}, std::ftell(content_), 0};
  }
  void add_case(const std::vector<JunitCase>& attempts) {
    if (open_.counts.tests == 0) open_.first = key_of(attempts.front());
    write(case_xml(attempts, &open_.counts));
  }
  void end_suite() {
    open_.end = std::ftell(content_);
    if (open_.counts.tests > 0) suites_.push_back(open_);
  }

  void add_what_only_retries_have() {
    std::map<std::string, std::vector<const Retried*>> by_suite;
    for (const auto& [key, retried] : retried_) {
      if (!retried.used) by_suite[retried.suite].push_back(&retried);
    }
    for (const auto& [name, tests] : by_suite) {
      begin_suite({{"name", name}}, merge_.reports.size());
      for (const Retried* retried : tests) add_case(retried->attempts);
      end_suite();
    }
  }

  void add_missing() {
    if (merge_.missing.empty()) return;
    begin_suite({{"name", "alibi run"}}, merge_.reports.size());
    for (const JunitMissing& missing : merge_.missing) {
      JunitCase test;
      test.attributes = {{"classname", "alibi run"}, {"name", missing.file}, {"file", missing.file}};
      test.problems = {{JunitProblem::Kind::kError, "alibi", missing.message, ""}};
      add_case({test});
    }
    end_suite();
  }

  void write_suite(const Suite& suite, std::FILE* output) {
    XmlAttributes attributes;
    for (const auto& [key, value] : suite.attributes) {
      static constexpr std::array kCounted = {"tests", "failures", "errors", "skipped", "time", "disabled"};
      if (std::ranges::find(kCounted, key) == kCounted.end()) attributes.emplace_back(key, value);
    }
    const XmlAttributes counts = suite.counts.attributes();
    attributes.insert(attributes.end(), counts.begin(), counts.end());
    std::string xml;
    append_tag("testsuite", attributes, &xml);
    put(output, xml + ">\n");
    std::array<char, 64u << 10> bytes;
    if (std::fseek(content_, suite.begin, SEEK_SET) != 0) good_ = false;
    for (long left = suite.end - suite.begin; left > 0 && good_;) {
      const size_t count =
          std::fread(bytes.data(), 1, std::min<size_t>(bytes.size(), static_cast<size_t>(left)), content_);
      if (count == 0) good_ = false;
      put(output, {bytes.data(), count});
      left -= static_cast<long>(count);
    }
    put(output, "</testsuite>\n");
  }

  const JunitMerge& merge_;
  std::FILE* content_;
  std::map<Key, Retried> retried_;
  size_t retried_bytes_ = 0;
  std::string suite_;
  Suite open_;
  std::vector<Suite> suites_;
  std::vector<std::string> problems_;
  bool good_ = true;
};

}  // namespace

Result<std::vector<std::string>> merge_junit(const JunitMerge& merge) {
  std::string name = merge.scratch + "/junit-merge-XXXXXX";
  const int fd = ::mkostemp(name.data(), O_CLOEXEC);
  const File content(fd < 0 ? nullptr : ::fdopen(fd, "w+"));
  if (!content) return os_error(collector::kBadTimings, errno, "cannot write below " + merge.scratch);
  (void)::unlink(name.c_str());
  Merging merging(merge, content.get());
  merging.read_retries();
  merging.read_first_attempts();
  Result<void> written = merging.write_output();
  if (!written) return std::move(written).error();
  return merging.take_problems();
}

}  // namespace alibi::run

#include "collector/run/junit_merge.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <map>
#include <memory>
#include <utility>

#include "collector/junit/numbers.h"
#include "collector/junit/reader.h"
#include "collector/model/plan_errors.h"

namespace alibi::run {
namespace {

using junit::append_escaped;
using junit::append_tag;
using junit::value_of;

constexpr size_t kLongestText = 4u << 20;  // of a test's failures
constexpr size_t kRetriesInMemory = 256u << 20;

struct Counts {
  uint64_t tests = 0, failures = 0, errors = 0, skipped = 0;
  double seconds = 0;

  void add(const Counts& other) {
    tests += other.tests, failures += other.failures, errors += other.errors, skipped += other.skipped;
    seconds += other.seconds;
  }
  junit::Attributes attributes() const {
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
  junit::Attributes attributes;
  std::string name, first;  // what it is ordered by
  size_t report = 0;
  Counts counts;
  long begin = 0, end = 0;  // of its content in the file
};

using Key = std::string;
Key key_of(const junit::Case& test) {
  Key key;
  for (const std::string_view name : {"file", "classname", "name"})
    key.append(value_of(test.attributes, name)) += '\0';
  return key;
}

double seconds_of(const junit::Case& test) {
  return static_cast<double>(junit::nanoseconds(value_of(test.attributes, "time")).value_or(0)) / 1e9;
}

const junit::Problem* failure_of(const junit::Case& test) {
  for (const junit::Problem& one : test.problems) {
    if (one.kind != junit::Problem::Kind::kSkipped) return &one;
  }
  return nullptr;
}

void append_problem(std::string_view element, const junit::Problem& problem, bool as_trace,
                    std::string* xml) {
  junit::Attributes attributes;
  if (!problem.message.empty()) attributes.emplace_back("message", problem.message);
  if (!problem.type.empty()) attributes.emplace_back("type", problem.type);
  append_tag(element, attributes, xml);
  *xml += ">";
  if (as_trace) *xml += "<stackTrace>";
  append_escaped(problem.text, xml);
  if (as_trace) *xml += "</stackTrace>";
  xml->append("</").append(element).append(">");
}

std::string_view element_of(junit::Problem::Kind kind, std::string_view prefix) {
  const bool failure = kind == junit::Problem::Kind::kFailure;
  if (prefix == "flaky") return failure ? "flakyFailure" : "flakyError";
  if (prefix == "rerun") return failure ? "rerunFailure" : "rerunError";
  return kind == junit::Problem::Kind::kSkipped ? "skipped" : failure ? "failure" : "error";
}

// All attempts of one test, as the one test case that a report has for it.
std::string case_xml(const std::vector<junit::Case>& attempts, Counts* counts) {
  const junit::Case& last = attempts.back();
  ++counts->tests;
  counts->seconds += seconds_of(last);
  std::string xml;
  append_tag("testcase", last.attributes, &xml);
  xml += ">";
  if (const junit::Problem* failure = failure_of(last)) {
    ++(failure->kind == junit::Problem::Kind::kError ? counts->errors : counts->failures);
    bool first = true;
    for (const junit::Case& attempt : attempts) {
      if (const junit::Problem* problem = failure_of(attempt); problem != nullptr) {
        append_problem(element_of(problem->kind, first ? "" : "rerun"), *problem, !first, &xml);
        first = false;
      }
    }
  } else {
    if (last.skipped()) ++counts->skipped;
    for (const junit::Problem& problem : last.problems) append_problem("skipped", problem, false, &xml);
    for (const junit::Case& attempt : attempts) {
      if (const junit::Problem* problem = failure_of(attempt))
        append_problem(element_of(problem->kind, "flaky"), *problem, true, &xml);
    }
  }
  return xml + last.rest + "</testcase>\n";
}

struct Closed {
  void operator()(std::FILE* file) const { (void)std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Closed>;

// A link, a device or a pipe stays what it is.
bool is_replaceable(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) != 0 || S_ISREG(status.st_mode);
}

// Waits for no reader of a pipe.
File written_in_place(const std::string& path) {
  const int file =
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0666);
  if (file < 0) return {};
  (void)::fcntl(file, F_SETFL, ::fcntl(file, F_GETFL) & ~O_NONBLOCK);
  return File(::fdopen(file, "w"));
}

class Merging {
 public:
  Merging(const JunitMerge& merge, std::FILE* content) : merge_(merge), content_(content) {}

  void read_retries() {
    for (const JunitReport& report : merge_.reports) {
      if (report.attempt < 2) continue;
      junit::Wanted wanted = wanted_of_tests();
      wanted.suite_begins = [this](const junit::Attributes& attributes) { around_.push_back(attributes); };
      wanted.suite_ends = [this] { around_.pop_back(); };
      wanted.test = [this](junit::Case test) {
        retried_bytes_ += test.rest.size();
        for (const junit::Problem& one : test.problems) retried_bytes_ += one.text.size();
        if (retried_bytes_ > kRetriesInMemory) {
          test.rest.clear();
          for (junit::Problem& one : test.problems) one.text.clear();
        }
        Retried& retried = retried_[key_of(test)];
        if (!around_.empty()) retried.suite = value_of(around_.back(), "name");
        retried.attempts.push_back(std::move(test));
      };
      read(report, std::move(wanted));
    }
  }

  void read_first_attempts() {
    for (size_t i = 0; i < merge_.reports.size(); ++i) {
      if (merge_.reports[i].attempt >= 2) continue;
      junit::Wanted wanted = wanted_of_tests();
      wanted.suite_begins = [&](const junit::Attributes& attributes) {
        around_.push_back(attributes);
        begin_suite(attributes, i);
      };
      wanted.test = [&](junit::Case test) {
        if (!is_open_) begin_suite({}, i);
        add_first_attempt(std::move(test));
      };
      wanted.suite_child = [&](std::string_view xml) { write(std::string(xml) + "\n"); };
      wanted.suite_ends = [&] {
        end_suite();
        around_.pop_back();
        if (!around_.empty()) begin_suite(around_.back(), i);
      };
      read(merge_.reports[i], std::move(wanted));
      end_suite();
    }
    add_what_only_retries_have();
    add_missing();
  }

  Result<void> write_output() {
    const bool replaces = is_replaceable(merge_.output);
    const std::string temporary = merge_.output + ".new";
    File output = replaces ? File(std::fopen(temporary.c_str(), "we")) : written_in_place(merge_.output);
    if (!output) return failed("cannot write the JUnit report " + merge_.output);
    std::ranges::stable_sort(
        suites_, {}, [](const Suite& suite) { return std::tuple(suite.name, suite.first, suite.report); });
    Counts all;
    for (const Suite& suite : suites_) all.add(suite.counts);
    std::string xml = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n";
    junit::Attributes attributes = all.attributes();
    attributes.insert(attributes.begin(), {"name", "alibi run"});
    append_tag("testsuites", attributes, &xml);
    put(output.get(), xml + ">\n");
    for (const Suite& suite : suites_) write_suite(suite, output.get());
    put(output.get(), "</testsuites>\n");
    if (std::fflush(output.get()) != 0) good_ = false;
    output.reset();
    if (!good_ || (replaces && ::rename(temporary.c_str(), merge_.output.c_str()) != 0)) {
      const Error error = failed("cannot write the JUnit report " + merge_.output);
      if (replaces) (void)::unlink(temporary.c_str());
      return error;
    }
    return {};
  }

  std::vector<std::string> take_problems() { return std::move(problems_); }

 private:
  struct Retried {
    std::string suite;
    std::vector<junit::Case> attempts;
    bool used = false;
  };

  static junit::Wanted wanted_of_tests() {
    junit::Wanted wanted;
    wanted.longest_text = kLongestText;
    wanted.rest = true;
    return wanted;
  }
  void read(const JunitReport& report, junit::Wanted wanted) {
    junit::Reader reader(std::move(wanted));
    const Result<void> read = junit::read_file(report.path, &reader);
    if (read) return;
    if (read.error().code == ErrorCode::kCannotRead) return problems_.push_back(read.error().message);
    problems_.push_back("the JUnit report of " + (report.whose.empty() ? report.path : report.whose) +
                        " is not complete, the merged one has what stands before: " + read.error().message);
  }
  static Error failed(const std::string& what) { return os_error(collector::kBadTimings, errno, what); }

  void put(std::FILE* file, std::string_view text) {
    if (std::fwrite(text.data(), 1, text.size(), file) != text.size()) good_ = false;
  }
  void write(std::string_view text) { put(content_, text); }

  // Suites within suites are made flat; tests in none have one without a name.
  void begin_suite(const junit::Attributes& attributes, size_t report) {
    end_suite();
    const std::string name(value_of(attributes, "name"));
    open_ = Suite{attributes, name, "", report, {}, std::ftell(content_), 0};
    is_open_ = true;
  }
  void add_first_attempt(junit::Case test) {
    std::vector<junit::Case> attempts = {std::move(test)};
    const auto retried = retried_.find(key_of(attempts.front()));
    // The same name twice in one report: the one that failed was run again.
    if (retried != retried_.end() && (attempts.front().failed() || !retried->second.used)) {
      attempts.insert(attempts.end(), retried->second.attempts.begin(), retried->second.attempts.end());
      retried->second.used = true;
    }
    add_case(attempts);
  }
  void add_case(const std::vector<junit::Case>& attempts) {
    if (open_.counts.tests == 0) open_.first = key_of(attempts.front());
    write(case_xml(attempts, &open_.counts));
  }
  void end_suite() {
    if (!std::exchange(is_open_, false)) return;
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
      junit::Case test;
      test.attributes = {{"classname", "alibi run"}, {"name", missing.file}, {"file", missing.file}};
      test.problems = {{junit::Problem::Kind::kError, "alibi", missing.message, ""}};
      add_case({test});
    }
    end_suite();
  }

  void write_suite(const Suite& suite, std::FILE* output) {
    junit::Attributes attributes;
    for (const auto& [key, value] : suite.attributes) {
      static constexpr std::array kCounted = {"tests", "failures", "errors", "skipped", "time", "disabled"};
      if (std::ranges::find(kCounted, key) == kCounted.end()) attributes.emplace_back(key, value);
    }
    const junit::Attributes counts = suite.counts.attributes();
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
  std::vector<junit::Attributes> around_;  // suites where a report is read
  Suite open_;                             // what is written
  bool is_open_ = false;
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

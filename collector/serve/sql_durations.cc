// How long suites take: what their tests took in the latest sessions.
//
// By test and not by session: a session that left tests out, or ran some only, then says what it knows and
// makes no suite look quick.
#include <algorithm>
#include <map>
#include <utility>

#include "collector/serve/sql_database.h"
#include "collector/serve/sql_rows.h"

namespace alibi::serve {
namespace {

constexpr uint64_t kSessionsLookedAt = 100;
constexpr uint64_t kLongestNs = 86'400'000'000'000;
constexpr uint64_t kLongestSuiteNs = 1000 * kLongestNs / 3;  // less than a year

struct OneTest {
  std::string module, suite, source_file;
  uint64_t usual_ns = 0, last_start_ns = 0;
  bool was_lately = false;  // ran or was left out
  std::vector<uint64_t> times;
};

uint64_t quantile_of(const std::vector<uint64_t>& sorted, uint64_t percent) {
  return sorted[(sorted.size() - 1) * percent / 100];
}

struct Sum {
  SuiteDurationRow row;
  uint64_t last_start_ns = 0;
};

void add(OneTest* test, Sum* sum) {
  // The file that ran last is where the suite is now.
  if (sum->row.source_file.empty() ||
      (!test->source_file.empty() && test->last_start_ns >= sum->last_start_ns)) {
    sum->row.source_file = test->source_file;
    sum->last_start_ns = test->last_start_ns;
  }
  std::sort(test->times.begin(), test->times.end());
  const bool measured = !test->times.empty();
  const uint64_t half = measured ? quantile_of(test->times, 50) : test->usual_ns;
  const uint64_t most = measured ? quantile_of(test->times, 90) : test->usual_ns;
  sum->row.p50_ns = std::min(sum->row.p50_ns + std::min(half, kLongestNs), kLongestSuiteNs);
  sum->row.p90_ns = std::min(sum->row.p90_ns + std::min(most, kLongestNs), kLongestSuiteNs);
}

std::vector<SuiteDurationRow> summed(std::map<uint64_t, OneTest>* tests) {
  std::map<std::pair<std::string, std::string>, Sum> suites;
  for (auto& [id, test] : *tests) {
    if (!test.was_lately) continue;
    Sum& sum = suites[{test.suite, test.module}];
    sum.row.module = test.module;
    sum.row.suite = test.suite;
    add(&test, &sum);
  }
  std::vector<SuiteDurationRow> rows;
  for (auto& [names, sum] : suites) rows.push_back(std::move(sum.row));
  return rows;
}

}  // namespace

Result<SuiteDurationPage> SqlDatabase::suite_durations(const std::string& service,
                                                       const std::optional<std::string>& after,
                                                       uint64_t limit) {
  const uint64_t is_first = after ? 0 : 1;
  const std::string begin = after.value_or("");
  std::vector<std::string> names;
  const Result<void> named =
      ask("SELECT DISTINCT suite FROM test WHERE service=?1 AND (?2=1 OR suite>?3) ORDER BY suite LIMIT ?4",
          {service, is_first, begin, limit + 1}, "reading suites",
          [&names](SqlRow* row) { names.push_back(row->text()); });
  if (!named) return named.error();
  SuiteDurationPage page;
  if (names.empty()) return page;
  if (names.size() > limit) {
    names.resize(limit);
    page.last_suite = names.back();
  }
  const std::string& end = names.back();

  uint64_t window_ns = 0;  // begins here
  const Result<void> begun =
      ask("SELECT s.start_ns FROM session s JOIN context c ON c.id=s.context WHERE c.service=?1 ORDER BY "
          "s.start_ns DESC LIMIT ?2",
          {service, kSessionsLookedAt}, "reading sessions",
          [&window_ns](SqlRow* row) { window_ns = row->number(); });
  if (!begun) return begun.error();

  std::map<uint64_t, OneTest> tests;
  const Result<void> listed =
      ask("SELECT id, module, suite, source_file, usual_ns, last_start_ns FROM test WHERE service=?1 AND "
          "(?2=1 OR suite>?3) AND suite<=?4",
          {service, is_first, begin, end}, "reading tests", [&tests](SqlRow* row) {
            OneTest& test = tests[row->number()];
            test.module = row->text();
            test.suite = row->text();
            test.source_file = row->text();
            test.usual_ns = row->number();
            test.last_start_ns = row->number();
          });
  if (!listed) return listed.error();

  const Result<void> timed =
      ask("SELECT a.test, a.duration_ns, a.status, a.flags FROM test t JOIN attempt a ON a.test=t.id WHERE "
          "t.service=?1 AND (?2=1 OR t.suite>?3) AND t.suite<=?4 AND a.start_ns>=?5",
          {service, is_first, begin, end, window_ns}, "reading durations", [&tests](SqlRow* row) {
            OneTest& test = tests[row->number()];
            const uint64_t duration_ns = row->number();
            const Status status = status_of(row->number());
            const uint64_t flags = row->number();
            test.was_lately = true;
            const bool ran = status == Status::kPass || status == Status::kFail;
            if (ran && (flags & (kSkippedByItr | kRetry)) == 0) test.times.push_back(duration_ns);
          });
  if (!timed) return timed.error();

  // Of a suite that was left out as a whole no test is heard of.
  std::map<std::string, bool> left_out;
  const Result<void> heard =
      ask("SELECT DISTINCT p.suite FROM session s JOIN context c ON c.id=s.context JOIN part p ON "
          "p.session=s.id WHERE c.service=?1 AND s.start_ns>=?2 AND p.kind=2 AND (p.flags & 4)<>0",
          {service, window_ns}, "reading suites", [&left_out](SqlRow* row) { left_out[row->text()] = true; });
  if (!heard) return heard.error();
  for (auto& [id, test] : tests) test.was_lately = test.was_lately || left_out.contains(test.suite);

  page.suites = summed(&tests);
  return page;
}

}  // namespace alibi::serve

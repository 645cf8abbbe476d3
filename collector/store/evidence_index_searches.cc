// The searches of EvidenceIndex: they go through the sessions from the newest to the oldest and count for
// each test how much of its evidence they have met.
#include <limits>
#include <map>
#include <string_view>
#include <utility>

#include "collector/model/error_codes.h"
#include "collector/store/evidence_index.h"
#include "collector/store/packed_tests.h"
#include "collector/store/sqlite_statement.h"

namespace alibi::store {
namespace {

Error broken() {
  return Error{collector::kIndexFailed, 0, "the index of the store holds impossible values"};
}

}  // namespace

// Unpacks the tests of one session after the other.
class EvidenceIndex::PackedTestsReader {
 public:
  PackedTestsReader(sqlite3* database, uint32_t highest_test)
      : numbers_query_(database, "SELECT numbers FROM tests_of_session WHERE session = ?"),
        facts_query_(database, "SELECT facts FROM tests_of_session WHERE session = ?"),
        highest_test_(highest_test) {}

  Result<void> read_numbers(uint64_t session) {
    numbers.clear();
    numbers_query_.bind(session);
    if (numbers_query_.step()) {
      if (!unpack_numbers(numbers_query_.bytes(), &numbers)) return broken();
      numbers_query_.step();
    }
    if (Result<void> finished = numbers_query_.finish("reading tests"); !finished) return finished;
    numbers_query_.reset();
    for (const uint32_t number : numbers) {
      if (number > highest_test_) return broken();
    }
    return {};
  }

  // Of the session whose numbers were read last.
  Result<void> read_facts(uint64_t session) {
    facts.clear();
    facts_query_.bind(session);
    if (facts_query_.step()) {
      if (!unpack_facts(facts_query_.bytes(), numbers.size(), &facts)) return broken();
      facts_query_.step();
    }
    if (Result<void> finished = facts_query_.finish("reading tests"); !finished) return finished;
    facts_query_.reset();
    if (facts.size() != numbers.size()) return broken();
    return {};
  }

  std::vector<uint32_t> numbers;
  std::vector<TestFacts> facts;

 private:
  SqliteStatement numbers_query_;
  SqliteStatement facts_query_;
  uint32_t highest_test_;
};

// What a search has met, newest first, and then in the order of the tests' ids.
class EvidenceIndex::NewestRows {
 public:
  NewestRows(uint32_t highest_test, size_t most) : most_(most), met_(size_t{highest_test} + 1) {}

  bool wants(uint32_t test) const { return met_[test] < most_; }
  void add(uint32_t test, uint32_t session, const TestFacts& facts) {
    met_[test] += 1;
    picked_.push_back({test, session, facts});
  }

  // Where each test's picks begin once they are grouped by test.
  void group() {
    starts_.assign(met_.size() + 1, 0);
    for (size_t test = 0; test < met_.size(); ++test) starts_[test + 1] = starts_[test] + met_[test];
    std::vector<uint32_t> next(starts_.begin(), starts_.end() - 1);
    grouped_.resize(picked_.size());
    for (uint32_t pick = 0; pick < picked_.size(); ++pick) grouped_[next[picked_[pick].test]++] = pick;
  }

  size_t size() const { return picked_.size(); }

  void append_rows(uint32_t test, const std::string& id, const std::vector<StoredSession>& sessions,
                   std::vector<TestRow>* rows) const {
    for (uint32_t place = starts_[test]; place < starts_[test + 1]; ++place) {
      const Pick& pick = picked_[grouped_[place]];
      const TestFacts& facts = pick.facts;
      rows->push_back(TestRow{id, sessions[pick.session].evidence, facts.position, facts.outcome,
                              facts.duration_ns, facts.complete, facts.files, facts.lines, facts.scopes,
                              facts.drops});
    }
  }

 private:
  struct Pick {
    uint32_t test = 0;
    uint32_t session = 0;
    TestFacts facts;
  };

  size_t most_;
  std::vector<uint32_t> met_;  // by number of the test
  std::vector<Pick> picked_;
  std::vector<uint32_t> starts_;
  std::vector<uint32_t> grouped_;
};

Result<std::vector<EvidenceIndex::StoredSession>> EvidenceIndex::newest_sessions() {
  std::vector<StoredSession> sessions;
  SqliteStatement query(database_.get(),
                        "SELECT number, evidence, environment FROM session ORDER BY evidence DESC");
  while (query.step()) {
    StoredSession session;
    session.number = query.number();
    session.evidence = query.text();
    session.environment_name = query.text();
    sessions.push_back(std::move(session));
  }
  if (Result<void> finished = query.finish("listing sessions"); !finished) return std::move(finished).error();
  return sessions;
}

Result<uint32_t> EvidenceIndex::highest_test_number() {
  SqliteStatement query(database_.get(), "SELECT ifnull(max(number), 0) FROM test");
  if (!query.step()) return sqlite_error(database_.get(), "counting tests");
  const uint64_t highest = query.number();
  if (highest > std::numeric_limits<uint32_t>::max() - 1) return broken();
  return static_cast<uint32_t>(highest);
}

Result<std::vector<TestRow>> EvidenceIndex::newest_rows(const std::string* environment, size_t most) {
  const Result<std::vector<StoredSession>> sessions = newest_sessions();
  if (!sessions) return sessions.error();
  const Result<uint32_t> highest = highest_test_number();
  if (!highest) return highest.error();
  PackedTestsReader tests(database_.get(), *highest);
  NewestRows newest(*highest, most);
  for (uint32_t index = 0; index < sessions->size(); ++index) {
    const StoredSession& session = (*sessions)[index];
    if (environment != nullptr && session.environment_name != *environment) continue;
    if (Result<void> read = tests.read_numbers(session.number); !read) return std::move(read).error();
    bool wanted = false;
    for (const uint32_t test : tests.numbers) wanted = wanted || newest.wants(test);
    if (!wanted) continue;
    if (Result<void> read = tests.read_facts(session.number); !read) return std::move(read).error();
    for (size_t test = 0; test < tests.numbers.size(); ++test) {
      if (newest.wants(tests.numbers[test])) newest.add(tests.numbers[test], index, tests.facts[test]);
    }
  }
  newest.group();
  std::vector<TestRow> rows;
  rows.reserve(newest.size());
  SqliteStatement ids(database_.get(), "SELECT number, id FROM test ORDER BY id");
  while (ids.step()) {
    const uint64_t number = ids.number();
    if (number > *highest) continue;  // added by another process since
    newest.append_rows(static_cast<uint32_t>(number), ids.text(), *sessions, &rows);
  }
  if (Result<void> finished = ids.finish("listing tests"); !finished) return std::move(finished).error();
  return rows;
}

Result<std::vector<TestRow>> EvidenceIndex::latest_tests() {
  return newest_rows(nullptr, 1);
}

Result<std::vector<TestRow>> EvidenceIndex::newest_per_test(const std::string& environment, size_t most) {
  return newest_rows(&environment, most);
}

Result<std::vector<TestRow>> EvidenceIndex::all_tests(const std::string& environment) {
  return newest_rows(&environment, std::numeric_limits<uint32_t>::max());
}

Result<std::set<std::string>> EvidenceIndex::newest_files() {
  const Result<std::vector<StoredSession>> sessions = newest_sessions();
  if (!sessions) return sessions.error();
  const Result<uint32_t> highest = highest_test_number();
  if (!highest) return highest.error();
  struct Met {
    bool any = false;
    bool complete = false;
  };
  std::map<std::string, std::vector<Met>> met_by_environment;
  PackedTestsReader tests(database_.get(), *highest);
  std::set<std::string> files;
  for (const StoredSession& session : *sessions) {
    std::vector<Met>& met = met_by_environment[session.environment_name];
    met.resize(size_t{*highest} + 1);
    if (Result<void> read = tests.read_numbers(session.number); !read) return std::move(read).error();
    if (Result<void> read = tests.read_facts(session.number); !read) return std::move(read).error();
    bool needed = false;
    for (size_t index = 0; index < tests.numbers.size(); ++index) {
      Met& test = met[tests.numbers[index]];
      const bool completes = tests.facts[index].complete && !test.complete;
      needed = needed || !test.any || completes;
      test.any = true;
      test.complete = test.complete || completes;
    }
    if (needed) files.insert(session.evidence);
  }
  return files;
}

Result<uint64_t> EvidenceIndex::count_tests() {
  SqliteStatement query(database_.get(), "SELECT ifnull(sum(tests), 0) FROM session");
  if (!query.step()) return sqlite_error(database_.get(), "counting tests");
  return query.number();
}

}  // namespace alibi::store

// The index of a large store: 100,000 tests in each of 50 sessions. What one session adds, what selection
// asks.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "bench/micro/large_session.h"
#include "collector/store/evidence_encoder.h"
#include "collector/store/evidence_index.h"
#include "collector/store/store.h"

namespace alibi::bench {
namespace {

constexpr size_t kTests = 100'000;
constexpr size_t kSessions = 50;
constexpr size_t kNewest = 6;

std::string evidence_name(size_t session) {
  char name[96];
  std::snprintf(name, sizeof name, "%020zu-20261121T120000-00000000000000ab.0123456789abcdef.evidence",
                session);
  return name;
}

std::vector<store::TestRow> tests_of(size_t session) {
  std::vector<store::TestRow> rows(kTests);
  for (size_t test = 0; test < kTests; ++test) {
    store::TestRow& row = rows[test];
    char id[80];
    std::snprintf(id, sizeof id, "tests/area_%02zu/test_module_%03zu.py::test_case_%06zu", test / 10'000,
                  test / 100 % 100, test);
    row.id = id;
    row.position = test;
    row.outcome = collector::Outcome::kPassed;
    row.complete = true;
    row.duration_ns = 1'000'000 + test * 7 + session;
    row.files = 12;
    row.lines = 900;
    row.scopes = 300;
  }
  return rows;
}

void add_session(store::EvidenceIndex* index, size_t session, const std::vector<store::TestRow>& tests) {
  store::SessionRow row;
  row.evidence = evidence_name(session);
  row.environment_name = "default";
  row.tests = tests.size();
  if (!index->add(row, tests).ok()) std::abort();
}

store::EvidenceIndex filled_index(size_t sessions) {
  auto index = store::EvidenceIndex::open("", store::EvidenceIndex::Place::kMemory);
  for (size_t session = 0; session < sessions; ++session)
    add_session(&index.value(), session, tests_of(session));
  return std::move(index).value();
}

void index_session(benchmark::State& state) {
  store::EvidenceIndex index = filled_index(1);
  const std::vector<store::TestRow> tests = tests_of(1);
  for (auto _ : state) add_session(&index, 1, tests);
}
BENCHMARK(index_session)->Unit(benchmark::kMillisecond);

void newest_per_test(benchmark::State& state) {
  store::EvidenceIndex index = filled_index(kSessions);
  size_t rows = 0;
  for (auto _ : state) {
    const auto newest = index.newest_per_test("default", static_cast<size_t>(state.range(0)));
    if (!newest.ok()) return state.SkipWithError("the index could not be read");
    rows = newest->size();
  }
  if (rows != kTests * static_cast<size_t>(state.range(0))) state.SkipWithError("evidence is missing");
}
BENCHMARK(newest_per_test)->Arg(1)->Arg(kNewest)->Unit(benchmark::kMillisecond);

// A data folder with one large session, made once.
class StoredSession {
 public:
  StoredSession() : data_(make_folder()) {
    auto store = store::Store::open(data_, store::Store::Access::kWrite);
    const auto path = store->add(large_session({}));
    if (!path.ok()) std::abort();
    bytes_ = std::filesystem::file_size(*path) + std::filesystem::file_size(index());
  }
  ~StoredSession() { std::filesystem::remove_all(data_); }
  StoredSession(const StoredSession&) = delete;
  StoredSession& operator=(const StoredSession&) = delete;

  static const StoredSession& once() {
    static const StoredSession session;
    return session;
  }

  const std::string& data() const { return data_; }
  std::string index() const { return data_ + "/index.sqlite"; }
  uint64_t bytes() const { return bytes_; }

 private:
  static std::string make_folder() {
    std::string pattern = std::filesystem::temp_directory_path() / "alibi-bench-XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) std::abort();
    return pattern;
  }

  std::string data_;
  uint64_t bytes_ = 0;
};

void encode_session(benchmark::State& state) {
  const collector::SessionCoverage coverage = large_session({});
  for (auto _ : state) {
    if (!store::encode_evidence(coverage).ok())
      return state.SkipWithError("the evidence could not be encoded");
  }
}
BENCHMARK(encode_session)->Iterations(1)->Unit(benchmark::kMillisecond);

void open_store(benchmark::State& state, store::Store::Access access, bool indexed) {
  const StoredSession& session = StoredSession::once();
  size_t tests = 0;
  for (auto _ : state) {
    if (!indexed) std::filesystem::remove(session.index());
    auto store = store::Store::open(session.data(), access);
    if (!store.ok()) return state.SkipWithError("the store could not be opened");
    tests = store->count_tests().value();
  }
  if (tests != kTests) state.SkipWithError("tests are missing");
  state.counters["MB"] = static_cast<double>(session.bytes()) / 1e6;
}
BENCHMARK_CAPTURE(open_store, cold, store::Store::Access::kWrite, false)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(open_store, warm, store::Store::Access::kRead, true)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace alibi::bench

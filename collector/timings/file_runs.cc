#include "collector/timings/file_runs.h"

#include <algorithm>
#include <numeric>

#include "tracer/base/hash.h"

namespace alibi::timings {
namespace {

constexpr uint64_t kLongestNs = uint64_t{1} << 50;  // 13 days
constexpr uint64_t kLongestSum = uint64_t{1} << 58;

uint64_t sum_of(uint64_t sum, uint64_t ns) {
  return std::min(sum + std::min(ns, kLongestNs), kLongestSum);
}

// What each test took when it last ran.
std::map<TestHash, uint64_t> last_times(const std::vector<FileRun>& runs,
                                        const std::set<TestHash>* tests_now) {
  std::vector<const FileRun*> by_age;
  for (const FileRun& run : runs) by_age.push_back(&run);
  std::stable_sort(by_age.begin(), by_age.end(),
                   [](const FileRun* a, const FileRun* b) { return a->at_s < b->at_s; });
  std::map<TestHash, uint64_t> last;
  for (const FileRun* run : by_age) {
    for (const auto& [test, ns] : run->tests) {
      if (tests_now == nullptr || tests_now->contains(test)) last[test] = ns;
    }
  }
  return last;
}

uint64_t total_of(const FileRun& run) {
  return std::accumulate(run.tests.begin(), run.tests.end(), uint64_t{0},
                         [](uint64_t sum, const auto& test) { return sum_of(sum, test.second); });
}

bool is_whole(const FileRun& run, const std::map<TestHash, uint64_t>& expected) {
  if (run.cut || run.tests.empty()) return false;
  uint64_t missing_ns = 0, missing = 0;
  for (const auto& [test, ns] : expected) {
    if (run.tests.contains(test)) continue;
    missing_ns = sum_of(missing_ns, ns);
    ++missing;
  }
  // Where nothing takes any time, numbers have to do.
  return missing_ns * 9 <= total_of(run) && missing <= run.tests.size();
}

}  // namespace

TestHash test_hash(std::string_view id) {
  return hash64(id.data(), id.size());
}

std::vector<plan::Sample> samples_of(const std::vector<FileRun>& runs, const std::set<TestHash>* tests_now) {
  const std::map<TestHash, uint64_t> expected = last_times(runs, tests_now);
  std::vector<plan::Sample> samples;
  const FileRun* fullest = nullptr;
  bool any_whole = false;
  for (const FileRun& run : runs) {
    const bool whole = is_whole(run, expected);
    any_whole = any_whole || whole;
    samples.push_back({run.at_s, (total_of(run) + 500'000) / 1'000'000, "", whole, false});
    if (run.cut) continue;
    const bool is_fuller = fullest == nullptr || run.tests.size() > fullest->tests.size() ||
                           (run.tests.size() == fullest->tests.size() && run.at_s > fullest->at_s);
    if (is_fuller) fullest = &run;
  }
  // Names that are others each time make every run look like a part; the fullest is the best there is.
  if (!any_whole && fullest != nullptr && tests_now == nullptr)
    samples[static_cast<size_t>(fullest - runs.data())].whole = true;
  return samples;
}

}  // namespace alibi::timings

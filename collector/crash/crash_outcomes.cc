#include "collector/crash/crash_outcomes.h"

#include <algorithm>

namespace alibi::collector {
namespace {

TestCoverage* test_of(const Crash& crash, SessionCoverage* coverage) {
  if (!crash.in_test) return nullptr;
  std::vector<TestCoverage>& tests = coverage->tests;  // sorted by id
  const auto found =
      std::lower_bound(tests.begin(), tests.end(), crash.name,
                       [](const TestCoverage& test, const std::string& id) { return test.id < id; });
  if (found == tests.end()) return nullptr;
  const bool is_it = crash.name_cut ? found->id.starts_with(crash.name) : found->id == crash.name;
  return is_it ? &*found : nullptr;
}

bool never_ended(const TestCoverage& test) {
  return std::any_of(test.evidence.drops.begin(), test.evidence.drops.end(), [](const DropCount& drop) {
    return drop.reason == static_cast<uint32_t>(CollectorDrop::kUnfinished);
  });
}

// True: the process went on after it.
bool was_survived(const Crash& crash, SessionCoverage* coverage) {
  if (crash.hang || crash.forked) return false;
  const auto process = std::find_if(coverage->processes.begin(), coverage->processes.end(),
                                    [&](const Process& each) { return each.shard == crash.shard; });
  const bool is_known = process != coverage->processes.end();
  // A child's end says nothing about its test, nor the other way round.
  if (is_known && process->role == Role::kChild) return process->closed;
  if (const TestCoverage* test = test_of(crash, coverage)) return !never_ended(*test);
  return is_known && process->closed;
}

}  // namespace

void apply_crashes(std::vector<Crash>* crashes, SessionCoverage* coverage) {
  std::erase_if(*crashes, [&](const Crash& crash) { return was_survived(crash, coverage); });
  // Of a test that hung and then crashed, the crash is what ended it.
  for (const bool hangs : {true, false}) {
    for (const Crash& crash : *crashes) {
      TestCoverage* test = crash.hang == hangs && !crash.forked ? test_of(crash, coverage) : nullptr;
      if (test == nullptr || !never_ended(*test)) continue;
      test->outcome = Outcome::kFailed;
      test->reason = headline(crash);
    }
  }
}

}  // namespace alibi::collector

// What was found, what Alibi's evidence clears and what the service says -> suites with their skips. Pure;
// used by planning.
//
// A worker's test runner decides anew for each test; a plan only leaves out whole files, so it may never say
// "skipped" where the runner could say "run".
#ifndef ALIBI_COLLECTOR_PLANNING_SKIPS_H_
#define ALIBI_COLLECTOR_PLANNING_SKIPS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "collector/framework/framework.h"
#include "collector/payload/skippable.h"
#include "collector/payload/test_management.h"
#include "collector/plan/suites.h"

namespace alibi::planning {

// Whose word it takes to leave a test out (alibi_trust).
enum class Trust : uint8_t { kBoth, kEvidence, kService };

using SuiteName = std::pair<std::string, std::string>;  // module, suite

// What the service says of skipping; empty: it was not asked, or says nothing.
struct ServiceSkips {
  bool skips = false;  // items are an opinion, also when there are none
  std::vector<payload::SkippableItem> items;
  std::vector<payload::ManagedTest> managed;
};

struct KnownSuite {
  std::string file;  // as discovered; "" unknown
  uint64_t duration_ns = 0;
};

struct SkipQuestion {
  const framework::Discovery* discovery = nullptr;
  bool full = false;           // `discovery` has all tests
  bool evidence_says = false;  // Alibi's evidence decides in the workers
  Trust trust = Trust::kBoth;
  ServiceSkips service;
  std::map<SuiteName, KnownSuite> known;  // of the service's durations
};

// `file_of`: the framework's opinion where a suite lies, for suites that the service names without a file.
std::vector<plan::SuiteFacts> suites_with_skips(
    const SkipQuestion& question,
    const std::function<std::string(const std::string& module, const std::string& suite)>& file_of);

}  // namespace alibi::planning

#endif  // ALIBI_COLLECTOR_PLANNING_SKIPS_H_

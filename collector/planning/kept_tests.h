// The tests of the last full discovery, where nothing that decides which tests there are has changed since
// (collector/plan_folder/discovery_cache.h). Used by planning; reads the project's files below the folder of
// the tests. What cannot be read is no cache.
//
// Only where Alibi's evidence has no say: it decides anew each time.
#ifndef ALIBI_COLLECTOR_PLANNING_KEPT_TESTS_H_
#define ALIBI_COLLECTOR_PLANNING_KEPT_TESTS_H_

#include <optional>
#include <string>
#include <vector>

#include "collector/framework/framework.h"
#include "collector/origin/git.h"
#include "collector/plan_folder/discovery_cache.h"

namespace alibi::planning {

struct KeptTests {
  std::string file;    // where this project keeps them
  std::string import;  // --test-discovery-cache; empty: only `file` is tried
  std::string directory;
  plan_folder::DiscoveryTerms terms;
  std::string commit;
};

struct FoundTests {
  std::optional<framework::Discovery> discovery;
  std::string notice;  // why an imported file is not used; empty when it is, or there is none
};
FoundTests find_kept_tests(const KeptTests& kept, const origin::Git& git);
// What cannot be kept is asked anew next time.
void keep_tests(const KeptTests& kept, const framework::Discovery& discovery);

}  // namespace alibi::planning

#endif  // ALIBI_COLLECTOR_PLANNING_KEPT_TESTS_H_

// tests-discovery/tests.json: the tests of a full discovery, kept for the next plan. One JSON object a line,
// the last line says what they are of.
//
// The peer's form, read and written, with one key more: the content hash of every file that was looked at.
// With it the tests are of use as long as those files are the same, whatever else changed; without it the
// peer's rule holds (nothing changed below the tests' folder since a commit). Used by `alibi plan`, one
// thread; what cannot be read is no cache, never a failed plan.
#ifndef ALIBI_COLLECTOR_PLAN_FOLDER_DISCOVERY_CACHE_H_
#define ALIBI_COLLECTOR_PLAN_FOLDER_DISCOVERY_CACHE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tracer/base/result.h"

namespace alibi::plan_folder {

inline constexpr char kDiscoveryFile[] = "tests-discovery/tests.json";  // in the plan folder

struct CachedTest {
  std::string name, suite, module, parameters, file;
  bool operator==(const CachedTest&) const = default;
};

// What the tests were discovered with.
struct DiscoveryTerms {
  std::string platform, framework, pattern, exclude;
};

struct DiscoveryMetadata {
  uint64_t schema = 1;
  std::string source_commit;
  DiscoveryTerms terms;
  std::map<std::string, std::string> file_hashes;  // hash_of_content of each; empty: the peer's
};

struct DiscoveryCache {
  std::vector<CachedTest> tests;
  DiscoveryMetadata metadata;
};

std::string hash_of_content(std::string_view bytes);  // XXH3-64, 16 hex digits

std::string render_discovery(const DiscoveryCache& cache);
// An error without tests or without metadata in the last line that is not empty.
Result<DiscoveryCache> parse_discovery(std::string_view bytes);
// What a framework wrote: tests without metadata. An error when there is none or a line is damaged.
Result<std::vector<CachedTest>> parse_discovered_tests(std::string_view bytes);

Result<DiscoveryCache> read_discovery(const std::string& path);
Result<void> write_discovery(const std::string& path, const DiscoveryCache& cache);  // whole or not at all

// The doors of the peer's rule.
struct DiscoveryHistory {
  std::function<bool(const std::string& commit)> has_commit;
  // Paths that changed since it, committed or not, both names of renamed ones; an error when git refuses.
  std::function<Result<std::vector<std::string>>(const std::string& commit)> changed_since;
  std::function<bool(const std::string& pattern, const std::string& path)> matches;  // doublestar
};

// Why the tests are of no use now, "" when they are. hashes: of all files that decide which tests there are,
// as they are now: test files and, where the framework has them, conftest.py and the configuration.
std::string why_not_usable(const DiscoveryMetadata& metadata, const DiscoveryTerms& now,
                           const std::map<std::string, std::string>& hashes, const DiscoveryHistory& history);

}  // namespace alibi::plan_folder

#endif  // ALIBI_COLLECTOR_PLAN_FOLDER_DISCOVERY_CACHE_H_

// What a run says about itself in each of its requests: service, commit, level, platform. Used by all JSON
// messages, as client and as server. Plain values.
#ifndef ALIBI_COLLECTOR_PAYLOAD_RUN_FACTS_H_
#define ALIBI_COLLECTOR_PAYLOAD_RUN_FACTS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "collector/payload/test_events.h"

namespace alibi::payload {

enum class TestLevel : uint8_t { kTest, kSuite };

struct RunFacts {
  std::string request_id;  // a UUID; empty: the request has none
  std::string service;
  std::optional<std::string> env;  // none: null
  std::string repository_url;      // without credentials: the maker's duty
  std::string commit_sha;
  std::string branch;  // or tag; only of settings
  TestLevel level = TestLevel::kTest;
  Tags platform;  // "os.platform", "runtime.version", …
  Tags custom;    // "disk" of the tag "test.configuration.disk"
};

}  // namespace alibi::payload

#endif  // ALIBI_COLLECTOR_PAYLOAD_RUN_FACTS_H_

// The rules of merge written down as directly as possible, with no thought for speed: what the property test
// compares the merger with. Shares no code with it.
#ifndef ALIBI_TESTS_UNIT_MERGE_NAIVE_MERGER_H_
#define ALIBI_TESTS_UNIT_MERGE_NAIVE_MERGER_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "collector/merge/shard_content.h"

namespace alibi::testing {

using LineOfFile = std::pair<std::string, uint32_t>;  // absolute path, line

struct NaiveEvidence {
  std::set<LineOfFile> lines;
  std::set<std::string> units;   // qualified names with path
  std::set<std::string> inputs;  // subjects, of programs with their details
  std::set<std::string> names;   // used at run time
};

struct NaiveCollection {
  NaiveEvidence evidence;
  std::set<std::string> tests;
  bool complete = true;
};

struct NaiveCoverage {
  std::map<std::string, NaiveEvidence> tests;
  NaiveEvidence session;
  std::map<std::string, NaiveCollection> collections;           // by name
  std::map<std::string, std::set<std::string>> collections_of;  // test -> names
  std::map<LineOfFile, std::set<std::string>> imports;  // statement -> paths of modules that ran under it
};

NaiveCoverage merge_naively(const std::vector<collector::ShardContent>& shards);

}  // namespace alibi::testing

#endif  // ALIBI_TESTS_UNIT_MERGE_NAIVE_MERGER_H_

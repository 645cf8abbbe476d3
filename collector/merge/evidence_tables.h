// The tables that evidence points into, while they grow: files, names, units, inputs, statements and
// fixtures, each kept once under a provisional index.
//
// Used by merger only. Provisional indices depend on the order in which things were seen; finish() sorts the
// tables by content and says where each entry went, which makes the result independent of that order.
#ifndef ALIBI_COLLECTOR_MERGE_EVIDENCE_TABLES_H_
#define ALIBI_COLLECTOR_MERGE_EVIDENCE_TABLES_H_

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "collector/model/session_coverage.h"

namespace alibi::collector {

// A line of a file as one sortable number.
using LineKey = uint64_t;
inline LineKey line_key(uint32_t file, uint32_t line) {
  return (static_cast<uint64_t>(file) << 32) | line;
}
inline uint32_t file_of_key(LineKey key) {
  return static_cast<uint32_t>(key >> 32);
}
inline uint32_t line_of_key(LineKey key) {
  return static_cast<uint32_t>(key);
}

struct StatementContent {
  std::vector<LineKey> lines;
  std::vector<uint32_t> units;
  std::vector<uint32_t> imports;
  std::vector<uint32_t> names;
};

// New index of each provisional one.
struct Renumbering {
  std::vector<uint32_t> files;
  std::vector<uint32_t> names;
  std::vector<uint32_t> units;
  std::vector<uint32_t> inputs;
  std::vector<uint32_t> statements;
  std::vector<uint32_t> fixtures;
};

class EvidenceTables {
 public:
  uint32_t file(const model::FileRecord& record);
  void outline(const model::OutlineRecord& record, uint32_t file);
  uint32_t unit(const model::CodeRecord& record, uint32_t file,
                const std::vector<model::NameReference>& names);
  uint32_t name(const model::NameReference& reference);
  uint32_t input(const model::InputRecord& record);
  uint32_t fixture(const model::ContextRecord& record);
  // The content may be filled until the next call.
  StatementContent* statement(uint32_t file, uint32_t line, uint32_t* index);

  // Moves the tables, sorted, into `coverage`.
  Renumbering finish(SessionCoverage* coverage);

 private:
  using NameKey = std::tuple<uint8_t, uint16_t, std::string>;
  using UnitKey = std::tuple<uint32_t, uint32_t, uint32_t, uint8_t, uint32_t, uint64_t, uint64_t, std::string,
                             std::vector<uint32_t>>;
  using InputKey = std::tuple<uint8_t, uint8_t, uint64_t, uint64_t, std::string, std::string>;
  using FixtureKey = std::tuple<uint8_t, std::string, std::string>;

  std::vector<uint32_t> finish_files(SessionCoverage* coverage);
  std::vector<uint32_t> finish_names(SessionCoverage* coverage);
  std::vector<uint32_t> finish_units(const Renumbering& renumbering, SessionCoverage* coverage);
  std::vector<uint32_t> finish_statements(const Renumbering& renumbering, SessionCoverage* coverage);

  absl::flat_hash_map<std::string, uint32_t> file_numbers_;
  absl::flat_hash_map<NameKey, uint32_t> name_numbers_;
  absl::flat_hash_map<UnitKey, uint32_t> unit_numbers_;
  absl::flat_hash_map<InputKey, uint32_t> input_numbers_;
  absl::flat_hash_map<FixtureKey, uint32_t> fixture_numbers_;
  absl::flat_hash_map<LineKey, uint32_t> statement_numbers_;
  std::vector<SourceFile> files_;
  std::vector<NameReference> names_;
  std::vector<CodeUnit> units_;
  std::vector<Input> inputs_;
  std::vector<Fixture> fixtures_;
  std::vector<StatementContent> statements_;
  std::vector<LineKey> statement_keys_;
};

// Sorts and removes repetitions.
template <typename T>
void make_set(std::vector<T>* items);

// Renumbers, then makes a set.
void renumber(const std::vector<uint32_t>& table, std::vector<uint32_t>* indices);
void renumber_lines(const std::vector<uint32_t>& files, std::vector<LineKey>* lines);
// Of a set.
std::vector<FileLines> group_by_file(const std::vector<LineKey>& lines);

}  // namespace alibi::collector

#endif  // ALIBI_COLLECTOR_MERGE_EVIDENCE_TABLES_H_

// The merged evidence of one session: plain values, canonical order, no behaviour.
//
// Made by merge, kept by store, read by report (and by selection). Every vector below is sorted and free of
// repetitions, and indices point into the vectors of the same SessionCoverage, so that equal evidence has
// equal bytes whatever the order of the shards and the number of processes. It never touches a disk or a
// clock.
#ifndef ALIBI_COLLECTOR_MODEL_SESSION_COVERAGE_H_
#define ALIBI_COLLECTOR_MODEL_SESSION_COVERAGE_H_

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "collector/model/loss_report.h"
#include "tracer/base/hash.h"
#include "tracer/model/records.h"

namespace alibi::collector {

using model::CodeKind;
using model::ContextKind;
using model::InputKind;
using model::InputState;
using model::NameKind;
using model::Outcome;
using model::Role;
using model::StateKind;

inline constexpr Outcome kNeverEnded{0};  // not a number of the shard format: the test began and did not end

struct Function {
  uint32_t line = 0;  // the line that names its scope
  std::string name;   // qualified
  auto operator<=>(const Function&) const = default;
};

struct SourceFile {
  std::string path;  // absolute, raw file-system bytes
  uint64_t size = 0;
  Hash128 hash;             // of the content when it was first seen
  bool unreadable = false;  // no content could be hashed then
  bool edited = false;      // its content changed between first sight and merge: no alibi (R11)
  // What could run in it, executed or not; empty when its module body was never seen.
  std::vector<uint32_t> lines;
  std::vector<Function> functions;
};

struct NameReference {
  NameKind kind = NameKind::kGlobal;
  uint16_t level = 0;  // of a relative import
  std::string name;
  auto operator<=>(const NameReference&) const = default;
};

struct CodeUnit {
  uint32_t file = 0;
  uint32_t first_line = 0;
  uint32_t span = 0;
  CodeKind kind = CodeKind::kFunction;
  uint32_t scope_line = 0;
  Hash128 fingerprint;
  std::string qualified_name;
  std::vector<uint32_t> names;  // indices, sorted
};

struct Input {
  InputKind kind = InputKind::kFile;
  InputState state = InputState::kPresent;
  Hash128 hash;
  std::string subject;
  std::string detail;
};

struct StateWrite {
  uint32_t file = 0;
  StateKind kind = StateKind::kGlobal;
  std::string name;
  std::string attribute;
  auto operator<=>(const StateWrite&) const = default;
};

struct FileLines {
  uint32_t file = 0;
  std::vector<uint32_t> lines;
};

// What ran and was read, of a test, a statement or the session.
struct Evidence {
  std::vector<FileLines> files;
  std::vector<uint32_t> units;   // at least one of their lines was hit
  std::vector<uint32_t> inputs;  // indices
  std::vector<uint32_t>
      statements;  // imports that ran while this was current; what they ran is in the Statement
  std::vector<StateWrite> state_writes;
  DropCounts drops;
  std::vector<uint32_t>
      names;  // indices: names given or made at run time; those of the source are the units'
};

// Import-time code: one top-level statement, class head or class-body statement, once per session.
struct Statement {
  uint32_t file = 0;
  uint32_t line = 0;
  std::vector<FileLines> files;  // lines it executed in functions, not the statement itself
  std::vector<uint32_t> units;
  std::vector<uint32_t> imports;  // files whose module body ran under it
  std::vector<uint32_t> names;    // given or made at run time, as in Evidence
};

// Something else that evidence was collected for and charged to tests: a fixture, a set-up.
struct Fixture {
  ContextKind kind = ContextKind::kFixture;
  std::string name;
  std::string scope;
  auto operator<=>(const Fixture&) const = default;
};

struct TestCoverage {
  std::string id;
  Outcome outcome = kNeverEnded;
  std::string reason;
  uint64_t duration_ns = 0;
  uint32_t processes = 0;  // that left evidence of it
  uint32_t attempts = 0;   // how often it was begun
  bool complete = false;   // every attempt ended, and nothing of its evidence was lost
  Evidence evidence;       // its own and that of everything charged to it
  std::vector<uint32_t> fixtures;
  std::vector<uint32_t> collections;  // whose evidence belongs to the test too: kept there, not repeated here
  std::vector<std::string> notes;     // JSON, the last one of each attempt, sorted; not stored
};

// What was done to find the tests of one test file.
struct Collection {
  std::string name;                // the node id of the file's collector
  bool complete = false;           // all of the file was collected well, and nothing of the evidence was lost
  std::vector<std::string> tests;  // found there, whether they were run or not
  Evidence evidence;
};

// A module of a third-party distribution that some process loaded.
struct ImportedModule {
  std::string module;
  std::string path;
  auto operator<=>(const ImportedModule&) const = default;
};

// Filled after the merge from the metadata beside the imported modules.
struct Distribution {
  std::string name;
  std::string version;
  bool editable = false;
  std::vector<std::string> modules;  // top-level names that were imported
  // Normalised names of other distributions; known while the metadata is at hand, not kept.
  std::vector<std::string> required;
};

struct Process {
  std::string shard;
  Role role = Role::kMain;
  uint32_t process_id = 0;
  std::string worker;
  std::string interpreter;
  std::string strategy;
  bool closed = false;
  uint64_t hit_entries = 0;
  uint64_t uncommitted_entries = 0;  // what a killed process was doing
};

// What session.json says, as far as it could be read.
struct SessionDescription {
  std::string id;
  uint64_t started_unix_ns = 0;
  std::string root;
  std::string environment_name;
  std::string command;
  std::string interpreter;
  bool complete = false;  // the plugin saw the regular end of the run
  int32_t exit_status = -1;
  std::string document;  // the whole file, compact JSON; empty when there was none
};

struct SessionCoverage {
  // Differs between runs of the same tests.
  SessionDescription description;
  std::vector<Process> processes;
  LossReport losses;
  // Does not, for the same tests over the same sources.
  std::vector<SourceFile> files;
  std::vector<NameReference> names;
  std::vector<CodeUnit> units;
  std::vector<Input> inputs;
  std::vector<Fixture> fixtures;
  std::vector<Statement> statements;
  std::vector<ImportedModule> imported;
  std::vector<Distribution> distributions;
  Evidence session;                     // conftest files and hooks: belongs to every test, kept once
  std::vector<Collection> collections;  // of the test files that were collected, by name
  std::vector<TestCoverage> tests;
  std::vector<std::string> notes;  // JSON, of no test that ran, sorted; not stored
};

// All that a test depends on: its own evidence, that of the files it was collected from, the session's.
std::vector<const Evidence*> all_evidence(const SessionCoverage& coverage, const TestCoverage& test);

const char* outcome_name(Outcome outcome);
const char* name_kind_name(NameKind kind);
const char* code_kind_name(CodeKind kind);
const char* state_kind_name(StateKind kind);
const char* role_name(Role role);

}  // namespace alibi::collector

#endif  // ALIBI_COLLECTOR_MODEL_SESSION_COVERAGE_H_

// One test's evidence as people and programs read it: names instead of indices, imports folded in.
//
// Computed from a SessionCoverage by report and export; pure. Lines of statements that ran while the test was
// current (it was the one that triggered the import) are part of `files`; `imports_run` says which ones, so
// that a reader can take them out again. Session-wide evidence is not folded in.
#ifndef ALIBI_COLLECTOR_MODEL_TEST_VIEW_H_
#define ALIBI_COLLECTOR_MODEL_TEST_VIEW_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "collector/model/session_coverage.h"

namespace alibi::collector {

struct ScopeView {
  std::string file;
  uint32_t line = 0;
  std::string name;
  CodeKind kind = CodeKind::kFunction;
  Hash128 fingerprint;
  auto operator<=>(const ScopeView&) const = default;
};

struct ImportRunView {
  std::string file;
  uint32_t line = 0;
  std::vector<std::string> imports;  // files whose module body ran under it
};

struct StateWriteView {
  std::string file;
  StateKind kind = StateKind::kGlobal;
  std::string name;
  std::string attribute;
};

struct InputsView {
  std::map<std::string, Hash128> files;
  std::map<std::string, Hash128> directories;
  std::set<std::string> absent;
  std::map<std::string, std::string> probes;  // path -> the recorder's word for how: "stat", …
  // A value that may be absent: an environment variable, an option, a configuration file.
  struct Variable {
    bool absent = false;
    Hash128 hash;
  };
  std::map<std::string, Variable> environment;
  std::map<std::string, std::string> packages;  // name -> version
  std::set<std::string> editable;               // names among the packages
  std::map<std::string, std::string> imports;   // looked up -> where it was found, or "absent"
  std::set<std::string> whole_modules;          // read as a whole: vars(module), a script
  std::set<std::string> processes;
  std::set<std::string> sockets;
  std::map<std::string, Variable> options;  // pytest options and configuration files
  std::set<std::string> written;
  std::set<std::string> unhashable;  // files and directories that had no content to hash (devices, pipes)
};

struct EvidenceView {
  std::map<std::string, std::vector<uint32_t>> files;
  std::set<ScopeView> scopes;
  std::set<std::pair<std::string, std::string>> names;  // kind, name
  InputsView inputs;
  std::vector<ImportRunView> imports_run;
  std::vector<StateWriteView> state_writes;
  DropCounts drops;
};

// `path` below `root` without it; otherwise as it is.
std::string relative_path(std::string_view path, std::string_view root);

EvidenceView view_evidence(const SessionCoverage& coverage, const Evidence& evidence);

// The same union for one file list only: what exports need of a test.
std::map<uint32_t, std::vector<uint32_t>> lines_by_file(const SessionCoverage& coverage,
                                                        const Evidence& evidence);

}  // namespace alibi::collector

#endif  // ALIBI_COLLECTOR_MODEL_TEST_VIEW_H_

// Which tests of a batch a change meets, each with the first reason found: rules 1 to 11 of
// selection-rules.md 1.3 over the closure. Pure.
#ifndef ALIBI_COLLECTOR_SELECT_DECISION_H_
#define ALIBI_COLLECTOR_SELECT_DECISION_H_

#include <cstdint>
#include <string>
#include <vector>

#include "collector/change/current_project.h"
#include "collector/change/project_change.h"
#include "collector/select/fact_tests.h"
#include "collector/select/failing_imports.h"
#include "collector/select/snapshot.h"

namespace alibi::select {

enum class ReasonKind : uint8_t {
  kNone,        // not met
  kFunction,    // a function that ran
  kStatement,   // import-time code whose result is used
  kDefinition,  // defaults or signature of a function that is used
  kName,        // a name that is read is bound anew
  kAttribute,   // an attribute of that name is read
  kClass,       // a class that is used has another member
  kEffect,      // import-time code with effects on what is read
  kFile,        // gone, or not to be parsed
  kDocumentation,
  kAnnotation,
  kPosition,  // line numbers, and code that looks at them ran
  kInput,
  kUnwatched,  // a process or a peer that nobody watches
  kImport,
  kPackage,
  kEverything,
  kAlways  // marked to run always
};

struct Reason {
  ReasonKind kind = ReasonKind::kNone;
  std::string path;  // of the changed file
  uint32_t line = 0;
  std::string name;  // of the unit, input, module, package
  std::string why;   // "another meaning", "absent before", …
  Fact fact;         // through which the test is met: the end of the chain that explains it
};

class Decision {
 public:
  Decision(const Snapshot& snapshot, const change::ProjectChange& change, change::Mode mode);

  // For each of the first `tests` of the batch.
  std::vector<Reason> reasons(const FactTests& closure, size_t tests) const;

 private:
  class Meeting;
  struct StatementGoal;

  const Snapshot& snapshot_;
  const change::ProjectChange& change_;
  change::Mode mode_;
  FailingImports imports_;
};

}  // namespace alibi::select

#endif  // ALIBI_COLLECTOR_SELECT_DECISION_H_

// The units of one source file: what can change in it, by meaning. Made by the interpreter's side
// (python_ext/testalibi/source_units/FORMAT.md), compared by units_difference, linked by select. Plain
// values.
//
// A function unit is code that runs when it is called. A statement unit is import-time code: a top-level
// statement, the head of a class, a statement of a class body. Names are numbers of one NameTable.
#ifndef ALIBI_COLLECTOR_CHANGE_SOURCE_UNITS_H_
#define ALIBI_COLLECTOR_CHANGE_SOURCE_UNITS_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "collector/change/name_table.h"
#include "tracer/base/hash.h"

namespace alibi::change {

using Names = std::vector<NameId>;

struct ImportRead {
  uint16_t level = 0;  // dots of a relative import
  NameId module = kNoName;
  Names names;  // of `from module import names`; empty: `import module`
};

struct Reads {
  Names globals;
  Names attributes;  // loaded, stored or deleted
  Names dotted;      // identifiers in dotted strings and format fields
  Names stores;      // globals it rebinds
  std::vector<ImportRead> imports;
  bool dynamic_imports = false;  // names machinery that can reach every loaded module
};

// Names whose object the code may let out of its hands, and methods of such that get another name.
struct Exposures {
  Names names;
  bool any = false;   // it reaches attributes under no name
  bool own = false;   // the same of objects of its class alone
  bool self = false;  // of a method: it may let its object out
  Names self_loads;   // attributes that it loads from its object, methods perhaps
  std::vector<std::pair<NameId, NameId>> aliases;
};

struct FunctionUnit {
  NameId name = kNoName;  // qualified
  NameId last_name = kNoName;
  NameId class_name = kNoName;  // qualified, of the class directly around it
  uint32_t ordinal = 0;         // among equal qualified names of the file
  uint32_t line = 0;
  uint32_t end = 0;
  Hash128 fingerprint;
  Hash128 positions;
  Hash128 signature;
  bool lazy = false;             // generator or coroutine
  bool keeps_parameter = false;  // stores one of its parameters
  bool calls_values = false;     // calls a parameter, a local or the result of an expression
  bool writes_unknown = false;
  bool writes_parameter = false;  // writes to an object it was given
  bool keeps_hidden = false;      // keeps something for later where no look at shared state sees it
  Names passes_to;                // what it calls with something that it was given
  Names gives_to;                 // the other objects of such calls
  Names arguments;
  Names writes;  // names through which it may change what outlives it
  Reads reads;
  Exposures exposures;
};

enum class StatementKind : uint8_t { kDef, kClass, kImport, kAssign, kMethod, kMember, kOther };

struct StatementUnit {
  NameId class_name = kNoName;  // the class whose body it is in
  NameId head = kNoName;        // of a class head: the class it makes
  uint32_t line = 0;
  uint32_t end = 0;
  StatementKind kind = StatementKind::kOther;
  Hash128 fingerprint;
  bool has_effect = false;      // visibly changes something besides the names it binds
  bool effect_unknown = false;  // ... through something that has no name
  bool order_free = false;
  bool may_raise = false;  // although the names it reads are there
  bool annotations_may_raise = false;
  bool special = false;  // a class whose members depend on each other
  bool autouse = false;
  bool is_hook = false;  // pytest_*
  Names binds;
  Names effect_roots;
  Names calls;       // callees not known to be pure
  Names decorators;  // their last names
  Names bases;
  std::vector<std::pair<uint16_t, NameId>> stars;  // `from module import *`
  Reads reads;
  Reads annotations;  // of a function: read by whoever looks at them
  Exposures exposures;

  bool is_definition() const { return kind == StatementKind::kDef || kind == StatementKind::kMethod; }
};

struct FileUnits {
  std::string error;  // why it cannot be parsed; then everything else is empty
  std::vector<FunctionUnit> functions;
  std::vector<StatementUnit> statements;
  std::vector<std::pair<NameId, Hash128>> docs;         // by qualified name, sorted
  std::vector<std::pair<NameId, Hash128>> annotations;  // likewise

  bool parsed() const { return error.empty(); }
};

}  // namespace alibi::change

#endif  // ALIBI_COLLECTOR_CHANGE_SOURCE_UNITS_H_

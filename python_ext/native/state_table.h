// One namespace under watch: the globals of a module, the attributes of a class, or those of an
// instance that a module-level name holds; with everything mutable that hangs below its entries.
//
// Used by shared state, at test boundaries, with the GIL. Holds names, never values: nothing lives
// longer because it is watched. What it points at is only looked at after the dict that holds it proved
// unchanged, which keeps it alive.
#ifndef ALIBI_PYTHON_EXT_STATE_TABLE_H_
#define ALIBI_PYTHON_EXT_STATE_TABLE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "compat.h"
#include "state_dicts.h"
#include "state_values.h"

namespace alibi::python {

// One change found.
struct StateWrite {
  int32_t kind;  // alibi_state_kind
  std::string name;
  std::string attribute;
  bool by_plain_function = false;  // found where only some looks look
};

struct StateWalk {
  StateDicts& dicts;
  ValueShapes& shapes;
  PyObject* module_name;  // __name__ of the module whose state it is; borrowed
  std::vector<StateWrite>* writes;
  uint32_t group = 1;      // of its dicts
  bool namespaces = true;  // false: no dict of the group was written to
  uint64_t objects = 0;    // mutable ones under watch that were compared
  uint64_t cut_off = 0;    // values too large or too deep to be walked to the end
  bool contents = true;    // false: compare the namespaces only, skip what hangs below
  bool functions = true;   // false: skip functions that carry no state so far
  uint64_t skipped = 0;
};

class StateTable {
 public:
  enum class Kind : uint8_t { kModule, kClass, kInstance };

  // Looks at `dict` for the first time.
  // `type`: the class, or that of the instance; null of a module.
  StateTable(Kind kind, PyObject* dict, PyTypeObject* type, std::string name, StateWalk& walk);

  PyObject* dict() const { return dict_; }
  // Reports what changed since the last look, and takes the present state as the new one. The dict
  // must be alive.
  void compare(StateWalk& walk);
  // Is there anything below it that changes without a write to one of its dicts?
  bool is_busy() const {
    return tells_nothing() || !cells_.empty() || !functions_.empty() || !members_.empty();
  }

 private:
  struct Entry {
    Ref name;
    PyObject* value;  // borrowed
    uint64_t token;
    bool stale = false;  // its cells must be made again
  };
  // Something mutable below an entry.
  struct Cell {
    PyObject* object;  // borrowed
    PyTypeObject* type;
    uint32_t entry;
    int32_t parent;  // cell through which it was reached, -1: the entry itself
    Ref attribute;   // of the instance that holds it; null: an entry's value, an element, …
    ValueShape shape;
    bool cached_function;
    bool by_content;  // a dict that does not tell
    bool failed;
    uint64_t token;
    DictMark mark;
  };
  // A function without attributes and mutable defaults: there are thousands, and next to none ever
  // gets any.
  struct PlainFunction {
    PyObject* function;  // borrowed
    uint32_t entry;
    uint64_t token;
  };
  struct Member {
    uint32_t entry;
    std::unique_ptr<StateTable> table;
    bool is_busy = true;  // has something else than dicts to compare
  };
  struct Walked;  // of one entry

  bool tells_nothing() const { return kind_ == Kind::kInstance && !kInstanceDictsTell; }
  bool is_written(const StateWalk& walk) const;
  bool is_watched_name(PyObject* name) const;
  void read_entries(StateWalk& walk);
  void compare_entries(StateWalk& walk);
  void compare_cells(StateWalk& walk);
  void compare_members(StateWalk& walk);
  void compare_functions(StateWalk& walk);
  bool unchanged(Cell& cell, StateWalk& walk);
  bool grew_only(size_t position, StateWalk& walk);
  void drop_stale();
  void add_below(uint32_t entry, StateWalk& walk);
  void visit(PyObject* value, int depth, int32_t parent, Walked& walked, StateWalk& walk);
  int32_t add_cell(PyObject* object, ValueShape shape, int32_t parent, Walked& walked, StateWalk& walk);
  void visit_function(PyObject* function, int depth, int32_t parent, Walked& walked, StateWalk& walk);
  void visit_dict(PyObject* dict, int depth, int32_t parent, Walked& walked, StateWalk& walk);
  bool is_own_class(PyObject* value, const StateWalk& walk) const;
  bool is_named_container(const Cell& cell) const;
  bool has_cells_below(size_t position) const;
  void report(int32_t kind, const Entry& entry, StateWalk& walk) const;
  void report_value(const Entry& entry, StateWalk& walk) const;
  void report_container(const Cell& cell, StateWalk& walk) const;

  Kind kind_;
  bool is_all_own_;  // no library's code knows its attributes
  PyObject* dict_;   // borrowed
  std::string name_;
  DictMark mark_;
  bool any_stale_ = false;
  uint64_t token_ = 0;  // of an instance dict that does not tell
  std::vector<Entry> entries_;
  std::vector<Cell> cells_;
  std::vector<PlainFunction> functions_;
  std::vector<Member> members_;
};

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_STATE_TABLE_H_

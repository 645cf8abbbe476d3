#include "state_table.h"

#include <algorithm>
#include <cstring>
#include <unordered_map>

#include "compat_code.h"
#include "python_text.h"
#include "tracer/abi/alibi.h"

namespace alibi::python {
namespace {

bool is(PyObject* name, const char* text) {
  return PyUnicode_CompareWithASCIIString(name, text) == 0;
}

// The interpreter's and the compiler's own entries of a class.
bool is_class_bookkeeping(PyObject* name) {
  static constexpr const char* kNames[] = {
      "__dict__",           "__weakref__",           "__module__",          "__qualname__",
      "__slotnames__",      "__annotations__",       "__annotate_func__",   "__annotations_cache__",
      "__firstlineno__",    "__static_attributes__", "__abstractmethods__", "_abc_impl",
      "tearDown_exceptions"};  // unittest sets it on every class, and nobody else reads it
  return std::any_of(std::begin(kNames), std::end(kNames), [&](const char* text) { return is(name, text); });
}

bool is_dunder(PyObject* name) {
  return PyUnicode_GET_LENGTH(name) >= 2 && PyUnicode_READ_CHAR(name, 0) == '_' &&
         PyUnicode_READ_CHAR(name, 1) == '_';
}

// Of a type whose methods are the library's own.
bool is_plain_container(PyObject* value) {
  PyTypeObject* type = Py_TYPE(value);
  return type == &PyDict_Type || type == &PyList_Type || type == &PySet_Type || type == &PyODict_Type ||
         std::strcmp(type->tp_name, "collections.deque") == 0;
}

}  // namespace

StateTable::StateTable(Kind kind, PyObject* dict, PyTypeObject* type, std::string name, StateWalk& walk)
    : kind_(kind),
      is_all_own_(type == nullptr || walk.shapes.is_all_own(type)),
      dict_(dict),
      name_(std::move(name)) {
  read_entries(walk);
}

bool StateTable::is_watched_name(PyObject* name) const {
  if (!PyUnicode_CheckExact(name) || !string_is_ready(name) || PyUnicode_GET_LENGTH(name) == 0) return false;
  if (kind_ == Kind::kInstance) return true;
  // "@py_builtins" and the like: pytest's rewritten assertions.
  if (PyUnicode_READ_CHAR(name, 0) == '@') return false;
  return kind_ == Kind::kModule ? !is_dunder(name) : !is_class_bookkeeping(name);
}

void StateTable::read_entries(StateWalk& walk) {
  mark_ = walk.dicts.mark(dict_, walk.group);
  if (tells_nothing()) token_ = dict_token(dict_);
  Py_ssize_t next = 0;
  PyObject *name, *value;
  while (PyDict_Next(dict_, &next, &name, &value)) {
    if (is_watched_name(name)) entries_.push_back({Ref::share(name), value, token_of(value), false});
  }
  for (uint32_t i = 0; i < entries_.size(); ++i) add_below(i, walk);
}

bool StateTable::is_written(const StateWalk& walk) const {
  if (tells_nothing()) return walk.contents && dict_token(dict_) != token_;
  return walk.namespaces && mark_.changed(dict_);
}

void StateTable::compare(StateWalk& walk) {
  if (is_written(walk)) {
    compare_entries(walk);
    if (tells_nothing()) token_ = dict_token(dict_);
    mark_ = walk.dicts.mark(dict_, walk.group);
  }
  if (walk.contents) {
    compare_cells(walk);
  } else {
    walk.skipped += cells_.size();
  }
  if (walk.functions) compare_functions(walk);
  if (std::exchange(any_stale_, false)) {
    for (uint32_t i = 0; i < entries_.size(); ++i) {
      if (entries_[i].stale) add_below(i, walk);
    }
  }
  compare_members(walk);
}

// Builds the list anew in the dict's order and carries over what is the same.
void StateTable::compare_entries(StateWalk& walk) {
  std::unordered_map<PyObject*, uint32_t> positions;
  for (uint32_t i = 0; i < entries_.size(); ++i) positions.emplace(entries_[i].name.get(), i);
  std::vector<int64_t> moved_to(entries_.size(), -1);
  std::vector<Entry> present;
  Py_ssize_t next = 0;
  PyObject *name, *value;
  while (PyDict_Next(dict_, &next, &name, &value)) {
    if (!is_watched_name(name)) continue;
    Entry entry{Ref::share(name), value, token_of(value), true};
    const auto known = positions.find(name);  // names in namespaces are interned
    if (known == positions.end()) {
      // A submodule that was imported is not state; whoever uses it imports it.
      if (!PyModule_Check(value)) report_value(entry, walk);
    } else {
      const Entry& before = entries_[known->second];
      if (before.token != entry.token) {
        report_value(entry, walk);
      } else if (before.value == value) {
        entry.stale = false;
      }
      moved_to[known->second] = static_cast<int64_t>(present.size());
    }
    present.push_back(std::move(entry));
  }
  for (size_t i = 0; i < entries_.size(); ++i) {
    if (moved_to[i] >= 0) continue;
    report(kind_ == Kind::kModule ? ALIBI_STATE_GLOBAL : ALIBI_STATE_CLASS_ATTRIBUTE, entries_[i], walk);
  }

  // Cells and members follow their entries; those of stale or vanished entries go.
  const auto place_of = [&](uint32_t entry) {
    const int64_t place = moved_to[entry];
    return place >= 0 && !present[static_cast<size_t>(place)].stale ? place : -1;
  };
  std::vector<int32_t> cell_place(cells_.size(), -1);
  std::vector<Cell> cells;
  for (size_t i = 0; i < cells_.size(); ++i) {
    const int64_t place = place_of(cells_[i].entry);
    if (place < 0) continue;
    cell_place[i] = static_cast<int32_t>(cells.size());
    cells_[i].entry = static_cast<uint32_t>(place);
    if (cells_[i].parent >= 0) cells_[i].parent = cell_place[static_cast<size_t>(cells_[i].parent)];
    cells.push_back(std::move(cells_[i]));
  }
  std::vector<PlainFunction> functions;
  for (const PlainFunction& plain : functions_) {
    const int64_t place = place_of(plain.entry);
    if (place >= 0) functions.push_back({plain.function, static_cast<uint32_t>(place), plain.token});
  }
  std::vector<Member> members;
  for (Member& member : members_) {
    const int64_t place = place_of(member.entry);
    if (place >= 0)
      members.push_back({static_cast<uint32_t>(place), std::move(member.table), member.is_busy});
  }
  cells_ = std::move(cells);
  functions_ = std::move(functions);
  members_ = std::move(members);
  entries_ = std::move(present);
  for (uint32_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].stale) add_below(i, walk);
  }
}

void StateTable::compare_cells(StateWalk& walk) {
  bool any_stale = false;
  const size_t count = cells_.size();  // those added on the way are as new
  for (size_t i = 0; i < count; ++i) {
    Cell& cell = cells_[i];
    cell.failed = cell.parent >= 0 && cells_[static_cast<size_t>(cell.parent)].failed;
    if (cell.failed || entries_[cell.entry].stale) {
      cell.failed = true;  // what held it has changed: it may be gone
      continue;
    }
    ++walk.objects;
    if (unchanged(cell, walk)) continue;
    const uint32_t entry = cell.entry;
    const bool was_full = has_cells_below(i);
    const bool grew = grew_only(i, walk);
    if ((grew || !was_full) && is_named_container(cells_[i]))
      report_container(cells_[i], walk);
    else
      report(cells_[i].cached_function ? ALIBI_STATE_CACHED_FUNCTION : ALIBI_STATE_CONTENT, entries_[entry],
             walk);
    if (grew) continue;
    cells_[i].failed = true;
    entries_[entry].stale = true;
    any_stale = true;
  }
  if (any_stale) drop_stale();
}

bool StateTable::has_cells_below(size_t position) const {
  return std::any_of(cells_.begin(), cells_.end(),
                     [&](const Cell& cell) { return cell.parent == static_cast<int32_t>(position); });
}

// One that code gets hold of by a name alone: the value of an entry, or of an instance's attribute.
bool StateTable::is_named_container(const Cell& cell) const {
  const bool is_entry = cell.parent < 0 && cell.object == entries_[cell.entry].value;
  return ((is_entry && is_all_own_) || cell.attribute) && !cell.cached_function &&
         is_plain_container(cell.object);
}

void StateTable::compare_functions(StateWalk& walk) {
  bool any_stale = false;
  for (const PlainFunction& plain : functions_) {
    if (content_token(plain.function, ValueShape::kFunction) == plain.token) continue;
    report(ALIBI_STATE_CONTENT, entries_[plain.entry], walk);
    walk.writes->back().by_plain_function = true;
    entries_[plain.entry].stale = true;
    any_stale = true;
  }
  if (any_stale) drop_stale();
}

// Forgets what hangs below stale entries and looks at it anew.
void StateTable::drop_stale() {
  any_stale_ = true;
  std::vector<int32_t> place(cells_.size(), -1);
  std::vector<Cell> kept;
  for (size_t i = 0; i < cells_.size(); ++i) {
    if (entries_[cells_[i].entry].stale) continue;
    place[i] = static_cast<int32_t>(kept.size());
    if (cells_[i].parent >= 0) cells_[i].parent = place[static_cast<size_t>(cells_[i].parent)];
    kept.push_back(std::move(cells_[i]));
  }
  cells_ = std::move(kept);
  functions_.erase(std::remove_if(functions_.begin(), functions_.end(),
                                  [&](const PlainFunction& plain) { return entries_[plain.entry].stale; }),
                   functions_.end());
}

bool StateTable::unchanged(Cell& cell, StateWalk& walk) {
  // Another object at the same address: whatever held it was written to twice.
  if (Py_TYPE(cell.object) != cell.type) return false;
  if (cell.by_content) return dict_token(cell.object) == cell.token;
  if (cell.shape == ValueShape::kDict && !walk.namespaces) return true;
  if (cell.shape != ValueShape::kDict) return content_token(cell.object, cell.shape) == cell.token;
  if (!cell.mark.changed(cell.object)) return true;
  if (dict_token(cell.object) != cell.token) return false;
  cell.mark = walk.dicts.mark(cell.object, walk.group);  // written to and put back
  return true;
}

void StateTable::compare_members(StateWalk& walk) {
  for (size_t i = 0; i < members_.size(); ++i) {
    if (!walk.namespaces && !members_[i].is_busy) continue;
    StateTable& table = *members_[i].table;
    const uint32_t entry = members_[i].entry;
    if (table.kind_ == Kind::kInstance && instance_dict(entries_[entry].value) != table.dict_) {
      report(ALIBI_STATE_CONTENT, entries_[entry], walk);
      return add_below(entry, walk);  // the others are compared next time: their table has moved
    }
    table.compare(walk);
    members_[i].is_busy = table.is_busy();
  }
}

void StateTable::report(int32_t kind, const Entry& entry, StateWalk& walk) const {
  const std::string name = utf8_of(entry.name.get());
  if (kind_ == Kind::kModule) {
    walk.writes->push_back({kind, name, {}, false});
  } else {
    const bool attribute = kind_ == Kind::kInstance && kind == ALIBI_STATE_CLASS_ATTRIBUTE;
    const int32_t known = is_all_own_ ? ALIBI_STATE_INSTANCE_ATTRIBUTE : ALIBI_STATE_CONTENT;
    walk.writes->push_back({attribute ? known : kind, name_, name, false});
  }
}

// An object that the test made it may also have filled: its attributes and containers got their contents
// since.
void StateTable::report_value(const Entry& entry, StateWalk& walk) const {
  report(kind_ == Kind::kModule ? ALIBI_STATE_GLOBAL : ALIBI_STATE_CLASS_ATTRIBUTE, entry, walk);
  if (kind_ == Kind::kInstance) return;
  if (is_plain_container(entry.value)) return report(ALIBI_STATE_CONTAINER, entry, walk);
  if (walk.shapes.of(entry.value) != ValueShape::kInstance || !walk.shapes.is_all_own(Py_TYPE(entry.value)))
    return;
  PyObject* attributes = instance_dict(entry.value);
  Py_ssize_t next = 0;
  PyObject *name, *value;
  while (attributes != nullptr && PyDict_Next(attributes, &next, &name, &value)) {
    if (!PyUnicode_CheckExact(name) || !string_is_ready(name)) continue;
    for (const int32_t kind : {ALIBI_STATE_INSTANCE_ATTRIBUTE, ALIBI_STATE_CONTAINER}) {
      if (kind == ALIBI_STATE_CONTAINER && !is_plain_container(value)) continue;
      report(kind, entry, walk);
      std::string& path = walk.writes->back().attribute;
      if (!path.empty()) path.push_back('.');
      path.append(utf8_of(name));
    }
  }
}

// Below an attribute's name stands the last one that leads to the container.
void StateTable::report_container(const Cell& cell, StateWalk& walk) const {
  report(ALIBI_STATE_CONTAINER, entries_[cell.entry], walk);
  std::string& path = walk.writes->back().attribute;
  if (!cell.attribute) return;
  if (!path.empty()) path.push_back('.');
  path.append(utf8_of(cell.attribute.get()));
}

}  // namespace alibi::python

#include "state_table.h"

#include <algorithm>
#include <cstring>
#include <unordered_map>
#include <unordered_set>

#include "compat_code.h"
#include "module_facts.h"
#include "python_text.h"
#include "tracer/abi/alibi.h"

namespace alibi::python {
namespace {

// As far as a value is followed. Deeper state is rare and costs every test.
constexpr int kDeepest = 5;
constexpr int kMostObjects = 600;
constexpr size_t kMostChildren = 300;
// The dict of a cache is visited after its results.
constexpr size_t kMostCached = 100000;

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

std::vector<PyObject*> dict_values(PyObject* dict, size_t limit) {
  std::vector<PyObject*> values;
  Py_ssize_t next = 0;
  PyObject *key, *value;
  while (values.size() < limit && PyDict_Next(dict, &next, &key, &value)) values.push_back(value);
  return values;
}

}  // namespace

struct StateTable::Walked {
  uint32_t entry;
  std::unordered_set<PyObject*> seen;
  int left = kMostObjects;
  bool below_cache = false;
  bool of_instance = false;       // the dict visited next is an instance's, and does not tell
  bool names_attributes = false;  // the dict visited next is an instance's
  PyObject* attribute = nullptr;  // what is visited next is the value of this attribute of an instance
};

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
      if (!PyModule_Check(value))
        report(kind_ == Kind::kModule ? ALIBI_STATE_GLOBAL : ALIBI_STATE_CLASS_ATTRIBUTE, entry, walk);
    } else {
      const Entry& before = entries_[known->second];
      if (before.token != entry.token) {
        report(kind_ == Kind::kModule ? ALIBI_STATE_GLOBAL : ALIBI_STATE_CLASS_ATTRIBUTE, entry, walk);
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

// A container that still holds all that was watched in it: only what is new must be walked. Registries
// and caches grow in nearly every test, and walking them whole would cost more than all the rest.
bool StateTable::grew_only(size_t position, StateWalk& walk) {
  PyObject* object = cells_[position].object;
  const ValueShape shape = cells_[position].shape;
  const bool container =
      shape == ValueShape::kDict || shape == ValueShape::kContainer || shape == ValueShape::kSet;
  if (!container || Py_TYPE(object) != cells_[position].type) return false;
  std::vector<PyObject*> present;
  if (!cells_[position].cached_function) {
    present =
        shape == ValueShape::kDict ? dict_values(object, kMostChildren) : referents_of(object, kMostChildren);
    for (size_t i = 0; i < present.size() && present.size() < 2 * kMostChildren; ++i) {
      if (walk.shapes.of(present[i]) != ValueShape::kImmutable) continue;
      const std::vector<PyObject*> inner = referents_of(present[i], kMostChildren);
      present.insert(present.end(), inner.begin(), inner.end());
    }
  }
  const std::unordered_set<PyObject*> holds(present.begin(), present.end());
  Walked walked;
  walked.entry = cells_[position].entry;
  for (size_t i = 0; i < cells_.size(); ++i) {
    if (cells_[i].entry != walked.entry) continue;
    if (cells_[i].parent == static_cast<int32_t>(position) && holds.count(cells_[i].object) == 0)
      return false;
    walked.seen.insert(cells_[i].object);
    --walked.left;
  }
  for (PyObject* each : present) {
    if (walk.shapes.of(each) != ValueShape::kImmutable)
      visit(each, 1, static_cast<int32_t>(position), walked, walk);
  }
  Cell& cell = cells_[position];
  cell.token = shape == ValueShape::kDict ? dict_token(object) : content_token(object, shape);
  if (shape == ValueShape::kDict) cell.mark = walk.dicts.mark(object, walk.group);
  return true;
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

// Makes the cells and tables below an entry that has none.
void StateTable::add_below(uint32_t entry, StateWalk& walk) {
  entries_[entry].stale = false;
  members_.erase(std::remove_if(members_.begin(), members_.end(),
                                [&](const Member& member) { return member.entry == entry; }),
                 members_.end());
  PyObject* value = entries_[entry].value;
  if (PyModule_Check(value)) return;
  if (PyType_Check(value)) {
    if (kind_ != Kind::kInstance && is_own_class(value, walk)) {
      PyTypeObject* type = reinterpret_cast<PyTypeObject*>(value);
      members_.push_back({entry,
                          std::make_unique<StateTable>(Kind::kClass, type->tp_dict, type,
                                                       utf8_of(entries_[entry].name.get()), walk),
                          true});
    }
    return;
  }
  const ValueShape shape = walk.shapes.of(value);
  if (shape == ValueShape::kAtom) return;
  PyObject* attributes = nullptr;
  if (kind_ == Kind::kModule && shape == ValueShape::kInstance) attributes = instance_dict(value);
  if (attributes != nullptr) {
    members_.push_back({entry,
                        std::make_unique<StateTable>(Kind::kInstance, attributes, Py_TYPE(value),
                                                     utf8_of(entries_[entry].name.get()), walk),
                        true});
    if (!walk.shapes.has_slots(Py_TYPE(value))) return;
  }
  Walked walked;
  walked.entry = entry;
  visit(value, 0, -1, walked, walk);
}

// Classes of other modules are watched where they are defined. A class made once more under the same
// name is told apart by its entry.
bool StateTable::is_own_class(PyObject* value, const StateWalk& walk) const {
  PyTypeObject* type = reinterpret_cast<PyTypeObject*>(value);
  if ((type->tp_flags & Py_TPFLAGS_HEAPTYPE) == 0 || type->tp_dict == nullptr) return false;
  PyObject* module = text_item(type->tp_dict, "__module__");
  if (module == nullptr || walk.module_name == nullptr || PyUnicode_Compare(module, walk.module_name) != 0)
    return false;
  if (kind_ == Kind::kModule) return true;
  // Of the classes in a class only those that the class statement made there: no circles.
  const std::string qualified = utf8_of(reinterpret_cast<PyHeapTypeObject*>(value)->ht_qualname);
  return qualified.find(name_ + '.') != std::string::npos;
}

int32_t StateTable::add_cell(PyObject* object, ValueShape shape, int32_t parent, Walked& walked,
                             StateWalk& walk) {
  Cell cell{object, Py_TYPE(object), walked.entry, parent, Ref(), shape, walked.below_cache, false, false,
            0,      DictMark()};
  if (walked.attribute != nullptr) cell.attribute = Ref::share(std::exchange(walked.attribute, nullptr));
  cell.by_content = std::exchange(walked.of_instance, false) && shape == ValueShape::kDict;
  if (shape == ValueShape::kDict) {
    cell.token = dict_token(object);
    cell.mark = walk.dicts.mark(object, walk.group);
  } else {
    cell.token = content_token(object, shape);
  }
  cells_.push_back(std::move(cell));
  return static_cast<int32_t>(cells_.size()) - 1;
}

void StateTable::visit_dict(PyObject* dict, int depth, int32_t parent, Walked& walked, StateWalk& walk) {
  const bool of_instance = std::exchange(walked.names_attributes, false);
  const int32_t cell = add_cell(dict, ValueShape::kDict, parent, walked, walk);
  Py_ssize_t next = 0;
  PyObject *key, *value;
  size_t count = 0;
  while (PyDict_Next(dict, &next, &key, &value) && count++ < kMostChildren) {
    walked.attribute = of_instance && PyUnicode_CheckExact(key) && string_is_ready(key) ? key : nullptr;
    visit(value, depth + 1, cell, walked, walk);
  }
  if (count > kMostChildren) ++walk.cut_off;
}

void StateTable::visit_function(PyObject* value, int depth, int32_t parent, Walked& walked, StateWalk& walk) {
  const int32_t cell = add_cell(value, ValueShape::kFunction, parent, walked, walk);
  PyFunctionObject* function = reinterpret_cast<PyFunctionObject*>(value);
  visit(function->func_dict, depth + 1, cell, walked, walk);
  visit(function->func_defaults, depth + 1, cell, walked, walk);
  visit(function->func_kwdefaults, depth + 1, cell, walked, walk);
  visit(function->func_closure, depth + 1, cell, walked, walk);
  const bool plain = function->func_dict == nullptr && cells_.size() == static_cast<size_t>(cell) + 1;
  if (!plain) return;
  // Of those inside containers nearly all stand in a namespace too; there they are watched.
  if (parent < 0) functions_.push_back({value, walked.entry, cells_.back().token});
  cells_.pop_back();
}

void StateTable::visit(PyObject* value, int depth, int32_t parent, Walked& walked, StateWalk& walk) {
  if (value == nullptr) return;
  const ValueShape shape = walk.shapes.of(value);
  PyObject* attribute = std::exchange(walked.attribute, nullptr);
  if (shape == ValueShape::kAtom || !walked.seen.insert(value).second) return;
  if (depth > kDeepest || walked.left-- <= 0) {
    ++walk.cut_off;
    return;
  }
  const auto visit_referents = [&](int32_t cell) {
    for (PyObject* each : referents_of(value, kMostChildren)) visit(each, depth + 1, cell, walked, walk);
  };
  const bool is_held =
      shape == ValueShape::kDict || shape == ValueShape::kContainer || shape == ValueShape::kSet;
  if (is_held) walked.attribute = attribute;
  switch (shape) {
    case ValueShape::kDict:
      return visit_dict(value, depth, parent, walked, walk);
    case ValueShape::kImmutable:
      return visit_referents(parent);
    case ValueShape::kContainer:
    case ValueShape::kSet:
      return visit_referents(add_cell(value, shape, parent, walked, walk));
    case ValueShape::kGenerator:
      add_cell(value, shape, parent, walked, walk);
      return;
    case ValueShape::kContextVariable: {
      const int32_t cell = add_cell(value, shape, parent, walked, walk);
      return visit(context_value(value), depth + 1, cell, walked, walk);
    }
    case ValueShape::kThreadLocal: {
      const int32_t cell = add_cell(value, shape, parent, walked, walk);
      return visit(thread_names(value), depth + 1, cell, walked, walk);
    }
    case ValueShape::kFunction:
      return visit_function(value, depth, parent, walked, walk);
    case ValueShape::kCached: {
      const bool outer = std::exchange(walked.below_cache, true);
      for (PyObject* each : referents_of(value, kMostCached)) {
        if (PyDict_CheckExact(each) && walked.seen.insert(each).second) {
          add_cell(each, ValueShape::kDict, parent, walked, walk);
        }
      }
      walked.below_cache = outer;
      return;
    }
    case ValueShape::kInstance: {
      // Its dict can be replaced by another, so the instance itself is compared as well.
      PyObject* attributes = instance_dict(value);
      int32_t cell = add_cell(value, ValueShape::kInstance, parent, walked, walk);
      if (attributes == nullptr || walk.shapes.has_slots(Py_TYPE(value))) {
        cell = add_cell(value, ValueShape::kContainer, cell, walked, walk);
        visit_referents(cell);
      }
      walked.of_instance = !kInstanceDictsTell;
      walked.names_attributes = walk.shapes.is_all_own(Py_TYPE(value));
      visit(attributes, depth + 1, cell, walked, walk);
      walked.of_instance = walked.names_attributes = false;
      return;
    }
    default:
      return;
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

// Below an attribute's name stands the last one that leads to the container.
void StateTable::report_container(const Cell& cell, StateWalk& walk) const {
  report(ALIBI_STATE_CONTAINER, entries_[cell.entry], walk);
  std::string& path = walk.writes->back().attribute;
  if (!cell.attribute) return;
  if (!path.empty()) path.push_back('.');
  path.append(utf8_of(cell.attribute.get()));
}

}  // namespace alibi::python

// The part of StateTable that walks what hangs below an entry and puts it under watch.
#include <algorithm>
#include <unordered_set>
#include <utility>

#include "compat_code.h"
#include "module_facts.h"
#include "python_text.h"
#include "state_table.h"

namespace alibi::python {
namespace {

// As far as a value is followed. Deeper state is rare and costs every test.
constexpr int kDeepest = 5;
constexpr int kMostObjects = 600;
constexpr size_t kMostChildren = 300;
// The dict of a cache is visited after its results.
constexpr size_t kMostCached = 100000;

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

}  // namespace alibi::python

// Looking at Python values for change without running anybody's code.
//
// Used by shared state. A token stands for a value: equal for equal numbers, strings and tuples of such,
// and for one and the same object otherwise. Only exact built-in types are read, and the
// garbage collector's own traversal; nothing goes through a type's slots for comparing, hashing or
// attributes.
#ifndef ALIBI_PYTHON_EXT_STATE_VALUES_H_
#define ALIBI_PYTHON_EXT_STATE_VALUES_H_

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "code_files.h"
#include "compat.h"

namespace alibi::python {

// What may change inside a value, other than by replacing it.
enum class ValueShape : uint8_t {
  kAtom,       // nothing, or nothing we can see
  kImmutable,  // nothing itself, but what it refers to may
  kDict,
  kContainer,  // list, deque, cell: the objects it refers to, in order
  kSet,        // the same without order
  kFunction,
  kGenerator,
  kCached,           // functools.lru_cache: the dict inside
  kInstance,         // of a class of the project: its dict and slots
  kContextVariable,  // its value in this context
  kThreadLocal,      // its names in this thread
};

uint64_t mix(uint64_t seed, uint64_t value);
uint64_t token_of(PyObject* value);

// Referents as the garbage collector sees them, at most `limit`. Borrowed.
std::vector<PyObject*> referents_of(PyObject* value, size_t limit);

// Of a container, set, function or generator; changes when what it holds changes.
uint64_t content_token(PyObject* value, ValueShape shape);
uint64_t dict_token(PyObject* dict);

// Borrowed: what holds it is this context, this thread. Null when there is none.
PyObject* context_value(PyObject* variable);
PyObject* thread_names(PyObject* local);

// Borrowed; null when the instance has none. Makes the dict that __dict__ would give.
PyObject* instance_dict(PyObject* instance);

// Remembers, for the length of one examination, what instances of a type are like.
class ValueShapes {
 public:
  explicit ValueShapes(CodeFiles& files) : files_(files) {}
  // Types may die between examinations and their addresses be used again.
  void forget() { known_.clear(); }
  ValueShape of(PyObject* value);
  bool has_slots(PyTypeObject* type) const;
  // Is all code of its methods the project's? Code of a library may change what it finds in an object.
  bool is_all_own(PyTypeObject* type);

 private:
  ValueShape of_type(PyTypeObject* type);
  bool in_project(PyTypeObject* type);

  CodeFiles& files_;
  std::unordered_map<PyTypeObject*, ValueShape> known_;
};

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_STATE_VALUES_H_

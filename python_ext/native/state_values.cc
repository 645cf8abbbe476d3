#include "state_values.h"

#include <cstring>

#include "module_facts.h"

namespace alibi::python {
namespace {

// Elements of one container that are compared; a longer one also by its length and ends.
constexpr size_t kComparedElements = 2000;
constexpr int kDeepestTuple = 4;

uint64_t address(const void* pointer) {
  return reinterpret_cast<uintptr_t>(pointer);
}

uint64_t double_bits(double value) {
  uint64_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

uint64_t token_at(PyObject* value, int depth) {
  if (value == nullptr) return 1;
  PyTypeObject* type = Py_TYPE(value);
  const uint64_t seed = address(type);
  if (type == &PyLong_Type) {
    int overflow = 0;
    const long long number = PyLong_AsLongLongAndOverflow(value, &overflow);
    if (overflow == 0) return mix(seed, static_cast<uint64_t>(number));
  }
  // Exact types: their hash is the library's own. -1 cannot happen for these two.
  if (type == &PyLong_Type || type == &PyUnicode_Type || type == &PyBytes_Type) {
    return mix(seed, static_cast<uint64_t>(PyObject_Hash(value)));
  }
  if (type == &PyFloat_Type) return mix(seed, double_bits(PyFloat_AS_DOUBLE(value)));
  if (type == &PyTuple_Type && depth < kDeepestTuple) {
    uint64_t token = mix(seed, static_cast<uint64_t>(PyTuple_GET_SIZE(value)));
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(value) && i < 64; ++i) {
      token = mix(token, token_at(PyTuple_GET_ITEM(value, i), depth + 1));
    }
    return PyTuple_GET_SIZE(value) > 64 ? mix(token, address(value)) : token;
  }
  return mix(seed, address(value));
}

struct Traversal {
  uint64_t token = 0;
  size_t left = kComparedElements;
  bool ordered = true;
};

int visit_token(PyObject* referent, void* argument) {
  Traversal* traversal = static_cast<Traversal*>(argument);
  if (traversal->left-- == 0) return 1;
  const uint64_t token = token_of(referent);
  traversal->token = traversal->ordered ? mix(traversal->token, token) : traversal->token + mix(0, token);
  return 0;
}

struct Collection {
  std::vector<PyObject*>* list;
  size_t limit;
};

int visit_collect(PyObject* referent, void* argument) {
  Collection* collection = static_cast<Collection*>(argument);
  if (collection->list->size() >= collection->limit) return 1;
  collection->list->push_back(referent);
  return 0;
}

bool can_traverse(PyObject* value) {
  return PyType_IS_GC(Py_TYPE(value)) && Py_TYPE(value)->tp_traverse != nullptr;
}

uint64_t list_token(PyObject* list) {
  const size_t size = static_cast<size_t>(PyList_GET_SIZE(list));
  uint64_t token = size;
  const size_t compared = size < kComparedElements ? size : kComparedElements;
  for (size_t i = 0; i < compared; ++i) {
    // Of a long list the first half and the end.
    const size_t position = compared == size || i < compared / 2 ? i : size - compared + i;
    token = mix(token, token_of(PyList_GET_ITEM(list, static_cast<Py_ssize_t>(position))));
  }
  return token;
}

uint64_t function_token(PyObject* function) {
  const PyFunctionObject* self = reinterpret_cast<PyFunctionObject*>(function);
  return mix(mix(mix(address(self->func_dict), address(self->func_defaults)), address(self->func_kwdefaults)),
             address(self->func_code));
}

uint64_t generator_token(PyObject* generator) {
  // Exact generators only: the attribute is the library's own.
  Ref frame = Ref::steal(PyObject_GetAttrString(generator, "gi_frame"));
  Ref position =
      Ref::steal(frame && frame.get() != Py_None ? PyObject_GetAttrString(frame.get(), "f_lasti") : nullptr);
  PyErr_Clear();
  if (!position) return 2;
  // A loop suspends at one and the same place: its variables tell that it went on. Up to 3.10 the frame owns
  // them, later the generator.
  Traversal traversal;
  for (PyObject* owner : {generator, frame.get()}) {
    if (can_traverse(owner)) Py_TYPE(owner)->tp_traverse(owner, &visit_token, &traversal);
  }
  return mix(token_of(position.get()), traversal.token);
}

bool is_named(PyTypeObject* type, const char* name) {
  return std::strcmp(type->tp_name, name) == 0;
}

// typing.Generic, abc.ABC: bases that leave instances alone.
bool is_plain_base(PyTypeObject* type) {
  PyObject* module = type->tp_dict != nullptr ? text_item(type->tp_dict, "__module__") : nullptr;
  return module != nullptr && (PyUnicode_CompareWithASCIIString(module, "typing") == 0 ||
                               PyUnicode_CompareWithASCIIString(module, "abc") == 0);
}

}  // namespace

uint64_t mix(uint64_t seed, uint64_t value) {
  uint64_t mixed = (seed ^ (value + 0x9E3779B97F4A7C15u + (seed << 6) + (seed >> 2))) * 0xBF58476D1CE4E5B9u;
  return mixed ^ (mixed >> 31);
}

uint64_t token_of(PyObject* value) {
  return token_at(value, 0);
}

std::vector<PyObject*> referents_of(PyObject* value, size_t limit) {
  std::vector<PyObject*> list;
  Collection collection{&list, limit};
  if (can_traverse(value)) Py_TYPE(value)->tp_traverse(value, &visit_collect, &collection);
  return list;
}

uint64_t content_token(PyObject* value, ValueShape shape) {
  if (shape == ValueShape::kFunction) return function_token(value);
  if (shape == ValueShape::kGenerator) return generator_token(value);
  if (shape == ValueShape::kInstance) return address(instance_dict(value));
  if (shape == ValueShape::kThreadLocal) return address(thread_names(value));
  if (shape == ValueShape::kContextVariable) return token_of(context_value(value));
  if (PyList_Check(value)) return list_token(value);
  Traversal traversal;
  traversal.ordered = shape != ValueShape::kSet;
  if (PyAnySet_Check(value)) traversal.token = static_cast<uint64_t>(PySet_GET_SIZE(value));
  if (can_traverse(value)) Py_TYPE(value)->tp_traverse(value, &visit_token, &traversal);
  return traversal.token;
}

uint64_t dict_token(PyObject* dict) {
  uint64_t token = static_cast<uint64_t>(PyDict_GET_SIZE(dict));
  Py_ssize_t next = 0;
  PyObject *key, *value;
  while (PyDict_Next(dict, &next, &key, &value)) token = mix(mix(token, token_of(key)), token_of(value));
  return token;
}

PyObject* context_value(PyObject* variable) {
  PyObject* value = nullptr;
  if (PyContextVar_Get(variable, nullptr, &value) != 0) PyErr_Clear();
  return Ref::steal(value).get();
}

PyObject* thread_names(PyObject* local) {
  Ref dict = Ref::steal(PyObject_GetAttrString(local, "__dict__"));  // of the exact type: the library's own
  if (!dict) PyErr_Clear();
  return dict && PyDict_Check(dict.get()) ? dict.get() : nullptr;
}

PyObject* instance_dict(PyObject* instance) {
  if (Py_TYPE(instance)->tp_dictoffset == 0) return nullptr;
  Ref dict = Ref::steal(PyObject_GenericGetDict(instance, nullptr));
  if (!dict) PyErr_Clear();
  return dict && PyDict_Check(dict.get()) ? dict.get() : nullptr;  // the instance keeps it
}

ValueShape ValueShapes::of(PyObject* value) {
  PyTypeObject* type = Py_TYPE(value);
  if (type == &PyUnicode_Type || type == &PyLong_Type || type == &PyBool_Type || PyType_Check(value)) {
    return ValueShape::kAtom;
  }
  if (type == &PyFunction_Type) {
    PyCodeObject* code = reinterpret_cast<PyCodeObject*>(PyFunction_GET_CODE(value));
    return files_.in_project(code->co_filename) ? ValueShape::kFunction : ValueShape::kAtom;
  }
  const auto known = known_.find(type);
  if (known != known_.end()) return known->second;
  return known_[type] = of_type(type);
}

ValueShape ValueShapes::of_type(PyTypeObject* type) {
  if (PyType_FastSubclass(type, Py_TPFLAGS_DICT_SUBCLASS)) return ValueShape::kDict;
  if (PyType_FastSubclass(type, Py_TPFLAGS_LIST_SUBCLASS)) return ValueShape::kContainer;
  if (PyType_FastSubclass(type, Py_TPFLAGS_TUPLE_SUBCLASS)) return ValueShape::kImmutable;
  if (type == &PyFrozenSet_Type || type == &PyMethod_Type || type == &PyStaticMethod_Type ||
      type == &PyClassMethod_Type || type == &PyDictProxy_Type) {
    return ValueShape::kImmutable;
  }
  if (type == &PySet_Type || PyType_IsSubtype(type, &PySet_Type)) return ValueShape::kSet;
  if (type == &PyCell_Type || is_named(type, "collections.deque")) return ValueShape::kContainer;
  if (type == &PyGen_Type) return ValueShape::kGenerator;
  if (type == &PyContextVar_Type) return ValueShape::kContextVariable;
  if (is_named(type, "_thread._local")) return ValueShape::kThreadLocal;
  if (is_named(type, "functools._lru_cache_wrapper")) return ValueShape::kCached;
  const bool plain = (type->tp_flags & Py_TPFLAGS_HEAPTYPE) != 0 && type->tp_traverse != nullptr;
  return plain && in_project(type) ? ValueShape::kInstance : ValueShape::kAtom;
}

bool ValueShapes::in_project(PyTypeObject* type) {
  PyObject* modules = loaded_modules();
  PyObject* name = type->tp_dict != nullptr ? text_item(type->tp_dict, "__module__") : nullptr;
  if (name == nullptr || modules == nullptr) return false;
  PyObject* globals = module_globals(PyDict_GetItemWithError(modules, name));
  PyObject* file = globals != nullptr ? text_item(globals, "__file__") : nullptr;
  return file != nullptr && files_.in_project(file);
}

bool ValueShapes::is_all_own(PyTypeObject* type) {
  PyObject* bases = type->tp_mro;
  if (bases == nullptr || !PyTuple_Check(bases)) return false;
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(bases); ++i) {
    PyObject* base = PyTuple_GET_ITEM(bases, i);
    if (!PyType_Check(base)) return false;
    PyTypeObject* each = reinterpret_cast<PyTypeObject*>(base);
    if (each != &PyBaseObject_Type && !is_plain_base(each) && !in_project(each)) return false;
  }
  return true;
}

bool ValueShapes::has_slots(PyTypeObject* type) const {
  PyObject* bases = type->tp_mro;
  if (bases == nullptr || !PyTuple_Check(bases)) return false;
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(bases); ++i) {
    PyObject* base = PyTuple_GET_ITEM(bases, i);
    PyObject* dict = PyType_Check(base) ? reinterpret_cast<PyTypeObject*>(base)->tp_dict : nullptr;
    if (dict != nullptr && PyDict_GetItemString(dict, "__slots__") != nullptr) return true;
  }
  return false;
}

}  // namespace alibi::python

#include "lookup_events.h"

#include <algorithm>

#include "method_swap.h"
#include "module_facts.h"

namespace alibi::python {
namespace {

// One type per function: each carries the swap of its own. The name is the second argument of all four.
template <int kNumber>
struct Lookup {
  static PyObject* call(PyObject* self, PyObject* const* arguments, Py_ssize_t count) {
    if (count >= 2) LookupEvents::looked_up(arguments[1]);
    return function.call_original(self, arguments, count);
  }
  static inline FastFunction function;
};

struct Builtin {
  const char* name;
  FastFunction* function;
  FastFunction::Call call;
};
template <int kNumber>
constexpr Builtin builtin(const char* name) {
  return {name, &Lookup<kNumber>::function, &Lookup<kNumber>::call};
}
constexpr Builtin kBuiltins[] = {builtin<0>("getattr"), builtin<1>("hasattr"), builtin<2>("setattr"),
                                 builtin<3>("delattr")};

// A type whose objects hold names: its first `kNames` arguments.
template <int kNumber, Py_ssize_t kNames>
struct Getter {
  static PyObject* make(PyTypeObject* type, PyObject* arguments, PyObject* keywords) {
    PyObject* getter = original(type, arguments, keywords);
    if (getter != nullptr) LookupEvents::getter_made(arguments, kNames);
    return getter;
  }
  static void install(PyObject* candidate) {
    if (watched != nullptr || candidate == nullptr || !PyType_Check(candidate)) return;
    watched = reinterpret_cast<PyTypeObject*>(Ref::share(candidate).release());
    original = watched->tp_new;
    watched->tp_new = &make;
  }
  static void restore() {
    if (watched == nullptr) return;
    if (watched->tp_new == &make) watched->tp_new = original;
    Py_DECREF(reinterpret_cast<PyObject*>(watched));
    watched = nullptr;
  }
  static inline PyTypeObject* watched = nullptr;  // owned while installed
  static inline newfunc original = nullptr;
};
using AttributeGetter = Getter<0, PY_SSIZE_T_MAX>;
using MethodCaller = Getter<1, 1>;

}  // namespace

void LookupEvents::start() {
  running_ = this;
  for (const Builtin& each : kBuiltins) {
    each.function->install(module_attribute("builtins", each.name), each.call);
  }
  AttributeGetter::install(module_attribute("_operator", "attrgetter"));
  MethodCaller::install(module_attribute("_operator", "methodcaller"));
}

void LookupEvents::stop() {
  if (running_ != this) return;
  running_ = nullptr;
  for (const Builtin& each : kBuiltins) each.function->restore();
  AttributeGetter::restore();
  MethodCaller::restore();
}

void LookupEvents::getter_made(PyObject* arguments, Py_ssize_t names) {
  if (running_ == nullptr || !PyTuple_Check(arguments)) return;
  const Py_ssize_t count = std::min(names, PyTuple_GET_SIZE(arguments));
  for (Py_ssize_t i = 0; i < count; ++i) running_->names_.use_parts(PyTuple_GET_ITEM(arguments, i));
}

}  // namespace alibi::python

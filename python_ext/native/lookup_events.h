// Attributes looked up by names that are values: getattr, hasattr, setattr, delattr, attrgetter,
// methodcaller.
//
// Owned by InputEvents. The four builtins keep identity, name, signature and the speed of specialised calls;
// of the two types of module operator, only the making of an object is seen, which is when the names are
// given. The name is recorded before the call goes on, whose result, exception and effects stay its own.
#ifndef ALIBI_PYTHON_EXT_LOOKUP_EVENTS_H_
#define ALIBI_PYTHON_EXT_LOOKUP_EVENTS_H_

#include "compat.h"
#include "run_time_names.h"

namespace alibi::python {

class LookupEvents {
 public:
  explicit LookupEvents(RunTimeNames& names) : names_(names) {}

  // Installs what this interpreter has; a function that somebody replaced is left alone.
  void start();
  void stop();

  // From the swapped functions.
  static void looked_up(PyObject* name) {
    if (running_ != nullptr) running_->names_.use(name);
  }
  static void getter_made(PyObject* arguments, Py_ssize_t names);

 private:
  static inline LookupEvents* running_ = nullptr;
  RunTimeNames& names_;
};

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_LOOKUP_EVENTS_H_

// Names that running code gives or makes: to getattr and its like, or in code compiled at run time.
//
// Used by lookup events and input events, on any thread, with the interpreter attached. A name has a probe of
// its own, so the hit stream says who used it: a test, a fixture, a statement, a forked child. Each name is
// recorded once in a round of the activation, and only on behalf of project code. Holds plain strings only,
// runs no code of the user, never raises.
#ifndef ALIBI_PYTHON_EXT_RUN_TIME_NAMES_H_
#define ALIBI_PYTHON_EXT_RUN_TIME_NAMES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "activation.h"
#include "callers.h"
#include "compat.h"
#include "recording.h"
#include "tracer/abi/alibi.h"

namespace alibi::python {

class RunTimeNames {
 public:
  // `kind`: ALIBI_CODE_LOOKED_UP_NAME or ALIBI_CODE_COMPILED_NAME.
  RunTimeNames(const Recording& recording, Callers& callers, alibi_code_kind kind);
  ~RunTimeNames() { forget(); }
  RunTimeNames(const RunTimeNames&) = delete;
  RunTimeNames& operator=(const RunTimeNames&) = delete;

  // HOT: every getattr of the process. `name` is any object; what is no str is no name.
  void use(PyObject* name) {
    RecordingLock lock;
    if (PyUnicode_CheckExact(name)) {
      // The hash of a str is -1 until somebody needed it.
      const Py_hash_t hash = reinterpret_cast<PyASCIIObject*>(name)->hash;
      const Entry& first = entries_[static_cast<size_t>(hash) & mask_];
      if (first.name == name && first.round == activation_.round()) return;
    }
    // Half of all calls of getattr in a test are the runner's own.
    if (!callers_.runner_acts()) use_slowly(name);
  }
  // Each part of "a.b.c".
  void use_parts(PyObject* dotted);
  // For callers that know on whose behalf.
  void use_for_project(PyObject* name);
  void use_parts_for_project(PyObject* dotted);
  // Drops the strings it holds.
  void forget();

 private:
  // Open addressing from the name's hash on; an entry without a name ends a search.
  struct Entry {
    PyObject* name = nullptr;  // owned, exactly a str
    uint32_t probe = 0;
    uint32_t round = 0;  // in which it was recorded last
  };

  void use_slowly(PyObject* name);
  void each_part(PyObject* dotted, void (RunTimeNames::*take)(PyObject*));
  void record(PyObject* name);
  Entry* find(PyObject* name);
  Entry* add(PyObject* name);
  void grow();

  alibi_session* session_;
  Activation& activation_;
  Callers& callers_;
  alibi_code_kind kind_;
  std::vector<Entry> entries_;
  size_t mask_;
  size_t used_ = 0;
};

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_RUN_TIME_NAMES_H_

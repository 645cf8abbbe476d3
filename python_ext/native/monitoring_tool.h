// One tool id of sys.monitoring, with callbacks in C: the public API, called from C++.
//
// Used by monitoring_events. Each method says false when CPython refused, with no exception left set.
// Events are asked for by mask (internals/monitoring_layout.h has the positions).
#ifndef ALIBI_PYTHON_EXT_MONITORING_TOOL_H_
#define ALIBI_PYTHON_EXT_MONITORING_TOOL_H_

#include <string>

#include "compat.h"

namespace alibi::python {

class MonitoringTool {
 public:
  // Arguments as sys.monitoring passes them: the code object first. Returns a new reference.
  using Callback = PyObject* (*)(void* owner, PyObject* const* arguments);

  ~MonitoringTool() { release(); }
  // Takes the first free id. False, with who has them in `why`, when there is none.
  bool claim(std::string* why);
  // Callbacks are taken out first: releases of 3.12 keep them past free_tool_id().
  void release();
  int id() const { return id_; }

  bool set_callback(int event, Callback callback, void* owner);
  bool set_global_events(unsigned events);
  bool set_local_events(PyCodeObject* code, unsigned events);
  bool restart_events();
  // Does any other id belong to somebody?
  bool has_neighbours() const;
  // What a callback returns so that this place is not reported again: a new reference.
  PyObject* disable() const { return Ref::share(disable_.get()).release(); }

 private:
  bool call(PyObject* function, PyObject* const* arguments, size_t count);
  bool load_functions();
  std::string holders() const;

  int id_ = -1;
  unsigned callbacks_ = 0;  // events that have one
  Ref monitoring_;          // the module sys.monitoring
  Ref id_object_;
  Ref disable_, set_local_events_, set_events_, register_callback_, restart_events_;
};

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_MONITORING_TOOL_H_

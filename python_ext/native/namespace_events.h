// Project code that looks at a whole namespace: vars(), dir() and globals() of modules and classes.
//
// Owned by InputEvents. Such a reader depends on every name there is, so the module's file as a whole
// (or the class) is recorded. Single names are lookup_events'.
#ifndef ALIBI_PYTHON_EXT_NAMESPACE_EVENTS_H_
#define ALIBI_PYTHON_EXT_NAMESPACE_EVENTS_H_

#include "input_log.h"

namespace alibi::python {

struct FinishedCall;

class NamespaceEvents {
 public:
  explicit NamespaceEvents(InputLog& log) : log_(log) {}

  void start();
  void stop();

  // From the swapped functions. Without an argument all three look at the caller's own scope; with one, vars
  // lists what an object holds by itself, dir also what its class and the bases define.
  enum class Subject : uint8_t { kOwn, kInherited, kModule };
  static void asked(const FinishedCall& call, Subject subject);

 private:
  void record(PyObject* object, Subject subject);
  void record_class(PyObject* type);

  static inline NamespaceEvents* running_ = nullptr;
  InputLog& log_;
};

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_NAMESPACE_EVENTS_H_

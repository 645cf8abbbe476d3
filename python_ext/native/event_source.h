// Where line events come from: one implementation per strategy (monitoring_events, slot_events,
// trace_events), one active in a process.
//
// A source calls Activation::record_line for every first execution of a line since the last rearm(),
// on whichever thread runs it. A repetition is harmless; a missing one is a defect. All calls below
// come with the interpreter attached and the RecordingLock held; so must the source's own calls of
// Activation and CodeFiles be.
#ifndef ALIBI_PYTHON_EXT_EVENT_SOURCE_H_
#define ALIBI_PYTHON_EXT_EVENT_SOURCE_H_

#include <string>

#include "compat.h"

namespace alibi::python {

class Activation;
class CodeFiles;

class EventSource {
 public:
  virtual ~EventSource() = default;

  // Installs the hooks and proves them on sample code (start-up self-test). False, with the cause in
  // `why`, leaves the interpreter as it was; never leaves a Python exception set.
  virtual bool start(std::string* why) = 0;
  virtual void stop() = 0;

  // Every line of the project fires again from now on, except module-level lines of module bodies
  // with kKeep (they say which statement runs and must not fire in each round
  // of a module-level loop). Cost: proportional to what was hit since the last call. With kRearm the
  // source lets go of all records of dead code objects and calls CodeFiles::release_dead().
  enum class ModuleLines : bool { kRearm, kKeep };
  virtual void rearm(ModuleLines module_lines) = 0;

  // A code object is about to run (builtins.exec, "exec" audit event). Returns a new reference to
  // what shall run instead: `code` itself, or its instrumented twin (3.11). Never fails.
  virtual PyObject* prepare(PyObject* code) = 0;

  // Somebody else is about to listen to sys.monitoring, to trace or to profile. Comes at any moment, also for
  // calls of the source's own.
  virtual void another_tool_registers() {}

  // "self", "restart", "slots", "trace": stable words for the shard, doctor and bench. May change
  // when a source finds its way unsafe while running; reason() then says why.
  virtual const char* strategy() const = 0;
  virtual const char* reason() const { return ""; }
};

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_EVENT_SOURCE_H_

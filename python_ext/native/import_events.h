// Module bodies and imports: which module of the project runs now, which other modules were loaded,
// and which modules the project looked up by a computed name or did not find.
//
// One per process, owned by Session; all calls come with the interpreter attached. builtins.exec,
// through which the import system, runpy and pytest run module bodies, keeps its identity; so do
// builtins.__import__, importlib.import_module and importlib.util.find_spec. Never raises, adds no
// frame.
#ifndef ALIBI_PYTHON_EXT_IMPORT_EVENTS_H_
#define ALIBI_PYTHON_EXT_IMPORT_EVENTS_H_

#include <cstdint>
#include <memory>
#include <string>

#include "compat.h"
#include "recording.h"

namespace alibi::python {

class ImportEvents {
 public:
  explicit ImportEvents(const Recording& recording);
  ~ImportEvents();

  // False, with the cause in `why`, leaves the interpreter as it was.
  bool start(std::string* why);
  void stop();
  // Right after the test's context became current; right before it stops being so.
  void begin_test(uint32_t context);
  void end_test(uint32_t context);
  // Another context is about to stop being current.
  void context_ends();
  // In a forked child, which may end at any instant.
  void after_fork_in_child();

  // File name (co_filename, borrowed) of the project's module whose body runs innermost on this
  // thread; null outside of imports.
  static PyObject* running_module();

  // From the "import" audit event: a module that is not loaded is about to be looked for; with a file, an
  // extension module has been found there.
  static void import_started(PyObject* name, PyObject* file);
  // From the "open" audit event: perhaps to load a module, which sys.modules holds by now.
  static void file_opened();

  // Called with the globals of each project module whose body has ended well.
  using ModuleLoaded = void (*)(PyObject* globals);
  static void observe_loaded_modules(ModuleLoaded observer);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_IMPORT_EVENTS_H_

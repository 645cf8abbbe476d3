// On whose behalf does the interpreter do what it is doing: the project's, or the test runner's?
//
// Used by all that records inputs, at the moment of the input, on any thread. Walks the stack of
// frames upwards, a bounded way, and remembers what kind of code each file holds.
#ifndef ALIBI_PYTHON_EXT_CALLERS_H_
#define ALIBI_PYTHON_EXT_CALLERS_H_

#include <cstdint>
#include <string>

#include "code_files.h"
#include "compat.h"

namespace alibi::python {

class Callers {
 public:
  explicit Callers(CodeFiles& files) : files_(files) {}
  ~Callers() { forget(); }
  Callers(const Callers&) = delete;
  Callers& operator=(const Callers&) = delete;

  // Call on the thread that runs the tests.
  void start();
  // Drops the file names it holds.
  void forget();

  // Importing: the import system and pytest's assertion rewriter, when they are about to read or
  // probe code, do so for themselves. Begins: an import does, and from 3.15 on the import system's own
  // frames say so.
  enum class Importing : uint8_t { kCounts, kDoesNot, kBegins };
  bool project_asks(Importing importing);

  // Cheap: does pytest's, pluggy's, xdist's or our own code run now? False also when that is not known.
  bool runner_acts();

  // Is it the import system itself that acts?
  bool import_system_acts();

  // File name of the code that runs now, skipping none. Owned; may be null.
  static Ref current_file_name();
  bool current_file_in_project();

 private:
  enum class Kind : uint8_t { kUnknown, kProject, kDynamic, kImporter, kFrozen, kRunner, kOther };
  template <typename Frames>
  bool asks(Frames frames, Importing importing);
  template <typename Frames>
  bool starts_up(Frames frames);
  Kind kind_of(PyObject* filename);
  Kind classify(PyObject* filename);

  static constexpr size_t kRemembered = 512;
  // Frames walked at most: more than a recursion of the library reaches under the default limit.
  static constexpr int kDeepest = 2000;
  // The import system is the direct caller when it stands within this many frames.
  static constexpr int kDirect = 6;

  struct Entry {
    PyObject* filename = nullptr;  // owned: its address must not be used again
    Kind kind = Kind::kUnknown;
  };
  CodeFiles& files_;
  Entry entries_[kRemembered];
  std::string own_package_;
  unsigned long test_thread_ = 0;
  bool raw_frames_ = false;
  bool starting_up_ = false;
};

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_CALLERS_H_

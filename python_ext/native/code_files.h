// Which code belongs to the project, and what is known about each of its code objects.
//
// One per process, owned by Session. Decides once per file name (cached by the string's identity
// and value) and once per code object (stored in the code object's co_extra), never per event.
#ifndef ALIBI_PYTHON_EXT_CODE_FILES_H_
#define ALIBI_PYTHON_EXT_CODE_FILES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "compat.h"
#include "tracer/abi/alibi.h"

namespace alibi::python {

// Lives as long as its code object (or until the next rearm after it died). Never null fields
// besides `code`, which is cleared when the code object dies.
struct CodeRecord {
  PyCodeObject* code = nullptr;  // borrowed
  uint32_t base = 0;             // probe of first_line; 0: not part of the project (or not definable)
  uint32_t span = 0;
  int32_t first_line = 0;
  uint8_t kind = 0;              // alibi_code_kind
  bool module_level = false;     // module body, or class body directly in one (at any class depth)
  void* strategy_data = nullptr; // owned by the event source, freed by its own hook

  bool in_project() const { return base != 0; }
};

struct CodeFilesOptions {
  std::vector<std::string> roots;     // absolute, symlinks resolved, no trailing slash
  std::vector<std::string> excludes;  // prefixes below roots that do not count (stdlib, site-packages, venv)
};

class CodeFiles {
 public:
  CodeFiles(alibi_session* session, CodeFilesOptions options);

  // Registers on first sight: defines file, code and names in the shard. Never null, never raises;
  // a code object that cannot be defined is counted (drop) and reads as "not in the project".
  CodeRecord* record_of(PyCodeObject* code);
  // What co_extra holds, without registering. May be null.
  CodeRecord* find(PyCodeObject* code) const;
  // Is a path the project's? Used for inputs, imports and frames as well. Accepts co_filename as it is
  // (relative ones are taken from the working directory at start).
  bool in_project(PyObject* filename);
  // Number of a project file in the shard, 0 when it is none.
  uint32_t file_number(PyObject* filename);

  bool start(std::string* why);  // reserves the co_extra slot
};

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_CODE_FILES_H_

// Which code belongs to the project, and what is known about each of its code objects.
//
// One per process, owned by Session. Decides once per file name (cached by the string's identity
// and value) and once per code object (stored in the code object's co_extra), never per event.
// Called with the interpreter attached and the RecordingLock held; runs no Python code, never raises.
#ifndef ALIBI_PYTHON_EXT_CODE_FILES_H_
#define ALIBI_PYTHON_EXT_CODE_FILES_H_

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "code_units.h"
#include "compat.h"
#include "tracer/abi/alibi.h"

namespace alibi::python {

// Lives as long as its code object, and after that until release_dead(). All code outside the project
// shares one record, whose `code` is null and whose `base` is 0.
struct CodeRecord {
  PyCodeObject* code = nullptr;  // borrowed; null once the code object died
  uint32_t base = 0;             // probe of first_line; 0: not part of the project (or not definable)
  uint32_t span = 0;
  int32_t first_line = 0;
  uint32_t file = 0;              // file_number() of its source
  uint8_t kind = 0;               // alibi_code_kind
  bool module_level = false;      // module body, or class body directly in one (at any class depth)
  uint8_t strategy_bits = 0;      // the event source's
  void* strategy_data = nullptr;  // the event source's; see set_strategy_data_release
  uint32_t position = 0;          // in CodeFiles' list of records
  const void* owner = nullptr;    // the CodeFiles that made it

  bool in_project() const { return base != 0; }
};

// What another process found out about this very interpreter: not to be found out again.
struct KnownInterpreter {
  std::string opcode_facts;  // OpcodeFacts::text(); empty: nothing is known
  std::string strategy;      // that passed its self-test
};

struct CodeFilesOptions {
  std::vector<std::string> roots;     // absolute, symlinks resolved, no trailing slash
  std::vector<std::string> excludes;  // prefixes below roots that do not count (stdlib, site-packages, venv)
  // Or the test runner runs elsewhere, and all that this process does belongs to a test.
  bool runs_tests = true;
  KnownInterpreter known;
};

class CodeFiles {
 public:
  CodeFiles(alibi_session* session, CodeFilesOptions options);
  // Takes every record out of its code object: nothing of ours stays behind in live ones.
  ~CodeFiles();
  CodeFiles(const CodeFiles&) = delete;
  CodeFiles& operator=(const CodeFiles&) = delete;

  bool start(std::string* why);  // reserves the co_extra slot

  // Registers on first sight: defines file, code and names in the shard. Never null, never raises;
  // a code object that cannot be defined is counted (drop) and reads as "not in the project".
  CodeRecord* record_of(PyCodeObject* code) {
    CodeRecord* record = find(code);
    return __builtin_expect(record != nullptr, 1) ? record : register_code(code, nullptr);
  }
  // What co_extra holds, without registering. May be null.
  CodeRecord* find(PyCodeObject* code) const {
    CodeRecord* record = static_cast<CodeRecord*>(code_extra(code, extra_index));
    // Code outside the project may still carry the shared record of an earlier session.
    return record != nullptr && record->owner == this ? record : nullptr;
  }
  // Makes an instrumented twin known: a record of its own, with the probes of its original. Null when
  // memory is short.
  CodeRecord* adopt_twin(PyCodeObject* twin, const CodeRecord& original);

  // Is a path the project's? Used for inputs, imports and frames as well. Accepts co_filename as it is
  // (relative ones are taken from the working directory at start). The longest prefix decides.
  bool in_project(PyObject* filename);
  // Number of a project file in the shard, 0 when it is none.
  uint32_t file_number(PyObject* filename);

  bool runs_tests() const { return options_.runs_tests; }
  bool is_proven(const char* strategy) const { return options_.known.strategy == strategy; }
  std::string opcode_facts() const { return units_.facts().text(); }

  // Counts a loss that concerns the whole process.
  void drop(int32_t reason);

  // Live code objects of the project, in no order; valid until the next call.
  const std::vector<CodeRecord*>& records() const { return records_; }
  // Frees the records of dead code objects: whoever kept hits of them has let go.
  void release_dead();
  // Called for each record that has strategy_data, when its record is freed.
  void set_strategy_data_release(void (*release)(void* strategy_data)) { release_strategy_data_ = release; }

  struct Counts {
    uint64_t files, code_objects, code_units, probes;
  };
  Counts counts() const;

 private:
  // `owner` is the unit that holds this code among its constants, where known.
  CodeRecord* register_code(PyCodeObject* code, const CodeUnit* owner);
  void register_nested(PyCodeObject* code, const CodeUnit& owner);
  bool attach(PyCodeObject* code, CodeRecord* record);
  bool define(PyCodeObject* code, const CodeUnit* owner, CodeUnit* unit, CodeRecord* record);
  void define_outline(PyCodeObject* module_body, uint32_t file);
  long file_state(PyObject* filename);
  std::string resolved_path(PyObject* filename) const;
  bool path_counts(const std::string& path) const;
  void forget(CodeRecord* record);
  static void code_died(void* extra);

  // The slot in co_extra: one for the process, since CPython never takes one back.
  static inline Py_ssize_t extra_index = -1;

  // A code unit that was seen before (a re-import, a template compiled again) keeps its probes.
  struct UnitKey {
    uint64_t fingerprint_low, fingerprint_high, name_hash;
    uint32_t file, span;
    int32_t first_line;
    int32_t scope_line;
    int32_t kind;
    bool operator==(const UnitKey&) const = default;
  };
  struct UnitKeyHash {
    size_t operator()(const UnitKey& key) const;
  };

  alibi_session* session_;
  CodeFilesOptions options_;
  CodeUnits units_;
  std::string working_directory_;
  Ref file_states_;  // dict: file name -> number in the shard, kOutside or kNotNumbered
  std::vector<CodeRecord*> records_;
  std::vector<CodeRecord*> dead_;
  std::unordered_map<UnitKey, uint32_t, UnitKeyHash> bases_;
  CodeRecord* outside_;  // leaked on purpose: code objects outside the project point at it for ever
  void (*release_strategy_data_)(void*) = nullptr;
  uint64_t files_ = 0;
  uint64_t probes_ = 0;
};

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_CODE_FILES_H_

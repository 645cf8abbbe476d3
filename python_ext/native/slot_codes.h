// Instrumented code objects: makes the twin that runs instead of a project's code object, and knows the
// slots of every twin.
//
// Owned by SlotEvents; called with the GIL held. What is known about a code object hangs on its
// CodeRecord (strategy_data) and goes with it. Never raises; code that cannot be instrumented stays as it
// is and is counted.
#ifndef ALIBI_PYTHON_EXT_SLOT_CODES_H_
#define ALIBI_PYTHON_EXT_SLOT_CODES_H_

#include "code_files.h"
#include "compat.h"
#include "slot_objects.h"

namespace alibi::python {

// strategy_data of a CodeRecord.
struct SlotCode {
  CodeRecord* record = nullptr;  // whose strategy_data this is
  bool is_original = false;      // else a twin, or a copy of one, and `table` says where its slots are
  PyObject* twin = nullptr;      // of an original: what runs instead. Owned; null when it was refused
  SlotTable table;
};

class SlotCodes {
 public:
  explicit SlotCodes(CodeFiles& files);
  SlotCodes(const SlotCodes&) = delete;
  SlotCodes& operator=(const SlotCodes&) = delete;

  // What shall run instead of `code`: its twin, made now or earlier, or `code` itself. New reference.
  PyObject* twin_of(PyCodeObject* code);
  // HOT. The slots of a twin. A copy that Python code made of one (code.replace(), marshal, pickle) is
  // recognised by its marks and adopted. Null for all other code.
  SlotCode* slots_of(PyCodeObject* code) {
    CodeRecord* record = files_.find(code);
    SlotCode* known = record != nullptr ? static_cast<SlotCode*>(record->strategy_data) : nullptr;
    if (__builtin_expect(known != nullptr, 1)) return known->is_original ? nullptr : known;
    return adopt_if_copy(code, record);
  }
  // The entry of an original that has a twin or was refused; null for all other code.
  SlotCode* original(PyCodeObject* code) const;
  // `code` itself stays what it is (a frame runs it, or it is a copy of a twin): the functions it makes
  // shall be instrumented.
  void replace_constants_of(PyCodeObject* code);

 private:
  SlotCode* attach(CodeRecord* record);
  Ref make_twin(PyCodeObject* code, const CodeRecord& record);
  SlotCode* adopt_if_copy(PyCodeObject* code, CodeRecord* record);
  void refuse();

  CodeFiles& files_;
};

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_SLOT_CODES_H_

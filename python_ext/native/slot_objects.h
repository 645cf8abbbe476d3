// From a code object to its instrumented twin: the one place where decoding, placing and laying out meet
// Python objects.
//
// Used by SlotCodes, by the self-test and by slot_copies. Keeps no state. Needs the GIL; failures come
// back as nothing, with a Python exception possibly set (the callers hold an ExceptionGuard).
#ifndef ALIBI_PYTHON_EXT_SLOT_OBJECTS_H_
#define ALIBI_PYTHON_EXT_SLOT_OBJECTS_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "compat.h"
#include "slot_layout.h"

namespace alibi::python {

// Where the slots of a code object are.
struct SlotTable {
  SlotForm form{0};
  std::vector<uint32_t> toggles;  // code unit of each toggle
  std::vector<int32_t> lines;     // what each slot reports; may be kLeavesBody

  // The slot that runs its UNARY_NOT in `frame_code` right now; -1 when none does.
  int64_t running_slot(PyCodeObject* code, const uint16_t* running_unit) const;
  void arm(PyCodeObject* code, size_t slot) const;
  void disarm(PyCodeObject* code, size_t slot) const;
};

struct TwinConstants {
  Ref tuple;
  uint32_t ellipsis = 0;  // its number
};
// The constants of `code` with `twin_of` (new reference, never null) applied to nested code.
std::optional<TwinConstants> twin_constants(PyCodeObject* code,
                                            const std::function<PyObject*(PyCodeObject*)>& twin_of);

struct InstrumentedCode {
  Ref code;
  SlotTable table;
};
std::optional<InstrumentedCode> instrument(PyCodeObject* code, const TwinConstants& constants,
                                           Returns returns = Returns::kSilent);

// A code object like `like` with other bytes and constants; its co_code shows these bytes for ever.
Ref new_code_of(PyCodeObject* like, const Layout& layout, PyObject* constants, int stack_size);

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_SLOT_OBJECTS_H_

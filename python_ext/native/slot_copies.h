// Copies of instrumented code objects: recognising the slots in them, and taking them out again.
//
// code.replace(), marshal and pickle copy an instrumented code object with the marks that stand for slots,
// but without the slots and without what we know about it. Used by SlotCodes before a copy runs.
#ifndef ALIBI_PYTHON_EXT_SLOT_COPIES_H_
#define ALIBI_PYTHON_EXT_SLOT_COPIES_H_

#include <optional>
#include <string_view>

#include "compat.h"
#include "slot_objects.h"

namespace alibi::python {

bool has_slots(std::string_view bytes);

// Puts the slots back where `bytes` (what co_code shows) has their marks, all armed. Nothing when that
// cannot be done; the code then stays as it is.
std::optional<SlotTable> restore_slots(PyCodeObject* code, std::string_view bytes);

// Whether two code objects that CPython finds different differ only in slots, armed, spent or absent. The
// copies to be compared go through `compare`, CPython's own comparison.
bool equal_but_for_slots(PyCodeObject* one, PyCodeObject* other, richcmpfunc compare);

// The code object as it was before it was instrumented; nested ones as well. Null when it is damaged.
Ref without_slots(PyCodeObject* code, PyObject* bytes);

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_SLOT_COPIES_H_

// The start-up proof that slots work in this interpreter: instruments sample code, runs it, re-arms, runs
// it again, and compares what the slots report with what must have run.
//
// Called once by SlotEvents::start(), before any hook is installed; leaves nothing behind.
#ifndef ALIBI_PYTHON_EXT_SLOT_SELF_TEST_H_
#define ALIBI_PYTHON_EXT_SLOT_SELF_TEST_H_

#include <string>

namespace alibi::python {

// False, with the cause in `why`: the private layouts are not the expected ones.
bool slots_work(std::string* why);

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_SLOT_SELF_TEST_H_

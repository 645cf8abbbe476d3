// The compiled meaning of a code object as one 128-bit number.
//
// Used by code_units. Equal for two texts that differ in comments, layout, docstrings and positions
// only; different when an instruction, a constant (by type and value), a name, an argument or an
// exception handler differs. Nested functions count by name, since they are units of their own;
// lambdas, comprehensions and classes inside functions count by value. Compare only numbers made by
// the same release of the interpreter.
#ifndef ALIBI_PYTHON_EXT_CODE_FINGERPRINT_H_
#define ALIBI_PYTHON_EXT_CODE_FINGERPRINT_H_

#include "code_instructions.h"
#include "compat.h"
#include "tracer/abi/alibi.h"

namespace alibi::python {

// A lambda, comprehension, generator expression or type parameter scope: code without a name of its own.
bool is_anonymous(PyCodeObject* code);
bool is_module_body(PyCodeObject* code);
bool is_class_body(PyCodeObject* code);

alibi_hash fingerprint_of(PyCodeObject* code, const Instructions& instructions, const OpcodeFacts& facts);

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_CODE_FINGERPRINT_H_

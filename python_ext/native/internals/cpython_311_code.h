// CPython 3.11's private layouts of code objects, frames and generators, as the slots need them.
//
// The only file of the extension that includes 3.11's internal headers; used by slot_*.cc, compiled
// for 3.11 only. The layouts did not change between 3.11.2 and 3.11.7; SlotSelfTest proves at start that
// they hold in the interpreter that runs us.
#ifndef ALIBI_PYTHON_EXT_INTERNALS_CPYTHON_311_CODE_H_
#define ALIBI_PYTHON_EXT_INTERNALS_CPYTHON_311_CODE_H_

#include "../compat.h"

#if ALIBI_HAS_SLOTS

#define Py_BUILD_CORE 1
#include <internal/pycore_code.h>
#include <internal/pycore_frame.h>
#undef Py_BUILD_CORE
#include <opcode.h>

#include <string_view>

namespace alibi::python::cpython_311 {

using CodeUnit = _Py_CODEUNIT;
using Frame = _PyInterpreterFrame;

inline uint8_t opcode_of(CodeUnit unit) {
  return _Py_OPCODE(unit);
}
inline uint8_t argument_of(CodeUnit unit) {
  return _Py_OPARG(unit);
}
constexpr CodeUnit make_unit(unsigned opcode, unsigned argument) {
  return static_cast<CodeUnit>(_Py_MAKECODEUNIT(opcode, argument));
}

// Inline cache units behind an instruction.
constexpr int cache_units(uint8_t opcode) {
  switch (opcode) {
    case BINARY_OP:
      return INLINE_CACHE_ENTRIES_BINARY_OP;
    case BINARY_SUBSCR:
      return INLINE_CACHE_ENTRIES_BINARY_SUBSCR;
    case CALL:
      return INLINE_CACHE_ENTRIES_CALL;
    case COMPARE_OP:
      return INLINE_CACHE_ENTRIES_COMPARE_OP;
    case LOAD_ATTR:
      return INLINE_CACHE_ENTRIES_LOAD_ATTR;
    case LOAD_GLOBAL:
      return INLINE_CACHE_ENTRIES_LOAD_GLOBAL;
    case LOAD_METHOD:
      return INLINE_CACHE_ENTRIES_LOAD_METHOD;
    case PRECALL:
      return INLINE_CACHE_ENTRIES_PRECALL;
    case STORE_ATTR:
      return INLINE_CACHE_ENTRIES_STORE_ATTR;
    case STORE_SUBSCR:
      return INLINE_CACHE_ENTRIES_STORE_SUBSCR;
    case UNPACK_SEQUENCE:
      return INLINE_CACHE_ENTRIES_UNPACK_SEQUENCE;
    default:
      return 0;
  }
}

// What the interpreter executes: specialised in place, and where toggles are written.
inline CodeUnit* live_units(PyCodeObject* code) {
  return _PyCode_CODE(code);
}
inline size_t unit_count(PyCodeObject* code) {
  return static_cast<size_t>(Py_SIZE(code));
}
// Units before this one create cells and generators; nothing of the source runs there.
inline int first_traceable(PyCodeObject* code) {
  return code->_co_firsttraceable;
}

inline std::string_view bytes_view(PyObject* bytes) {
  return {PyBytes_AS_STRING(bytes), static_cast<size_t>(PyBytes_GET_SIZE(bytes))};
}

// Its instructions as compiled, never specialised; new reference. Code that has not been specialised yet is
// read directly: PyCode_GetCode() would keep the bytes for the life of the code object, and writes past
// their end when hand-made code ends in the middle of an instruction.
inline PyObject* compiled_bytes(PyCodeObject* code) {
  const bool specialised = code->co_warmup >= 0;
  if (code->_co_code != nullptr || specialised) return PyCode_GetCode(code);
  return PyBytes_FromStringAndSize(reinterpret_cast<const char*>(live_units(code)),
                                   static_cast<Py_ssize_t>(unit_count(code) * sizeof(CodeUnit)));
}

struct CodeParts {
  PyObject* code;  // all borrowed
  PyObject* constants;
  PyObject* location_table;
  PyObject* exception_table;
  int stack_size;
};
// A code object like `original` but for `parts`, without the audit event that types.CodeType raises:
// nothing a test does causes it. New reference, or null with an exception set.
inline PyCodeObject* new_code(PyCodeObject* original, const CodeParts& parts) {
  _PyCodeConstructor constructor = {};
  constructor.filename = original->co_filename;
  constructor.name = original->co_name;
  constructor.qualname = original->co_qualname;
  constructor.flags = original->co_flags;
  constructor.code = parts.code;
  constructor.firstlineno = original->co_firstlineno;
  constructor.linetable = parts.location_table;
  constructor.consts = parts.constants;
  constructor.names = original->co_names;
  constructor.localsplusnames = original->co_localsplusnames;
  constructor.localspluskinds = original->co_localspluskinds;
  constructor.argcount = original->co_argcount;
  constructor.posonlyargcount = original->co_posonlyargcount;
  constructor.kwonlyargcount = original->co_kwonlyargcount;
  constructor.stacksize = parts.stack_size;
  constructor.exceptiontable = parts.exception_table;
  return _PyCode_New(&constructor);
}
// Fixes what co_code shows, and so what code.replace(), marshal and pickle copy, whatever runs now.
inline void publish_code_bytes(PyCodeObject* code, PyObject* bytes) {
  if (code->_co_code == nullptr) code->_co_code = Py_NewRef(bytes);
}

inline Frame* current_frame(PyThreadState* thread) {
  return thread->cframe != nullptr ? thread->cframe->current_frame : nullptr;
}
// The unit that runs now, or ran last in a frame that is not on top.
inline const CodeUnit* running_unit(const Frame* frame) {
  return frame->prev_instr;
}
inline int running_line(Frame* frame) {
  return PyCode_Addr2Line(frame->f_code,
                          _PyInterpreterFrame_LASTI(frame) * static_cast<int>(sizeof(CodeUnit)));
}

enum class GeneratorState { kNotStarted, kSuspended, kOther };
inline GeneratorState generator_state(PyGenObject* generator) {
  if (generator->gi_code == nullptr) return GeneratorState::kOther;
  if (generator->gi_frame_state == FRAME_CREATED) return GeneratorState::kNotStarted;
  return generator->gi_frame_state == FRAME_SUSPENDED ? GeneratorState::kSuspended : GeneratorState::kOther;
}
inline Frame* generator_frame(PyGenObject* generator) {
  return reinterpret_cast<Frame*>(generator->gi_iframe);
}
// What a suspended generator waits for in `yield from` or `await`; borrowed, may be null.
inline PyObject* awaited_by(PyGenObject* generator) {
  Frame* frame = generator_frame(generator);
  const CodeUnit next = frame->prev_instr[1];
  const uint8_t opcode = opcode_of(next);
  if ((opcode != RESUME && opcode != RESUME_QUICK) || argument_of(next) < 2 || frame->stacktop < 1)
    return nullptr;
  return frame->localsplus[frame->stacktop - 1];
}

}  // namespace alibi::python::cpython_311

#endif  // ALIBI_HAS_SLOTS
#endif  // ALIBI_PYTHON_EXT_INTERNALS_CPYTHON_311_CODE_H_

#include "code_fingerprint.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

#include "compat_code.h"

namespace alibi::python {
namespace {

// Deeper nesting than any compiler accepts; hand-made constants end here.
constexpr int kDeepest = 200;

class Meaning {
 public:
  explicit Meaning(const OpcodeFacts& facts) : facts_(facts), buffer_(kUsualSize, '\0') {}

  void add_code(PyCodeObject* code, const Instructions& instructions, int depth) {
    add_signature(code);
    for (const Instruction& instruction : instructions.list) add_instruction(code, instruction, depth);
    add_handlers(code, instructions);
  }

  std::string_view bytes() const { return {buffer_.data(), used_}; }

 private:
  static constexpr size_t kUsualSize = 4096;

  // Millions of bytes in pieces of one to eight: appending to the string itself costs five times as much.
  char* room_for(size_t length) {
    if (buffer_.size() - used_ < length) buffer_.resize(2 * buffer_.size() + length);
    char* room = buffer_.data() + used_;
    used_ += length;
    return room;
  }

  template <typename Number>
  void add_number(Number number) {
    std::memcpy(room_for(sizeof number), &number, sizeof number);
  }

  void add_tag(char tag) { *room_for(1) = tag; }

  void add_block(const char* block, size_t length) {
    add_number(static_cast<uint64_t>(length));
    std::memcpy(room_for(length), block, length);
  }

  // The storage of a str is the same for equal values, so no encoding is needed.
  void add_string(PyObject* string) {
    if (string == nullptr || !PyUnicode_Check(string) || !string_is_ready(string)) return add_tag('?');
    add_tag(static_cast<char>('0' + PyUnicode_KIND(string)));
    add_block(static_cast<const char*>(PyUnicode_DATA(string)),
              static_cast<size_t>(PyUnicode_GET_LENGTH(string)) * PyUnicode_KIND(string));
  }

  void add_signature(PyCodeObject* code) {
    add_string(code->co_name);
    add_number(code->co_argcount);
    add_number(code->co_posonlyargcount);
    add_number(code->co_kwonlyargcount);
    add_number(code->co_nlocals);
    add_number(cell_count(code));
    add_number(free_count(code));
    add_number(code->co_flags & ~kMeaninglessFlags);
    Ref locals = local_names(code);
    if (!locals || !PyTuple_Check(locals.get())) return add_tag('?');
    Py_ssize_t named = code->co_argcount + code->co_kwonlyargcount;
    if ((code->co_flags & CO_VARARGS) != 0) ++named;
    if ((code->co_flags & CO_VARKEYWORDS) != 0) ++named;
    if (sees_its_locals(code)) named = PyTuple_GET_SIZE(locals.get());
    named = std::min(named, PyTuple_GET_SIZE(locals.get()));
    for (Py_ssize_t i = 0; i < named; ++i) add_string(PyTuple_GET_ITEM(locals.get(), i));
  }

  // Only such code can tell how its locals are called.
  static bool sees_its_locals(PyCodeObject* code) {
    static constexpr const char* kObservers[] = {"locals", "vars",      "eval",         "exec",
                                                 "dir",    "_getframe", "currentframe", "f_locals"};
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(code->co_names); ++i) {
      PyObject* name = PyTuple_GET_ITEM(code->co_names, i);
      for (const char* observer : kObservers) {
        if (PyUnicode_CompareWithASCIIString(name, observer) == 0) return true;
      }
    }
    return false;
  }

  void add_instruction(PyCodeObject* code, const Instruction& instruction, int depth) {
    add_tag(static_cast<char>(instruction.op));
    add_number(instruction.argument);
    switch (instruction.meaning) {
      case OpcodeClass::kConstant:
        return add_constant(code, Instructions::constant(code, instruction), depth);
      case OpcodeClass::kGlobalName:
      case OpcodeClass::kAttributeName:
      case OpcodeClass::kImportName:
      case OpcodeClass::kImportFrom:
        return add_string(Instructions::name(code, instruction));
      case OpcodeClass::kJumpForward:
      case OpcodeClass::kJumpBackward:
      case OpcodeClass::kJumpAbsolute:
        return add_number(instruction.target);
      default:
        return;
    }
  }

  void add_constant(PyCodeObject* owner, PyObject* constant, int depth) {
    if (constant == nullptr || depth > kDeepest) return add_tag('?');
    if (constant == Py_None) return add_tag('N');
    if (constant == Py_True) return add_tag('T');
    if (constant == Py_False) return add_tag('F');
    if (constant == Py_Ellipsis) return add_tag('E');
    if (PyUnicode_CheckExact(constant)) return add_tag('s'), add_string(constant);
    if (PyLong_CheckExact(constant)) return add_integer(constant);
    if (PyFloat_CheckExact(constant)) return add_tag('f'), add_number(PyFloat_AS_DOUBLE(constant));
    if (PyTuple_CheckExact(constant)) return add_tuple(owner, constant, depth);
    if (PyCode_Check(constant)) return add_nested(owner, reinterpret_cast<PyCodeObject*>(constant), depth);
    if (PyBytes_CheckExact(constant)) {
      add_tag('b');
      return add_block(PyBytes_AS_STRING(constant), static_cast<size_t>(PyBytes_GET_SIZE(constant)));
    }
    if (PyComplex_CheckExact(constant)) {
      add_tag('c');
      add_number(PyComplex_RealAsDouble(constant));
      return add_number(PyComplex_ImagAsDouble(constant));
    }
    if (PyFrozenSet_CheckExact(constant)) return add_frozen_set(owner, constant, depth);
    if (PySlice_Check(constant)) {
      const PySliceObject* slice = reinterpret_cast<PySliceObject*>(constant);
      add_tag('S');
      add_constant(owner, slice->start, depth + 1);
      add_constant(owner, slice->stop, depth + 1);
      return add_constant(owner, slice->step, depth + 1);
    }
    // No compiler makes such a constant; by type only, since comparing could run code.
    add_tag('?');
    add_block(Py_TYPE(constant)->tp_name, std::strlen(Py_TYPE(constant)->tp_name));
  }

  void add_integer(PyObject* constant) {
    int overflow = 0;
    const long long value = PyLong_AsLongLongAndOverflow(constant, &overflow);
    if (overflow == 0) return add_tag('i'), add_number(value);
    add_tag('I');
    Ref digits = Ref::steal(PyNumber_ToBase(constant, 16));
    add_string(digits.get());
  }

  void add_tuple(PyCodeObject* owner, PyObject* tuple, int depth) {
    add_tag('t');
    add_number(PyTuple_GET_SIZE(tuple));
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(tuple); ++i) {
      add_constant(owner, PyTuple_GET_ITEM(tuple, i), depth + 1);
    }
  }

  // Its order depends on addresses and on the seed of hashes.
  void add_frozen_set(PyCodeObject* owner, PyObject* set, int depth) {
    std::vector<std::string> members;
    Ref iterator = Ref::steal(PyObject_GetIter(set));
    while (iterator) {
      Ref member = Ref::steal(PyIter_Next(iterator.get()));
      if (!member) break;
      Meaning meaning(facts_);
      meaning.add_constant(owner, member.get(), depth + 1);
      members.emplace_back(meaning.bytes());
    }
    std::sort(members.begin(), members.end());
    add_tag('z');
    add_number(static_cast<uint64_t>(members.size()));
    for (const std::string& member : members) add_block(member.data(), member.size());
  }

  void add_nested(PyCodeObject* owner, PyCodeObject* code, int depth) {
    const bool inside_function = (owner->co_flags & CO_OPTIMIZED) != 0;
    const bool by_value = is_anonymous(code) || (is_class_body(code) && inside_function);
    if (!by_value) return add_tag('r'), add_string(code->co_name);
    Instructions instructions;
    if (!read_instructions(code, facts_, &instructions)) return add_tag('?');
    add_tag('v');
    add_code(code, instructions, depth + 1);
  }

  // Varints of six bits, most significant first; 3.11 and later.
  static uint32_t take_varint(const uint8_t** next, const uint8_t* end) {
    uint32_t value = 0;
    while (*next < end) {
      const uint8_t byte = *(*next)++;
      value = (value << 6) | (byte & 63);
      if ((byte & 64) == 0) break;
    }
    return value;
  }

  void add_handlers(PyCodeObject* code, const Instructions& instructions) {
    PyObject* table = exception_table(code);
    if (table == nullptr || !PyBytes_Check(table)) return;
    const uint8_t* next = reinterpret_cast<const uint8_t*>(PyBytes_AS_STRING(table));
    const uint8_t* end = next + PyBytes_GET_SIZE(table);
    const auto number_at = [&](uint32_t unit) {
      const auto& numbers = instructions.number_at_unit;
      return unit < numbers.size() ? numbers[unit] : UINT32_MAX;
    };
    add_tag('X');
    while (next < end) {
      const uint32_t start = take_varint(&next, end);
      const uint32_t length = take_varint(&next, end);
      const uint32_t target = take_varint(&next, end);
      const uint32_t depth_and_lasti = take_varint(&next, end);
      const uint32_t first = number_at(start);
      const uint32_t last = number_at(start + length);
      if (first == last) continue;  // guards only NOPs, which cannot raise
      add_number(first);
      add_number(last);
      add_number(number_at(target));
      add_number(depth_and_lasti);
    }
  }

  const OpcodeFacts& facts_;
  std::string buffer_;  // its first used_ bytes count
  size_t used_ = 0;
};

}  // namespace

bool is_anonymous(PyCodeObject* code) {
  if ((code->co_flags & CO_OPTIMIZED) == 0 || !string_is_ready(code->co_name)) return false;
  return PyUnicode_GET_LENGTH(code->co_name) > 0 && PyUnicode_READ_CHAR(code->co_name, 0) == '<';
}

bool is_module_body(PyCodeObject* code) {
  return (code->co_flags & CO_OPTIMIZED) == 0 &&
         PyUnicode_CompareWithASCIIString(code->co_name, "<module>") == 0;
}

bool is_class_body(PyCodeObject* code) {
  return (code->co_flags & CO_OPTIMIZED) == 0 && !is_module_body(code);
}

alibi_hash fingerprint_of(PyCodeObject* code, const Instructions& instructions, const OpcodeFacts& facts) {
  ExceptionGuard guard;
  Meaning meaning(facts);
  meaning.add_code(code, instructions, 0);
  return alibi_hash_bytes(meaning.bytes().data(), meaning.bytes().size(), 0);
}

}  // namespace alibi::python

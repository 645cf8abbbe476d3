#include "opcode_facts.h"

#include <cstdio>
#include <cstring>

#include "compat_code.h"

namespace alibi::python {
namespace {

// In the first function the k-th use of a name is of the k-th name; in the second the same holds for
// attributes when `super` itself, name 0, is left out. So the shift of each opcode can be read off.
constexpr char kSample[] =
    "def sample(x):\n"
    "  g0; g1\n"
    "  g2(); g3()\n"
    "  x.a0; x.a1\n"
    "  x.m0(); x.m1()\n"
    "  x.s0 = 1; x.s1 = 1\n"
    "  del x.d0, x.d1\n"
    "  import i0\n"
    "  import i1\n"
    "class Sample(Base):\n"
    "  def sample(self):\n"
    "    super().p0; super().p1\n"
    "    super().q0(); super().q1()\n";

bool contains(const char* text, const char* part) {
  return std::strstr(text, part) != nullptr;
}

OpcodeClass name_class(const char* name) {
  if (contains(name, "ATTR") || contains(name, "METHOD")) return OpcodeClass::kAttributeName;
  if (contains(name, "IMPORT_NAME")) return OpcodeClass::kImportName;
  if (contains(name, "IMPORT_FROM")) return OpcodeClass::kImportFrom;
  return OpcodeClass::kGlobalName;
}

class Learner {
 public:
  explicit Learner(OpcodeFacts* facts) : facts_(*facts) {}

  bool learn(std::string* why) {
    Ref opcode = Ref::steal(PyImport_ImportModule("opcode"));
    if (!opcode || !read_names(opcode.get())) {
      *why = "the module `opcode` does not say which opcodes there are";
      return false;
    }
    mark(opcode.get(), "hasconst", [](const char*) { return OpcodeClass::kConstant; });
    mark(opcode.get(), "hasname", name_class);
    const auto relative = [](const char* name) {
      const bool backward = contains(name, "JUMP_BACKWARD") || contains(name, "END_ASYNC_FOR");
      return backward ? OpcodeClass::kJumpBackward : OpcodeClass::kJumpForward;
    };
    mark(opcode.get(), "hasjump", relative);
    mark(opcode.get(), "hasjrel", relative);
    mark(opcode.get(), "hasjabs", [](const char*) { return OpcodeClass::kJumpAbsolute; });
    mark_single_opcodes();
    if (facts_.store_name >= 0 && learn_shifts()) return true;
    *why = "the sample function does not compile to known opcodes";
    return false;
  }

 private:
  bool read_names(PyObject* opcode) {
    Ref list = Ref::steal(PyObject_GetAttrString(opcode, "opname"));
    if (!list || !PyList_Check(list.get())) return false;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list.get()) && i < 256; ++i) {
      const char* name = PyUnicode_AsUTF8(PyList_GET_ITEM(list.get(), i));
      if (name == nullptr) return false;
      names_[i] = name;
    }
    return true;
  }

  template <typename Classify>
  void mark(PyObject* opcode, const char* list_name, Classify classify) {
    Ref list = Ref::steal(PyObject_GetAttrString(opcode, list_name));
    if (!list || !PyList_Check(list.get())) return PyErr_Clear();
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list.get()); ++i) {
      const long op = PyLong_AsLong(PyList_GET_ITEM(list.get(), i));
      if (op >= 0 && op < 256) facts_.classes[op] = classify(names_[op].c_str());
    }
  }

  void mark_single_opcodes() {
    for (int op = 0; op < 256; ++op) {
      const std::string& name = names_[op];
      if (name == "NOP") facts_.classes[op] = OpcodeClass::kNothing;
      if (name == "EXTENDED_ARG") facts_.classes[op] = OpcodeClass::kExtendedArg;
      if (name == "LOAD_SMALL_INT") facts_.classes[op] = OpcodeClass::kSmallInt;
      if (name == "STORE_NAME") facts_.store_name = op;
      if (name == "CACHE") {
        facts_.classes[op] = OpcodeClass::kNothing;
        facts_.cache = op;
      }
    }
  }

  bool learn_shifts() {
    Ref code = Ref::steal(Py_CompileString(kSample, "<sample>", Py_file_input));
    return code && learn_shifts_in(reinterpret_cast<PyCodeObject*>(code.get())) && !PyErr_Occurred();
  }

  bool learn_shifts_in(PyCodeObject* code) {
    if ((code->co_flags & CO_OPTIMIZED) != 0 && !compare_names(code)) return false;
    PyObject* constants = code->co_consts;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(constants); ++i) {
      PyObject* constant = PyTuple_GET_ITEM(constants, i);
      if (PyCode_Check(constant) && !learn_shifts_in(reinterpret_cast<PyCodeObject*>(constant))) return false;
    }
    return true;
  }

  bool compare_names(PyCodeObject* code) {
    Ref bytes = compiled_bytecode(code);
    if (!bytes || PyTuple_GET_SIZE(code->co_names) == 0) return false;
    const bool skip_super =
        PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(code->co_names, 0), "super") == 0;
    int expected = skip_super ? 1 : 0;
    const uint8_t* units = reinterpret_cast<const uint8_t*>(PyBytes_AS_STRING(bytes.get()));
    for (Py_ssize_t i = 0; i + 1 < PyBytes_GET_SIZE(bytes.get()); i += 2) {
      const OpcodeClass meaning = facts_.classes[units[i]];
      if (meaning < OpcodeClass::kGlobalName || meaning > OpcodeClass::kImportFrom) continue;
      if (skip_super && meaning == OpcodeClass::kGlobalName) continue;
      // Index 0 tells nothing; any other has exactly one shift.
      uint8_t shift = 0;
      while (shift < 4 && units[i + 1] >> shift != expected) ++shift;
      if (expected > 0) {
        if (shift == 4) return false;
        facts_.name_shift[units[i]] = shift;
      }
      ++expected;
    }
    return true;
  }

  OpcodeFacts& facts_;
  std::string names_[256];
};

}  // namespace

bool OpcodeFacts::learn(std::string* why) {
  ExceptionGuard guard;
  return Learner(this).learn(why);
}

// Two letters a byte, then the two numbers.
std::string OpcodeFacts::text() const {
  std::string text;
  const auto append = [&text](uint8_t byte) {
    text.push_back(static_cast<char>('a' + byte / 16));
    text.push_back(static_cast<char>('a' + byte % 16));
  };
  for (const OpcodeClass each : classes) append(static_cast<uint8_t>(each));
  for (const uint8_t each : name_shift) append(each);
  return text + ' ' + std::to_string(store_name) + ' ' + std::to_string(cache);
}

bool OpcodeFacts::restore(const std::string& text) {
  constexpr size_t kLetters = 4 * 256;
  if (text.size() <= kLetters || text[kLetters] != ' ') return false;
  const auto byte_at = [&text](size_t place) {
    return static_cast<unsigned>(text[2 * place] - 'a') * 16 +
           static_cast<unsigned>(text[2 * place + 1] - 'a');
  };
  for (size_t i = 0; i < 256; ++i) {
    if (byte_at(i) > static_cast<unsigned>(OpcodeClass::kJumpAbsolute) || byte_at(256 + i) > 7) return false;
    classes[i] = static_cast<OpcodeClass>(byte_at(i));
    name_shift[i] = static_cast<uint8_t>(byte_at(256 + i));
  }
  return std::sscanf(text.c_str() + kLetters, " %d %d", &store_name, &cache) == 2;
}

}  // namespace alibi::python

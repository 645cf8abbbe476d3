#include "code_names.h"

#include <algorithm>

#include "compat_code.h"
#include "python_text.h"

namespace alibi::python {
namespace {

// Longer strings are data, not references.
constexpr Py_ssize_t kLongestReference = 20000;
constexpr int kDeepest = 20;

bool starts_identifier(unsigned char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
}
bool continues_identifier(unsigned char c) {
  return starts_identifier(c) || (c >= '0' && c <= '9');
}

// Calls use(begin, end) for each identifier of `text`.
template <typename Use>
void each_identifier(const std::string& text, Use use) {
  for (size_t begin = 0; begin < text.size();) {
    if (!continues_identifier(static_cast<unsigned char>(text[begin]))) {
      ++begin;
      continue;
    }
    size_t end = begin;
    while (end < text.size() && continues_identifier(static_cast<unsigned char>(text[end]))) ++end;
    if (starts_identifier(static_cast<unsigned char>(text[begin]))) use(begin, end);
    begin = end;
  }
}

bool is_dotted_name(const std::string& text) {
  if (!starts_identifier(static_cast<unsigned char>(text[0]))) return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c == '.' || continues_identifier(static_cast<unsigned char>(c)); });
}

class Names {
 public:
  Names(PyCodeObject* code, const Instructions& instructions)
      : code_(code),
        instructions_(instructions),
        used_names_(static_cast<size_t>(PyTuple_GET_SIZE(code->co_names)), 0),
        used_constants_(static_cast<size_t>(PyTuple_GET_SIZE(code->co_consts)), 0) {}

  std::vector<CodeName> collect() {
    for (size_t i = 0; i < instructions_.list.size(); ++i) {
      const Instruction& instruction = instructions_.list[i];
      switch (instruction.meaning) {
        case OpcodeClass::kGlobalName:
          if (is_first_use(&used_names_, instruction, kAsGlobal))
            add(ALIBI_NAME_GLOBAL, name_of(instruction));
          break;
        case OpcodeClass::kAttributeName:
          if (is_first_use(&used_names_, instruction, kAsAttribute))
            add(ALIBI_NAME_ATTRIBUTE, name_of(instruction));
          break;
        case OpcodeClass::kImportName:
          add_import(i);
          break;
        default:
          break;
      }
    }
    const bool any_string_names = looks_names_up();
    for (const Instruction& instruction : instructions_.list) {
      if (instruction.meaning != OpcodeClass::kConstant) continue;
      if (!is_first_use(&used_constants_, instruction, kAsConstant)) continue;
      add_strings(Instructions::constant(code_, instruction), any_string_names, 0);
    }
    std::sort(names_.begin(), names_.end());
    names_.erase(std::unique(names_.begin(), names_.end()), names_.end());
    return std::move(names_);
  }

 private:
  enum Use : uint8_t { kAsGlobal = 1, kAsAttribute = 2, kAsConstant = 1 };

  // Rewritten assertions name the same few things hundreds of times.
  static bool is_first_use(std::vector<uint8_t>* uses, const Instruction& instruction, Use use) {
    if (instruction.target >= uses->size()) return false;  // hand-made bytecode
    uint8_t& known = (*uses)[instruction.target];
    const bool first = (known & use) == 0;
    known |= use;
    return first;
  }

  std::string name_of(const Instruction& instruction) {
    return utf8_of(Instructions::name(code_, instruction));
  }

  void add(int32_t kind, std::string name, int32_t level = 0) {
    if (!name.empty()) names_.push_back({kind, level, std::move(name)});
  }

  // `import` compiles to: level, names wanted or None, IMPORT_NAME.
  void add_import(size_t position) {
    const std::string module = name_of(instructions_.list[position]);
    int32_t level = 0;
    PyObject* wanted = nullptr;
    if (position >= 2) {
      const Instruction& first = instructions_.list[position - 2];
      const Instruction& second = instructions_.list[position - 1];
      PyObject* constant =
          first.meaning == OpcodeClass::kConstant ? Instructions::constant(code_, first) : nullptr;
      if (first.meaning == OpcodeClass::kSmallInt) level = static_cast<int32_t>(first.argument);
      if (constant != nullptr && PyLong_CheckExact(constant))
        level = static_cast<int32_t>(PyLong_AsLong(constant));
      if (second.meaning == OpcodeClass::kConstant) wanted = Instructions::constant(code_, second);
    }
    names_.push_back({ALIBI_NAME_IMPORT, level, module});
    if (wanted == nullptr || !PyTuple_CheckExact(wanted)) return;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(wanted); ++i) {
      add(ALIBI_NAME_IMPORT, module + ':' + utf8_of(PyTuple_GET_ITEM(wanted, i)), level);
    }
  }

  // Such code may use any of its strings as the name of an attribute.
  bool looks_names_up() const {
    static constexpr const char* kLookups[] = {"attrgetter", "methodcaller", "getattr",
                                               "hasattr",    "setattr",      "delattr"};
    return std::any_of(names_.begin(), names_.end(), [](const CodeName& name) {
      if (name.kind > ALIBI_NAME_ATTRIBUTE) return false;
      return std::any_of(std::begin(kLookups), std::end(kLookups),
                         [&](const char* lookup) { return name.name == lookup; });
    });
  }

  void add_strings(PyObject* constant, bool all, int depth) {
    if (constant == nullptr || depth > kDeepest) return;
    if (PyUnicode_CheckExact(constant) && string_is_ready(constant)) {
      if (PyUnicode_GET_LENGTH(constant) < kLongestReference) add_text(utf8_of(constant), all);
    } else if (PyTuple_CheckExact(constant)) {
      for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(constant); ++i) {
        add_strings(PyTuple_GET_ITEM(constant, i), all, depth + 1);
      }
    } else if (PyFrozenSet_CheckExact(constant)) {
      Ref iterator = Ref::steal(PyObject_GetIter(constant));
      while (Ref member = Ref::steal(iterator ? PyIter_Next(iterator.get()) : nullptr)) {
        add_strings(member.get(), all, depth + 1);
      }
      PyErr_Clear();
    }
  }

  void add_text(const std::string& text, bool all) {
    const auto add_identifier = [&](size_t begin, size_t end) {
      add(ALIBI_NAME_DOTTED, text.substr(begin, end - begin));
    };
    if (all) return each_identifier(text, add_identifier);
    if (text.find('.') == std::string::npos) return;
    if (text.find('{') == std::string::npos) {
      if (is_dotted_name(text)) each_identifier(text, add_identifier);
      return;
    }
    // "{x.name}": each identifier after a dot inside braces.
    int open = 0;
    for (size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '{') ++open;
      if (text[i] == '}' && open > 0) --open;
      if (text[i] != '.' || open == 0) continue;
      size_t end = i + 1;
      while (end < text.size() && continues_identifier(static_cast<unsigned char>(text[end]))) ++end;
      if (end > i + 1 && starts_identifier(static_cast<unsigned char>(text[i + 1])))
        add_identifier(i + 1, end);
    }
  }

  PyCodeObject* code_;
  const Instructions& instructions_;
  std::vector<uint8_t> used_names_;  // by index, which Use was seen
  std::vector<uint8_t> used_constants_;
  std::vector<CodeName> names_;
};

}  // namespace

std::vector<CodeName> names_in(PyCodeObject* code, const Instructions& instructions) {
  ExceptionGuard guard;
  return Names(code, instructions).collect();
}

}  // namespace alibi::python

#include "code_outline.h"

#include <utility>

#include "code_fingerprint.h"
#include "compat_code.h"
#include "python_text.h"

namespace alibi::python {
namespace {

// More nested code than any source has; hand-made constants can share code objects over and over.
constexpr size_t kMostNested = 1 << 16;

struct Nested {
  PyCodeObject* code;
  std::string prefix;  // of the qualified names in it
};

std::string name_of(const Nested& nested) {
  PyObject* own_name = qualified_name(nested.code);
  return own_name != nullptr ? utf8_of(own_name) : nested.prefix + utf8_of(nested.code->co_name);
}

}  // namespace

CodeOutline outline_of(PyCodeObject* module_body) {
  CodeOutline outline;
  std::vector<Nested> found{{module_body, {}}};
  for (size_t next = 0; next < found.size(); ++next) {
    PyCodeObject* code = found[next].code;
    outline.lines.add_lines_of(code);
    std::string inner;
    if (code != module_body) {
      std::string name = name_of(found[next]);
      const bool is_class = is_class_body(code);
      inner = name + (is_class ? "." : ".<locals>.");
      if (!is_class && !is_anonymous(code))
        outline.functions.push_back({code->co_firstlineno, std::move(name)});
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(code->co_consts); ++i) {
      PyObject* constant = PyTuple_GET_ITEM(code->co_consts, i);
      if (PyCode_Check(constant) && found.size() < kMostNested)
        found.push_back({reinterpret_cast<PyCodeObject*>(constant), inner});
    }
  }
  return outline;
}

}  // namespace alibi::python

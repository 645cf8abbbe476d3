#include "code_units.h"

#include "code_fingerprint.h"
#include "code_lines.h"
#include "code_names.h"
#include "compat_code.h"
#include "python_text.h"

namespace alibi::python {
namespace {

// Entries of dead code objects are dropped by starting anew; names made later are then short.
constexpr size_t kNestedLimit = 1 << 20;
// More lines than any source file has; hand-made line tables can claim anything.
constexpr int kSpanLimit = 1 << 22;

int32_t kind_of(PyCodeObject* code) {
  if (is_module_body(code)) return ALIBI_CODE_MODULE;
  if (is_class_body(code)) return ALIBI_CODE_CLASS_BODY;
  return is_anonymous(code) ? ALIBI_CODE_ANONYMOUS : ALIBI_CODE_FUNCTION;
}

std::string prefix_of(const CodeUnit& owner) {
  if (owner.kind == ALIBI_CODE_MODULE) return {};
  return owner.qualified_name + (owner.kind == ALIBI_CODE_CLASS_BODY ? "." : ".<locals>.");
}

}  // namespace

bool CodeUnits::start(const std::string& known, std::string* why) {
  return (!known.empty() && facts_.restore(known)) || facts_.learn(why);
}

bool CodeUnits::read(PyCodeObject* code) {
  last_.list.clear();
  last_code_ = nullptr;
  if (!read_instructions(code, facts_, &last_)) return false;
  last_code_ = code;
  return true;
}

bool CodeUnits::describe(PyCodeObject* code, const CodeUnit* owner, CodeUnit* unit) {
  const LineRange lines = line_range(code);
  if (lines.last - lines.first >= kSpanLimit || !read(code)) return false;
  unit->kind = kind_of(code);
  unit->first_line = lines.first;
  unit->span = lines.last - lines.first + 1;
  unit->scope_line = code->co_firstlineno;
  PyObject* own_name = qualified_name(code);
  unit->qualified_name = own_name != nullptr ? utf8_of(own_name) : name_in_owner(code, owner);
  unit->module_level =
      unit->kind == ALIBI_CODE_MODULE ||
      (unit->kind == ALIBI_CODE_CLASS_BODY && unit->qualified_name.find("<locals>") == std::string::npos);
  unit->fingerprint = fingerprint_of(code, last_, facts_);
  if (own_name == nullptr) remember_nested(code, *unit);
  return true;
}

std::vector<CodeName> CodeUnits::names_of(PyCodeObject* code) {
  if (last_code_ != code && !read(code)) return {};
  last_code_ = nullptr;  // the next one at this address may be another
  return names_in(code, last_);
}

std::string CodeUnits::name_in_owner(PyCodeObject* code, const CodeUnit* owner) const {
  if (owner != nullptr) return prefix_of(*owner) + utf8_of(code->co_name);
  const auto known = nested_.find(code);
  const bool same = known != nested_.end() && known->second.first_line == code->co_firstlineno;
  return (same ? known->second.prefix : std::string()) + utf8_of(code->co_name);
}

void CodeUnits::remember_nested(PyCodeObject* owner, const CodeUnit& unit) {
  if (nested_.size() > kNestedLimit) nested_.clear();
  const std::string prefix = prefix_of(unit);
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(owner->co_consts); ++i) {
    PyObject* constant = PyTuple_GET_ITEM(owner->co_consts, i);
    if (!PyCode_Check(constant)) continue;
    PyCodeObject* code = reinterpret_cast<PyCodeObject*>(constant);
    nested_[code] = {code->co_firstlineno, prefix};
  }
}

}  // namespace alibi::python

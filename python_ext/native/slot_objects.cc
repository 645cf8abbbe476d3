#include "slot_objects.h"

#include "internals/cpython_311_code.h"

#if ALIBI_HAS_SLOTS

namespace alibi::python {
namespace {

using cpython_311::bytes_view;
using cpython_311::CodeUnit;

constexpr uint32_t kLargestConstant = 0xFFFFFF;  // two EXTENDED_ARGs

}  // namespace

int64_t SlotTable::running_slot(PyCodeObject* code, const uint16_t* running_unit) const {
  const ptrdiff_t unit = running_unit - cpython_311::live_units(code) - (form.units - 2);
  if (unit < 0 || cpython_311::opcode_of(*running_unit) != UNARY_NOT) return -1;
  uint64_t slot =
      cpython_311::argument_of(running_unit[0]) | (cpython_311::argument_of(running_unit[1]) << 8);
  // The number is stored modulo 65,536.
  for (; slot < toggles.size(); slot += 0x10000) {
    if (toggles[slot] == static_cast<uint32_t>(unit)) return static_cast<int64_t>(slot);
  }
  return -1;
}

// One aligned 16-bit store each, under the GIL: a thread suspended inside the slot finishes it either way.
void SlotTable::arm(PyCodeObject* code, size_t slot) const {
  cpython_311::live_units(code)[toggles[slot]] = form.armed;
}

void SlotTable::disarm(PyCodeObject* code, size_t slot) const {
  cpython_311::live_units(code)[toggles[slot]] = form.disarmed;
}

std::optional<TwinConstants> twin_constants(PyCodeObject* code,
                                            const std::function<PyObject*(PyCodeObject*)>& twin_of) {
  PyObject* constants = code->co_consts;
  const Py_ssize_t count = PyTuple_GET_SIZE(constants);
  Py_ssize_t ellipsis = 0;
  while (ellipsis < count && PyTuple_GET_ITEM(constants, ellipsis) != Py_Ellipsis) ++ellipsis;
  if (ellipsis > static_cast<Py_ssize_t>(kLargestConstant)) return std::nullopt;
  TwinConstants result{Ref::steal(PyTuple_New(ellipsis < count ? count : count + 1)),
                       static_cast<uint32_t>(ellipsis)};
  if (!result.tuple) return std::nullopt;
  if (ellipsis == count) PyTuple_SET_ITEM(result.tuple.get(), count, Py_NewRef(Py_Ellipsis));
  for (Py_ssize_t i = 0; i < count; ++i) {
    PyObject* constant = PyTuple_GET_ITEM(constants, i);
    const bool is_code = PyCode_Check(constant);
    PyObject* item = is_code ? twin_of(reinterpret_cast<PyCodeObject*>(constant)) : Py_NewRef(constant);
    PyTuple_SET_ITEM(result.tuple.get(), i, item);
  }
  return result;
}

std::optional<InstrumentedCode> instrument(PyCodeObject* code, const TwinConstants& constants,
                                           Returns returns) {
  Ref bytes = Ref::steal(cpython_311::compiled_bytes(code));
  if (!bytes) return std::nullopt;
  auto list = decode_instructions(bytes_view(bytes.get()), bytes_view(code->co_linetable),
                                  bytes_view(code->co_exceptiontable), code->co_firstlineno);
  if (!list) return std::nullopt;
  const auto slots = place_slots(*list, returns);
  if (!slots) return std::nullopt;
  InstrumentedCode result;
  result.table.form = SlotForm(constants.ellipsis);
  auto layout = lay_out(std::move(*list), *slots, result.table.form, code->co_firstlineno);
  if (!layout) return std::nullopt;
  result.code = new_code_of(code, *layout, constants.tuple.get(), code->co_stacksize + 1);
  if (!result.code) return std::nullopt;
  result.table.toggles = std::move(layout->toggles);
  result.table.lines.reserve(slots->size());
  for (const PlacedSlot& slot : *slots) result.table.lines.push_back(slot.line);
  return result;
}

Ref new_code_of(PyCodeObject* like, const Layout& layout, PyObject* constants, int stack_size) {
  auto bytes_of = [](const std::string& string) {
    return Ref::steal(PyBytes_FromStringAndSize(string.data(), static_cast<Py_ssize_t>(string.size())));
  };
  Ref code = bytes_of(layout.code);
  Ref shown = bytes_of(layout.shown_code);
  Ref locations = bytes_of(layout.location_table);
  Ref exceptions = bytes_of(layout.exception_table);
  if (!code || !shown || !locations || !exceptions) return {};
  PyCodeObject* made =
      cpython_311::new_code(like, {code.get(), constants, locations.get(), exceptions.get(), stack_size});
  if (made != nullptr) cpython_311::publish_code_bytes(made, shown.get());
  return Ref::steal(reinterpret_cast<PyObject*>(made));
}

}  // namespace alibi::python

#endif  // ALIBI_HAS_SLOTS

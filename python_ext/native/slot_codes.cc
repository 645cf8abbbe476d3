#include "slot_codes.h"

#include "internals/cpython_311_code.h"
#include "slot_copies.h"

#if ALIBI_HAS_SLOTS

namespace alibi::python {
namespace {

void release_entry(void* strategy_data) {
  SlotCode* entry = static_cast<SlotCode*>(strategy_data);
  PyObject* twin = entry->twin;
  delete entry;
  Py_XDECREF(twin);
}

}  // namespace

SlotCodes::SlotCodes(CodeFiles& files) : files_(files) {
  files_.set_strategy_data_release(&release_entry);
}

SlotCode* SlotCodes::attach(CodeRecord* record) {
  SlotCode* entry = new SlotCode;
  entry->record = record;
  record->strategy_data = entry;
  return entry;
}

void SlotCodes::refuse() {
  files_.drop(ALIBI_DROP_REFUSED_CODE);
}

PyObject* SlotCodes::twin_of(PyCodeObject* code) {
  PyObject* self = reinterpret_cast<PyObject*>(code);
  if (slots_of(code) != nullptr) return Py_NewRef(self);
  CodeRecord* record = files_.record_of(code);
  if (!record->in_project()) return Py_NewRef(self);
  if (record->strategy_data == nullptr) {
    Ref twin = make_twin(code, *record);
    // Making it allocates, and a collection may run code that asks for the same twin: the first one stays.
    if (record->strategy_data == nullptr) {
      SlotCode* entry = attach(record);
      entry->is_original = true;
      entry->twin = twin.release();
      if (entry->twin == nullptr) refuse();
    }
  }
  PyObject* twin = static_cast<SlotCode*>(record->strategy_data)->twin;
  return Py_NewRef(twin != nullptr ? twin : self);
}

SlotCode* SlotCodes::original(PyCodeObject* code) const {
  CodeRecord* record = files_.find(code);
  SlotCode* entry = record != nullptr ? static_cast<SlotCode*>(record->strategy_data) : nullptr;
  return entry != nullptr && entry->is_original ? entry : nullptr;
}

void SlotCodes::replace_constants_of(PyCodeObject* code) {
  PyObject* constants = code->co_consts;
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(constants); ++i) {
    PyObject* constant = PyTuple_GET_ITEM(constants, i);
    if (!PyCode_Check(constant)) continue;
    PyObject* twin = twin_of(reinterpret_cast<PyCodeObject*>(constant));
    PyTuple_SET_ITEM(constants, i, twin);
    Py_DECREF(constant);
  }
}

Ref SlotCodes::make_twin(PyCodeObject* code, const CodeRecord& record) {
  ExceptionGuard guard;
  const auto constants = twin_constants(code, [this](PyCodeObject* nested) { return twin_of(nested); });
  const bool is_statement_scope = record.module_level && record.kind == ALIBI_CODE_CLASS_BODY;
  const Returns returns = is_statement_scope ? Returns::kReported : Returns::kSilent;
  auto instrumented = constants ? instrument(code, *constants, returns) : std::nullopt;
  if (!instrumented) return {};
  PyCodeObject* twin = reinterpret_cast<PyCodeObject*>(instrumented->code.get());
  CodeRecord* twin_record = files_.adopt_twin(twin, record);
  if (twin_record == nullptr) return {};
  SlotCode* entry = attach(twin_record);
  entry->table = std::move(instrumented->table);
  return std::move(instrumented->code);
}

SlotCode* SlotCodes::adopt_if_copy(PyCodeObject* code, CodeRecord* record) {
  if (record != nullptr ? !record->in_project() : !files_.in_project(code->co_filename)) return nullptr;
  ExceptionGuard guard;
  Ref bytes = Ref::steal(cpython_311::compiled_bytes(code));
  if (!bytes || !has_slots(cpython_311::bytes_view(bytes.get()))) return nullptr;
  // Its evidence is that of the code it would be without slots: the same fingerprint, the same probes.
  Ref plain = without_slots(code, bytes.get());
  CodeRecord* original = plain ? files_.record_of(reinterpret_cast<PyCodeObject*>(plain.get())) : nullptr;
  // A finalizer that ran meanwhile may have come here first.
  if (CodeRecord* known = files_.find(code)) record = known;
  if (record != nullptr && record->strategy_data != nullptr)
    return static_cast<SlotCode*>(record->strategy_data);
  if (record == nullptr && original != nullptr && original->in_project()) {
    record = files_.adopt_twin(code, *original);
  }
  cpython_311::publish_code_bytes(code, bytes.get());
  auto table = record != nullptr ? restore_slots(code, cpython_311::bytes_view(bytes.get())) : std::nullopt;
  if (!table) return nullptr;  // its marks are NOPs like others, then
  SlotCode* entry = attach(record);
  entry->table = std::move(*table);
  replace_constants_of(code);
  return entry;
}

}  // namespace alibi::python

#endif  // ALIBI_HAS_SLOTS

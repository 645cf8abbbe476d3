#include "run_time_names.h"

#include "compat_code.h"
#include "input_log.h"
#include "python_text.h"

namespace alibi::python {
namespace {

constexpr size_t kFirstEntries = 1024;
// Programs that make names without end start anew here: a name then gets a second probe, which costs space
// and means nothing.
constexpr size_t kMostNames = 65536;
// Longer ones name no attribute that a source could define.
constexpr Py_ssize_t kLongestName = 1000;

bool same_text(PyObject* left, PyObject* right) {
  return left == right ||
         (PyUnicode_GET_LENGTH(left) == PyUnicode_GET_LENGTH(right) && PyUnicode_Compare(left, right) == 0);
}

// Of the user's strings only interned ones are kept, which others keep as well.
Ref kept_copy(PyObject* name) {
  if (PyUnicode_CheckExact(name) && PyUnicode_CHECK_INTERNED(name)) return Ref::share(name);
  const int kind = static_cast<int>(PyUnicode_KIND(name));
  return Ref::steal(PyUnicode_FromKindAndData(kind, PyUnicode_DATA(name), PyUnicode_GET_LENGTH(name)));
}

}  // namespace

RunTimeNames::RunTimeNames(const Recording& recording, Callers& callers, alibi_code_kind kind)
    : session_(recording.session),
      activation_(recording.activation),
      callers_(callers),
      kind_(kind),
      entries_(kFirstEntries),
      mask_(kFirstEntries - 1) {}

void RunTimeNames::forget() {
  std::vector<Entry> old(entries_.size());
  old.swap(entries_);
  used_ = 0;
  for (const Entry& entry : old) Py_XDECREF(entry.name);
}

void RunTimeNames::use_slowly(PyObject* name) {
  if (!PyUnicode_Check(name) || !string_is_ready(name) || PyUnicode_GET_LENGTH(name) > kLongestName) return;
  Entry* entry = PyUnicode_CheckExact(name) ? find(name) : nullptr;
  if (entry != nullptr && entry->round == activation_.round()) return;
  if (Quiet::is_active() || !in_main_interpreter()) return;
  Quiet quiet;
  ExceptionGuard guard;
  if (callers_.project_asks(Callers::Importing::kDoesNot)) record(name);
}

void RunTimeNames::use_for_project(PyObject* name) {
  RecordingLock lock;
  if (!PyUnicode_Check(name) || !string_is_ready(name) || PyUnicode_GET_LENGTH(name) > kLongestName) return;
  record(name);
}

void RunTimeNames::use_parts(PyObject* dotted) {
  each_part(dotted, &RunTimeNames::use);
}

void RunTimeNames::use_parts_for_project(PyObject* dotted) {
  each_part(dotted, &RunTimeNames::use_for_project);
}

void RunTimeNames::each_part(PyObject* dotted, void (RunTimeNames::*take)(PyObject*)) {
  if (!PyUnicode_Check(dotted) || !string_is_ready(dotted)) return;
  const Py_ssize_t length = PyUnicode_GET_LENGTH(dotted);
  for (Py_ssize_t begin = 0; begin <= length;) {
    Py_ssize_t end = PyUnicode_FindChar(dotted, '.', begin, length, 1);
    if (end < 0) end = length;
    Ref part = Ref::steal(PyUnicode_Substring(dotted, begin, end));
    if (part) (this->*take)(part.get());
    begin = end + 1;
  }
  PyErr_Clear();
}

// Looks again: asking for the callers may have let another thread add names.
void RunTimeNames::record(PyObject* name) {
  Entry* entry = PyUnicode_CheckExact(name) ? find(name) : nullptr;
  if (entry == nullptr) entry = add(name);
  if (entry != nullptr && entry->round == activation_.round()) return;
  if (entry == nullptr) return activation_.count_loss(ALIBI_DROP_MEMORY);
  if (entry->probe == 0) {
    const std::string text = utf8_of(entry->name);
    const alibi_code definition{0, 0, 1, 0, kind_, {0, 0}, text_view(text)};
    // The tracer counts why it could not.
    if (alibi_define_code(session_, &definition, &entry->probe, nullptr) != ALIBI_OK) return;
  }
  entry->round = activation_.round();
  activation_.record_name(entry->probe);
}

RunTimeNames::Entry* RunTimeNames::find(PyObject* name) {
  const Py_hash_t hash = PyObject_Hash(name);
  for (size_t place = static_cast<size_t>(hash) & mask_; entries_[place].name != nullptr;
       place = (place + 1) & mask_) {
    if (same_text(entries_[place].name, name)) return &entries_[place];
  }
  return nullptr;
}

RunTimeNames::Entry* RunTimeNames::add(PyObject* name) {
  Ref kept = kept_copy(name);
  if (!kept) return nullptr;
  if (used_ >= kMostNames) forget();
  if (used_ * 2 >= entries_.size()) grow();
  if (Entry* known = find(kept.get())) return known;  // a subclass of str named it
  size_t place = static_cast<size_t>(PyObject_Hash(kept.get())) & mask_;
  while (entries_[place].name != nullptr) place = (place + 1) & mask_;
  entries_[place].name = kept.release();
  entries_[place].probe = 0;
  ++used_;
  return &entries_[place];
}

void RunTimeNames::grow() {
  std::vector<Entry> old(entries_.size() * 2);
  old.swap(entries_);
  mask_ = entries_.size() - 1;
  for (const Entry& entry : old) {
    if (entry.name == nullptr) continue;
    size_t place = static_cast<size_t>(PyObject_Hash(entry.name)) & mask_;
    while (entries_[place].name != nullptr) place = (place + 1) & mask_;
    entries_[place] = entry;
  }
}

}  // namespace alibi::python

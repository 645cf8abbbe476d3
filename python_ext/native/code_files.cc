#include "code_files.h"

#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <functional>

#include "code_outline.h"

namespace alibi::python {
namespace {

constexpr long kOutside = -1;
constexpr long kNotNumbered = 0;  // the project's, but no code of it was defined yet
// Inputs ask for arbitrary paths, so the cache of answers starts anew at this size (some 10 MB).
constexpr Py_ssize_t kFileStatesLimit = 65536;

alibi_text text_of(const std::string& string) {
  return {string.data(), string.size()};
}

// "/a//b/./c/../d" -> "/a/b/d", for paths that do not exist and so cannot be resolved.
std::string normalised(const std::string& path) {
  std::vector<std::string> parts;
  for (size_t begin = 0; begin < path.size();) {
    size_t end = path.find('/', begin);
    if (end == std::string::npos) end = path.size();
    std::string part = path.substr(begin, end - begin);
    if (part == "..") {
      if (!parts.empty()) parts.pop_back();
    } else if (!part.empty() && part != ".") {
      parts.push_back(std::move(part));
    }
    begin = end + 1;
  }
  std::string result;
  for (const std::string& part : parts) result += '/' + part;
  return result.empty() ? "/" : result;
}

// Length of `prefix` when `path` is it or lies below it, else 0.
size_t covered(const std::string& prefix, const std::string& path) {
  if (prefix.empty() || path.compare(0, prefix.size(), prefix) != 0) return 0;
  const bool whole = path.size() == prefix.size() || prefix.back() == '/' || path[prefix.size()] == '/';
  return whole ? prefix.size() : 0;
}

}  // namespace

CodeFiles::CodeFiles(alibi_session* session, CodeFilesOptions options)
    : session_(session), options_(std::move(options)), outside_(new CodeRecord) {
  outside_->owner = this;
  char buffer[PATH_MAX];
  if (getcwd(buffer, sizeof buffer) != nullptr) working_directory_ = buffer;
}

CodeFiles::~CodeFiles() {
  // A later CodeFiles may get our address; code outside the project must not be taken for its own.
  outside_->owner = nullptr;
  while (!records_.empty()) {
    CodeRecord* record = records_.back();
    set_code_extra(record->code, extra_index, nullptr);  // calls code_died
    if (record->code == nullptr) continue;
    record->base = 0;  // refused: leaked as one that means nothing, since its code still points at it
    records_.pop_back();
  }
  release_dead();
}

bool CodeFiles::start(std::string* why) {
  if (extra_index < 0) extra_index = request_code_extra(&CodeFiles::code_died);
  file_states_ = Ref::steal(PyDict_New());
  if (extra_index >= 0 && file_states_) return units_.start(options_.known.opcode_facts, why);
  PyErr_Clear();
  *why = extra_index < 0 ? "no slot for extra data in code objects is free (co_extra)" : "out of memory";
  return false;
}

size_t CodeFiles::UnitKeyHash::operator()(const UnitKey& key) const {
  return key.fingerprint_low ^ (key.name_hash * 31) ^ (static_cast<uint64_t>(key.file) << 40) ^
         static_cast<uint64_t>(key.first_line);
}

CodeRecord* CodeFiles::register_code(PyCodeObject* code, const CodeUnit* owner) {
  ExceptionGuard guard;
  CodeRecord* record = outside_;
  CodeUnit unit;
  if (in_project(code->co_filename)) {
    CodeRecord* defined = new CodeRecord;
    defined->owner = this;
    if (define(code, owner, &unit, defined)) {
      record = defined;
    } else {
      delete defined;
    }
  }
  if (CodeRecord* known = find(code)) {  // a finalizer that ran meanwhile was faster
    if (record != outside_) delete record;
    return known;
  }
  if (record == outside_) {
    set_code_extra(code, extra_index, record);  // without it the question is asked again, no more
    return record;
  }
  if (attach(code, record)) {
    if (!kCodeKnowsItsQualifiedName) register_nested(code, unit);
    return record;
  }
  delete record;
  return outside_;
}

void CodeFiles::register_nested(PyCodeObject* code, const CodeUnit& owner) {
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(code->co_consts); ++i) {
    PyObject* constant = PyTuple_GET_ITEM(code->co_consts, i);
    if (!PyCode_Check(constant)) continue;
    auto* nested = reinterpret_cast<PyCodeObject*>(constant);
    if (find(nested) == nullptr) register_code(nested, &owner);
  }
}

bool CodeFiles::attach(PyCodeObject* code, CodeRecord* record) {
  if (!set_code_extra(code, extra_index, record)) {
    drop(ALIBI_DROP_MEMORY);
    return false;
  }
  record->code = code;
  record->position = static_cast<uint32_t>(records_.size());
  records_.push_back(record);
  return true;
}

CodeRecord* CodeFiles::adopt_twin(PyCodeObject* twin, const CodeRecord& original) {
  ExceptionGuard guard;
  CodeRecord* record = new CodeRecord(original);
  record->strategy_data = nullptr;
  if (attach(twin, record)) return record;
  delete record;
  return nullptr;
}

bool CodeFiles::define(PyCodeObject* code, const CodeUnit* owner, CodeUnit* described, CodeRecord* record) {
  CodeUnit& unit = *described;
  if (!units_.describe(code, owner, &unit) || unit.span < 1) {
    drop(ALIBI_DROP_REFUSED_CODE);
    return false;
  }
  record->file = file_number(code->co_filename);
  if (record->file == 0) return false;  // the tracer counted why
  record->first_line = unit.first_line;
  record->span = static_cast<uint32_t>(unit.span);
  record->kind = static_cast<uint8_t>(unit.kind);
  record->module_level = unit.module_level;

  const UnitKey key{unit.fingerprint.low,
                    unit.fingerprint.high,
                    std::hash<std::string>()(unit.qualified_name),
                    record->file,
                    record->span,
                    unit.first_line,
                    unit.scope_line,
                    unit.kind};
  if (auto known = bases_.find(key); known != bases_.end()) {
    record->base = known->second;
    return true;
  }
  const alibi_code definition{record->file,
                              static_cast<uint32_t>(unit.first_line),
                              record->span,
                              static_cast<uint32_t>(std::max(unit.scope_line, 0)),
                              unit.kind,
                              unit.fingerprint,
                              text_of(unit.qualified_name)};
  if (alibi_define_code(session_, &definition, &record->base, nullptr) != ALIBI_OK) return false;
  const std::vector<CodeName> referred = units_.names_of(code);
  std::vector<alibi_name> names;
  names.reserve(referred.size());
  for (const CodeName& name : referred) names.push_back({name.kind, name.level, text_of(name.name)});
  if (!names.empty()) alibi_define_names(session_, record->base, names.data(), names.size());
  if (unit.kind == ALIBI_CODE_MODULE) define_outline(code, record->file);
  bases_.emplace(key, record->base);
  probes_ += record->span;
  return true;
}

void CodeFiles::define_outline(PyCodeObject* module_body, uint32_t file) {
  const CodeOutline outline = outline_of(module_body);
  std::vector<alibi_function> functions;
  functions.reserve(outline.functions.size());
  for (const OutlinedFunction& function : outline.functions) {
    functions.push_back(
        {static_cast<uint32_t>(std::max(function.scope_line, 0)), text_of(function.qualified_name)});
  }
  const std::string_view lines = outline.lines.bytes();
  alibi_define_outline(session_, file, 0, {lines.data(), lines.size()}, functions.data(), functions.size());
}

std::string CodeFiles::resolved_path(PyObject* filename) const {
  std::string path;
  if (PyUnicode_Check(filename)) {
    Ref bytes = Ref::steal(PyUnicode_EncodeFSDefault(filename));
    if (bytes)
      path.assign(PyBytes_AS_STRING(bytes.get()), static_cast<size_t>(PyBytes_GET_SIZE(bytes.get())));
  } else if (PyBytes_Check(filename)) {
    path.assign(PyBytes_AS_STRING(filename), static_cast<size_t>(PyBytes_GET_SIZE(filename)));
  }
  PyErr_Clear();
  if (path.empty() || path.find('\0') != std::string::npos) return {};
  if (path[0] == '<') return {};  // "<string>", "<frozen …>": made up by whoever compiled it
  if (path[0] != '/') path = working_directory_ + '/' + path;
  char buffer[PATH_MAX];
  return realpath(path.c_str(), buffer) != nullptr ? std::string(buffer) : normalised(path);
}

bool CodeFiles::path_counts(const std::string& path) const {
  size_t inside = 0;
  size_t excluded = 0;
  for (const std::string& root : options_.roots) inside = std::max(inside, covered(root, path));
  for (const std::string& prefix : options_.excludes) excluded = std::max(excluded, covered(prefix, path));
  return inside != 0 && inside >= excluded;
}

long CodeFiles::file_state(PyObject* filename) {
  PyObject* known = PyDict_GetItemWithError(file_states_.get(), filename);
  if (known != nullptr) return PyLong_AsLong(known);
  ExceptionGuard guard;
  const std::string path = resolved_path(filename);
  const long state = !path.empty() && path_counts(path) ? kNotNumbered : kOutside;
  if (PyDict_GET_SIZE(file_states_.get()) >= kFileStatesLimit) PyDict_Clear(file_states_.get());
  Ref value = Ref::steal(PyLong_FromLong(state));
  if (!value || PyDict_SetItem(file_states_.get(), filename, value.get()) != 0) PyErr_Clear();
  return state;
}

bool CodeFiles::in_project(PyObject* filename) {
  if (PyUnicode_CheckExact(filename) || PyBytes_CheckExact(filename)) return file_state(filename) != kOutside;
  if (!PyUnicode_Check(filename)) return false;
  ExceptionGuard guard;  // a subclass may hash and compare in Python code: ask with a plain copy
  Ref plain = Ref::steal(PyUnicode_FromObject(filename));
  return plain && file_state(plain.get()) != kOutside;
}

uint32_t CodeFiles::file_number(PyObject* filename) {
  if (!PyUnicode_Check(filename) && !PyBytes_Check(filename)) return 0;
  ExceptionGuard guard;
  Ref plain = PyUnicode_Check(filename) ? Ref::steal(PyUnicode_FromObject(filename)) : Ref::share(filename);
  if (!plain) return 0;
  const long state = file_state(plain.get());
  if (state == kOutside) return 0;
  if (state != kNotNumbered) return static_cast<uint32_t>(state);
  const std::string path = resolved_path(plain.get());
  uint32_t number = 0;
  if (alibi_define_file(session_, text_of(path), &number, nullptr) != ALIBI_OK || number == 0) return 0;
  Ref value = Ref::steal(PyLong_FromUnsignedLong(number));
  if (!value || PyDict_SetItem(file_states_.get(), plain.get(), value.get()) != 0) PyErr_Clear();
  ++files_;
  return number;
}

void CodeFiles::drop(int32_t reason) {
  alibi_drop(session_, ALIBI_WHOLE_PROCESS, reason, 1);
}

void CodeFiles::code_died(void* extra) {
  CodeRecord* record = static_cast<CodeRecord*>(extra);
  if (record == nullptr || record->base == 0) return;
  RecordingLock lock;
  CodeFiles* files = static_cast<CodeFiles*>(const_cast<void*>(record->owner));
  record->code = nullptr;
  CodeRecord* last = files->records_.back();
  files->records_[record->position] = last;
  last->position = record->position;
  files->records_.pop_back();
  files->dead_.push_back(record);
}

void CodeFiles::forget(CodeRecord* record) {
  if (record->strategy_data != nullptr && release_strategy_data_ != nullptr) {
    release_strategy_data_(record->strategy_data);
  }
  delete record;
}

void CodeFiles::release_dead() {
  std::vector<CodeRecord*> dead;
  dead.swap(dead_);
  for (CodeRecord* record : dead) forget(record);
}

CodeFiles::Counts CodeFiles::counts() const {
  return {files_, records_.size(), bases_.size(), probes_};
}

}  // namespace alibi::python

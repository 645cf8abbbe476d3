#include "environment_events.h"

#include <algorithm>
#include <memory>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "input_log.h"
#include "module_facts.h"
#include "python_text.h"

namespace alibi::python {
namespace {

// Differ from terminal to terminal and from test to test, and change nobody's outcome.
bool is_volatile(const std::string& name) {
  static const std::unordered_set<std::string> kNames = {"PWD",  "OLDPWD",  "SHLVL", "_",
                                                         "TERM", "COLUMNS", "LINES"};
  return kNames.count(name) != 0 || name.rfind("PYTEST_", 0) == 0 || name.rfind("ALIBI_", 0) == 0;
}

// Made by pytest, its plugins and us for each test and worker; what they depend on is recorded in other ways.
bool is_of_runner(const std::string& name) {
  return name == "PYTEST_CURRENT_TEST" || name == "ALIBI_SESSION" || name == "PYTEST_VERSION" ||
         name.rfind("PYTEST_XDIST_", 0) == 0;
}

alibi_hash hash_of(const std::string& value) {
  return alibi_hash_bytes(value.data(), value.size(), 0);
}

}  // namespace

struct EnvironmentEvents::Parts {
  Parts(const Recording& recording, const EnvironmentOutside* from)
      : log(recording), joined(from != nullptr) {
    if (joined) outside = *from;
  }

  bool start(std::string* why);
  void stop();
  bool make_type();
  void look_around();
  void invite(const std::string& setting);
  void uninvite();
  bool is_unchanged(const std::string& name, const alibi_hash& hash) const;
  void variable_read(PyObject* name, PyObject* value);
  void record_variable(const std::string& name, PyObject* value);
  void all_read();
  void will_change(const std::string& name);
  void record_changes(uint32_t context);
  std::unique_ptr<alibi_hash> value_of(const std::string& name) const;
  bool continues_sweep(PyObject* name);
  void end_sweep();
  const char* detail_of(const std::string& name, const alibi_hash& hash) const;

  // The type's own functions: what dict does, then a look at it.
  static PyObject* subscript(PyObject* self, PyObject* key);
  static PyObject* iterate(PyObject* self);
  static PyObject* get(PyObject* self, PyObject* const* arguments, Py_ssize_t count);
  static PyObject* reduce(PyObject* self, PyObject* protocol);
  template <const char* kMethod>
  static PyObject* whole(PyObject* self, PyObject*);
  static bool is_watched() { return running != nullptr && !Quiet::is_active(); }

  static inline Parts* running = nullptr;
  static inline PyTypeObject* watched_type = nullptr;  // made once, never freed: instances may be anywhere

  InputLog log;
  Ref variables;  // the dict inside os.environ
  EnvironmentOutside outside;
  const bool joined;  // and `outside` was somewhere else
  Ref invitation_name;
  Ref invitation;
  std::unordered_set<std::string> made_here;
  // By the current test; with the value before, null when there was none.
  std::unordered_map<std::string, std::unique_ptr<alibi_hash>> changed;
  // dict(os.environ) iterates and then reads each variable in that order: one reading, not hundreds.
  std::vector<Ref> sweep;
  size_t swept = 0;
  unsigned long sweeper = 0;
};

namespace {

constexpr char kItems[] = "items";
constexpr char kKeys[] = "keys";
constexpr char kValues[] = "values";
constexpr char kCopy[] = "copy";

}  // namespace

PyObject* EnvironmentEvents::Parts::subscript(PyObject* self, PyObject* key) {
  PyObject* value = PyDict_Type.tp_as_mapping->mp_subscript(self, key);
  if (is_watched()) running->variable_read(key, value);
  return value;
}

PyObject* EnvironmentEvents::Parts::iterate(PyObject* self) {
  if (is_watched()) running->all_read();
  return PyDict_Type.tp_iter(self);
}

PyObject* EnvironmentEvents::Parts::get(PyObject* self, PyObject* const* arguments, Py_ssize_t count) {
  Ref method = Ref::steal(PyObject_GetAttrString(reinterpret_cast<PyObject*>(&PyDict_Type), "get"));
  if (!method) return nullptr;
  std::vector<PyObject*> all = {self};
  all.insert(all.end(), arguments, arguments + count);
  PyObject* result = PyObject_Vectorcall(method.get(), all.data(), all.size(), nullptr);
  if (result != nullptr && count > 0 && is_watched()) {
    const int known = PyDict_Contains(self, arguments[0]);
    if (known < 0) PyErr_Clear();
    running->variable_read(arguments[0], known > 0 ? result : nullptr);
  }
  return result;
}

template <const char* kMethod>
PyObject* EnvironmentEvents::Parts::whole(PyObject* self, PyObject*) {
  if (is_watched()) running->all_read();
  Ref method = Ref::steal(PyObject_GetAttrString(reinterpret_cast<PyObject*>(&PyDict_Type), kMethod));
  return method ? PyObject_CallFunctionObjArgs(method.get(), self, nullptr) : nullptr;
}

// Copies and pickles are plain dicts, as without us.
PyObject* EnvironmentEvents::Parts::reduce(PyObject* self, PyObject*) {
  Ref plain = Ref::steal(PyDict_New());
  if (!plain) return nullptr;
  Py_ssize_t next = 0;
  PyObject *key, *value;
  while (PyDict_Next(self, &next, &key, &value)) {
    if (PyDict_SetItem(plain.get(), key, value) != 0) return nullptr;
  }
  return Py_BuildValue("O(O)", &PyDict_Type, plain.get());
}

bool EnvironmentEvents::Parts::make_type() {
  if (watched_type != nullptr) return true;
  static PyMethodDef methods[] = {
      {"get", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(&get)), METH_FASTCALL, nullptr},
      {"items", &whole<kItems>, METH_NOARGS, nullptr},
      {"keys", &whole<kKeys>, METH_NOARGS, nullptr},
      {"values", &whole<kValues>, METH_NOARGS, nullptr},
      {"copy", &whole<kCopy>, METH_NOARGS, nullptr},
      {"__reduce_ex__", &reduce, METH_O, nullptr},
      {nullptr, nullptr, 0, nullptr},
  };
  static PyType_Slot slots[] = {
      {Py_mp_subscript, reinterpret_cast<void*>(&subscript)},
      {Py_tp_iter, reinterpret_cast<void*>(&iterate)},
      {Py_tp_methods, methods},
      {0, nullptr},
  };
  static PyType_Spec spec = {"builtins.dict", 0, 0, Py_TPFLAGS_DEFAULT, slots};
  Ref bases = Ref::steal(PyTuple_Pack(1, &PyDict_Type));
  PyObject* type = bases ? PyType_FromSpecWithBases(&spec, bases.get()) : nullptr;
  watched_type = reinterpret_cast<PyTypeObject*>(type);
  // Only then may an object change between the two types.
  return type != nullptr && watched_type->tp_basicsize == PyDict_Type.tp_basicsize &&
         watched_type->tp_dictoffset == 0 && watched_type->tp_weaklistoffset == 0;
}

bool EnvironmentEvents::Parts::start(std::string* why) {
  PyObject* environ = module_attribute("os", "environ");
  variables = Ref::steal(environ != nullptr ? PyObject_GetAttrString(environ, "_data") : nullptr);
  if (!variables || !PyDict_CheckExact(variables.get()) || !make_type()) {
    variables = Ref();
    *why = "os.environ is not the interpreter's own object, so reads of the environment cannot be seen";
    return false;
  }
  look_around();
  const alibi_text setting = alibi_invitation(log.session());
  invite(std::string(setting.bytes, setting.length));
  log.callers().start();
  running = this;
  Py_INCREF(watched_type);
  Py_SET_TYPE(variables.get(), watched_type);
  return true;
}

void EnvironmentEvents::Parts::look_around() {
  Py_ssize_t next = 0;
  PyObject *key, *value;
  std::string name, content;
  std::unordered_map<std::string, alibi_hash> present;
  std::vector<std::string> settings;
  while (PyDict_Next(variables.get(), &next, &key, &value)) {
    if (!path_bytes(key, &name) || !path_bytes(value, &content)) continue;
    present[name] = hash_of(content);
    if (!is_volatile(name)) settings.push_back(name + '=' + content);
  }
  if (joined) {
    // What differs was set by whoever started this program.
    for (const auto& [each, hash] : present) {
      if (!is_unchanged(each, hash)) made_here.insert(each);
    }
    for (const auto& [each, hash] : outside.variables) {
      if (present.count(each) == 0) made_here.insert(each);
    }
    return;
  }
  std::sort(settings.begin(), settings.end());
  std::string all;
  for (const std::string& setting : settings) all += setting + '\0';
  outside.all = hash_of(all);
  outside.variables = std::move(present);
}

// Into the dict as well, so that an environment made from os.environ tells a program of the session. It may
// be used much later: without a context, which is put in when a program is started.
void EnvironmentEvents::Parts::invite(const std::string& setting) {
  constexpr size_t kDigits = 8;
  const size_t equals = setting.find('=');
  const size_t comma = setting.find(',');
  if (equals == std::string::npos || comma == std::string::npos) return;
  std::string text = setting.substr(equals + 1);
  text.replace(comma - equals, kDigits, kDigits, 'f');
  const Ref name = Ref::steal(PyBytes_FromStringAndSize(setting.data(), static_cast<Py_ssize_t>(equals)));
  invitation = Ref::steal(PyBytes_FromStringAndSize(text.data(), static_cast<Py_ssize_t>(text.size())));
  if (name && invitation) PyDict_SetItem(variables.get(), name.get(), invitation.get());
  invitation_name = Ref::share(name.get());
}

void EnvironmentEvents::Parts::uninvite() {
  if (!invitation_name) return;
  PyObject* present = PyDict_GetItemWithError(variables.get(), invitation_name.get());
  std::string ours, theirs;
  if (present != nullptr && path_bytes(present, &theirs) && path_bytes(invitation.get(), &ours) &&
      ours == theirs)
    PyDict_DelItem(variables.get(), invitation_name.get());
}

bool EnvironmentEvents::Parts::is_unchanged(const std::string& name, const alibi_hash& hash) const {
  const auto before = outside.variables.find(name);
  return before != outside.variables.end() && before->second.low == hash.low &&
         before->second.high == hash.high;
}

void EnvironmentEvents::Parts::stop() {
  if (running != this) return;
  running = nullptr;
  end_sweep();
  if (Py_TYPE(variables.get()) == watched_type) {
    Py_SET_TYPE(variables.get(), &PyDict_Type);
    Py_DECREF(watched_type);
  }
  uninvite();
  invitation = Ref();
  invitation_name = Ref();
  variables = Ref();
  log.callers().forget();
}

const char* EnvironmentEvents::Parts::detail_of(const std::string& name, const alibi_hash& hash) const {
  return made_here.count(name) == 0 || is_unchanged(name, hash) ? "" : "session";
}

void EnvironmentEvents::Parts::variable_read(PyObject* name, PyObject* value) {
  Quiet quiet;
  ExceptionGuard guard;
  RecordingLock lock;
  if (continues_sweep(name) || !log.callers().project_asks(Callers::Importing::kDoesNot)) return;
  std::string subject;
  if (path_bytes(name, &subject) && !is_of_runner(subject)) record_variable(subject, value);
}

void EnvironmentEvents::Parts::record_variable(const std::string& subject, PyObject* value) {
  std::string content;
  if (value == nullptr || !path_bytes(value, &content)) {
    // Gone because the session took it away, or never there.
    const bool removed = made_here.count(subject) != 0 && outside.variables.count(subject) != 0;
    return log.record(ALIBI_INPUT_ENVIRONMENT, ALIBI_ABSENT, {0, 0}, subject, removed ? "session" : "");
  }
  const alibi_hash hash = hash_of(content);
  log.record(ALIBI_INPUT_ENVIRONMENT, ALIBI_PRESENT, hash, subject, detail_of(subject, hash));
}

// What the session found, and by name what it made of it.
void EnvironmentEvents::Parts::all_read() {
  Quiet quiet;
  ExceptionGuard guard;
  RecordingLock lock;
  end_sweep();
  if (!log.callers().project_asks(Callers::Importing::kDoesNot)) return;
  Py_ssize_t next = 0;
  PyObject *key, *value;
  while (PyDict_Next(variables.get(), &next, &key, &value)) sweep.push_back(Ref::share(key));
  sweeper = PyThread_get_thread_ident();
  log.record(ALIBI_INPUT_ENVIRONMENT, ALIBI_PRESENT, outside.all, "*");
  for (const std::string& name : made_here) {
    if (is_volatile(name)) continue;
    const std::unique_ptr<alibi_hash> now = value_of(name);
    const bool there_before = outside.variables.count(name) != 0;
    if (now == nullptr && there_before)
      log.record(ALIBI_INPUT_ENVIRONMENT, ALIBI_ABSENT, {0, 0}, name, "session");
    else if (now != nullptr && *detail_of(name, *now) != '\0')
      log.record(ALIBI_INPUT_ENVIRONMENT, ALIBI_PRESENT, *now, name, "session");
  }
}

std::unique_ptr<alibi_hash> EnvironmentEvents::Parts::value_of(const std::string& name) const {
  Ref key = Ref::steal(PyBytes_FromStringAndSize(name.data(), static_cast<Py_ssize_t>(name.size())));
  PyObject* value = key ? PyDict_GetItemWithError(variables.get(), key.get()) : nullptr;
  std::string content;
  if (value == nullptr || !path_bytes(value, &content)) return nullptr;
  return std::make_unique<alibi_hash>(hash_of(content));
}

// The interpreter announces a change before it makes it.
void EnvironmentEvents::Parts::will_change(const std::string& name) {
  made_here.insert(name);
  if (changed.count(name) == 0) changed[name] = value_of(name);
}

// What the test left behind for later ones, as "environ:NAME".
void EnvironmentEvents::Parts::record_changes(uint32_t context) {
  for (const auto& [name, before] : changed) {
    const std::unique_ptr<alibi_hash> now = value_of(name);
    const bool same = before == nullptr || now == nullptr
                          ? before == now
                          : before->low == now->low && before->high == now->high;
    if (!same)
      log.record_for(context, ALIBI_INPUT_WRITTEN, now ? ALIBI_PRESENT : ALIBI_ABSENT, {0, 0},
                     "environ:" + name, "");
  }
  changed.clear();
}

bool EnvironmentEvents::Parts::continues_sweep(PyObject* name) {
  if (sweep.empty()) return false;
  // The dict hands out its own keys' equals, encoded anew: compare by value, bytes only.
  std::string expected, asked;
  const bool next = swept < sweep.size() && sweeper == PyThread_get_thread_ident() &&
                    path_bytes(sweep[swept].get(), &expected) && path_bytes(name, &asked) &&
                    expected == asked;
  if (next) ++swept;
  if (!next || swept == sweep.size()) end_sweep();
  return next;
}

void EnvironmentEvents::Parts::end_sweep() {
  std::vector<Ref> ended;
  ended.swap(sweep);
  swept = 0;
}

EnvironmentEvents::EnvironmentEvents(const Recording& recording, const EnvironmentOutside* outside)
    : parts_(std::make_unique<Parts>(recording, outside)) {}

EnvironmentEvents::~EnvironmentEvents() {
  stop();
}

bool EnvironmentEvents::start(std::string* why) {
  ExceptionGuard guard;
  return parts_->start(why);
}

void EnvironmentEvents::stop() {
  ExceptionGuard guard;
  parts_->stop();
}

const EnvironmentOutside& EnvironmentEvents::outside() const {
  return parts_->outside;
}

bool EnvironmentEvents::declared(const std::string& name) {
  Quiet quiet;
  ExceptionGuard guard;
  RecordingLock lock;
  Ref key = Ref::steal(PyBytes_FromStringAndSize(name.data(), static_cast<Py_ssize_t>(name.size())));
  PyObject* value = key ? PyDict_GetItemWithError(parts_->variables.get(), key.get()) : nullptr;
  parts_->record_variable(name, value);
  return value != nullptr;
}

// What was set outside of tests is the doing of session code, which is charged to every test.
void EnvironmentEvents::begin_test(uint32_t) {
  RecordingLock lock;
  parts_->end_sweep();
  parts_->changed.clear();
}

void EnvironmentEvents::end_test(uint32_t context) {
  Quiet quiet;
  ExceptionGuard guard;
  RecordingLock lock;
  parts_->end_sweep();
  parts_->record_changes(context);
}

void EnvironmentEvents::variable_changed(PyObject* name) {
  std::string text;
  if (Parts::running == nullptr || !path_bytes(name, &text) || is_volatile(text)) return;
  ExceptionGuard guard;
  RecordingLock lock;
  Parts::running->will_change(text);
}

}  // namespace alibi::python

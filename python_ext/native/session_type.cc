#include "session_type.h"

#include <new>
#include <string>

#include "arguments.h"
#include "joining.h"
#include "session.h"

namespace alibi::python {
namespace {

constexpr double kLongestHang_s = 1e7;

PyObject* error_type = nullptr;  // testalibi._native.Error, for the life of the process

struct SessionObject {
  PyObject_HEAD Session* session;  // owned; null until __init__
};

constexpr Word kRoles[] = {{"main", ALIBI_MAIN}, {"worker", ALIBI_WORKER}};
constexpr Word kOutcomes[] = {{"passed", ALIBI_PASSED},   {"failed", ALIBI_FAILED},
                              {"skipped", ALIBI_SKIPPED}, {"error", ALIBI_ERROR},
                              {"xfailed", ALIBI_XFAILED}, {"xpassed", ALIBI_XPASSED}};
constexpr Word kContextKinds[] = {{"fixture", ALIBI_CONTEXT_FIXTURE},
                                  {"other", ALIBI_CONTEXT_OTHER},
                                  {"collection", ALIBI_CONTEXT_COLLECTION}};
constexpr Word kInputKinds[] = {{"file", ALIBI_INPUT_FILE},       {"directory", ALIBI_INPUT_DIRECTORY},
                                {"probe", ALIBI_INPUT_PROBE},     {"environment", ALIBI_INPUT_ENVIRONMENT},
                                {"process", ALIBI_INPUT_PROCESS}, {"socket", ALIBI_INPUT_SOCKET},
                                {"import", ALIBI_INPUT_IMPORT},   {"written", ALIBI_INPUT_WRITTEN},
                                {"option", ALIBI_INPUT_OPTION}};
constexpr Word kObservedKinds[] = {{"file", ALIBI_INPUT_FILE},
                                   {"directory", ALIBI_INPUT_DIRECTORY},
                                   {"environment", ALIBI_INPUT_ENVIRONMENT}};
constexpr Word kInputStates[] = {{"present", ALIBI_PRESENT},
                                 {"absent", ALIBI_ABSENT},
                                 {"other", ALIBI_OTHER_STATE},
                                 {"none", ALIBI_NO_VALUE}};

Session* session_of(PyObject* self) {
  return reinterpret_cast<SessionObject*>(self)->session;
}

// Calls into the extension type before __init__ ran are a caller's mistake, not a crash.
Session* checked(PyObject* self) {
  Session* session = session_of(self);
  if (session == nullptr) PyErr_SetString(PyExc_RuntimeError, "Session.__init__ was not called");
  return session;
}

PyObject* none() {
  return Ref::share(Py_None).release();
}

int session_init(PyObject* self, PyObject* args, PyObject* kwargs) {
  static const char* kNames[] = {"directory",  "root",    "roots",    "excludes", "session_id",
                                 "role",       "worker",  "strategy", "inputs",   "state",
                                 "invitation", "program", "command",  "hang_s",   nullptr};
  SessionOptions options;
  unsigned long long session_id = 0;
  const char* role = "main";
  int inputs = 1;
  int state = 1;
  double hang_s = 0;
  if (!PyArg_ParseTupleAndKeywords(
          args, kwargs, "|$O&O&O&O&KsO&O&ppO&O&O&d:Session", const_cast<char**>(kNames), text_converter,
          &options.directory, text_converter, &options.root, texts_converter, &options.files.roots,
          texts_converter, &options.files.excludes, &session_id, &role, text_converter, &options.worker,
          text_converter, &options.strategy, &inputs, &state, text_converter, &options.invitation,
          text_converter, &options.program, text_converter, &options.command, &hang_s)) {
    return -1;
  }
  const int32_t role_number = number_of(kRoles, "role", role);
  if (role_number < 0) return -1;
  options.session_id = session_id;
  options.role = static_cast<alibi_role>(role_number);
  options.inputs = inputs != 0;
  options.state = state != 0;
  if (hang_s > 0 && hang_s < kLongestHang_s) options.hang_ms = static_cast<uint64_t>(hang_s * 1000 + 0.5);
  if (!options.invitation.empty() && !take_over(options.invitation, &options)) {
    PyErr_SetString(error_type, "there is no such session any more");
    return -1;
  }
  if (options.directory.empty() || options.root.empty()) {
    PyErr_SetString(PyExc_TypeError, "Session needs directory and root");
    return -1;
  }
  RecordingLock lock;
  auto* object = reinterpret_cast<SessionObject*>(self);
  delete std::exchange(object->session, new Session(std::move(options)));
  return 0;
}

void session_dealloc(PyObject* self) {
  PyTypeObject* type = Py_TYPE(self);
  {
    RecordingLock lock;
    delete std::exchange(reinterpret_cast<SessionObject*>(self)->session, nullptr);
  }
  type->tp_free(self);
  Py_DECREF(type);
}

void raise_start_failure(const StartFailure& failure) {
  Ref message = Ref::steal(text_object(failure.message));
  if (!message) return;
  Ref error = Ref::steal(PyObject_CallFunctionObjArgs(error_type, message.get(), nullptr));
  Ref status = Ref::steal(PyLong_FromLong(failure.status));
  if (!error || !status || PyObject_SetAttrString(error.get(), "status", status.get()) != 0) return;
  PyErr_SetObject(error_type, error.get());
}

PyObject* session_start(PyObject* self, PyObject*) {
  Session* session = checked(self);
  if (session == nullptr) return nullptr;
  RecordingLock lock;
  if (session->is_running()) return none();
  if (auto failure = session->start()) {
    raise_start_failure(*failure);
    return nullptr;
  }
  return none();
}

PyObject* session_stop(PyObject* self, PyObject*) {
  Session* session = checked(self);
  if (session == nullptr) return nullptr;
  RecordingLock lock;
  session->stop();
  return none();
}

PyObject* session_begin_test(PyObject* self, PyObject* test_id) {
  Session* session = checked(self);
  std::string name;
  if (session == nullptr || !take_text(test_id, &name)) return nullptr;
  RecordingLock lock;
  return PyLong_FromUnsignedLong(session->begin_test(name));
}

PyObject* session_end_test(PyObject* self, PyObject* args, PyObject* kwargs) {
  static const char* kNames[] = {"context", "outcome", "duration_ns", "reason", nullptr};
  Session* session = checked(self);
  unsigned int context = 0;
  const char* outcome = nullptr;
  unsigned long long duration_ns = 0;
  std::string reason;
  if (session == nullptr ||
      !PyArg_ParseTupleAndKeywords(args, kwargs, "IsK|O&:end_test", const_cast<char**>(kNames), &context,
                                   &outcome, &duration_ns, text_converter, &reason)) {
    return nullptr;
  }
  const int32_t number = number_of(kOutcomes, "outcome", outcome);
  if (number < 0) return nullptr;
  RecordingLock lock;
  session->end_test(context, static_cast<alibi_outcome>(number), duration_ns, reason);
  return none();
}

PyObject* session_begin_context(PyObject* self, PyObject* args, PyObject* kwargs) {
  static const char* kNames[] = {"kind", "name", "scope", nullptr};
  Session* session = checked(self);
  const char* kind = nullptr;
  std::string name;
  std::string scope;
  if (session == nullptr ||
      !PyArg_ParseTupleAndKeywords(args, kwargs, "sO&|O&:begin_context", const_cast<char**>(kNames), &kind,
                                   text_converter, &name, text_converter, &scope)) {
    return nullptr;
  }
  const int32_t number = number_of(kContextKinds, "kind", kind);
  if (number < 0) return nullptr;
  RecordingLock lock;
  return PyLong_FromUnsignedLong(
      session->begin_context(static_cast<alibi_context_kind>(number), name, scope));
}

PyObject* session_end_context(PyObject* self, PyObject* number) {
  Session* session = checked(self);
  uint32_t context = 0;
  if (session == nullptr || !take_context(number, &context)) return nullptr;
  RecordingLock lock;
  session->end_context(context);
  return none();
}

PyObject* session_resume_context(PyObject* self, PyObject* number) {
  Session* session = checked(self);
  uint32_t context = 0;
  if (session == nullptr || !take_context(number, &context)) return nullptr;
  RecordingLock lock;
  session->resume_context(context);
  return none();
}

PyObject* session_note(PyObject* self, PyObject* args, PyObject* kwargs) {
  static const char* kNames[] = {"context", "text", nullptr};
  Session* session = checked(self);
  unsigned int context = 0;
  std::string text;
  if (session == nullptr || !PyArg_ParseTupleAndKeywords(args, kwargs, "IO&:note", const_cast<char**>(kNames),
                                                         &context, text_converter, &text)) {
    return nullptr;
  }
  RecordingLock lock;
  session->note(context, text);
  return none();
}

PyObject* session_end_collection(PyObject* self, PyObject* args, PyObject* kwargs) {
  static const char* kNames[] = {"context", "test_ids", "ended_well", nullptr};
  Session* session = checked(self);
  unsigned int context = 0;
  std::vector<std::string> test_ids;
  int ended_well = 0;
  if (session == nullptr ||
      !PyArg_ParseTupleAndKeywords(args, kwargs, "IO&p:end_collection", const_cast<char**>(kNames), &context,
                                   texts_converter, &test_ids, &ended_well)) {
    return nullptr;
  }
  RecordingLock lock;
  session->end_collection(context, test_ids, ended_well != 0);
  return none();
}

PyObject* session_charge(PyObject* self, PyObject* args, PyObject* kwargs) {
  static const char* kNames[] = {"user", "used", nullptr};
  Session* session = checked(self);
  unsigned int user = 0;
  unsigned int used = 0;
  if (session == nullptr ||
      !PyArg_ParseTupleAndKeywords(args, kwargs, "II:charge", const_cast<char**>(kNames), &user, &used)) {
    return nullptr;
  }
  RecordingLock lock;
  session->charge(user, used);
  return none();
}

PyObject* session_record_input(PyObject* self, PyObject* args, PyObject* kwargs) {
  static const char* kNames[] = {"kind", "subject", "state", "detail", "content", nullptr};
  Session* session = checked(self);
  const char* kind = nullptr;
  const char* state = "present";
  std::string subject;
  std::string detail;
  const char* content = nullptr;
  Py_ssize_t content_length = 0;
  if (session == nullptr ||
      !PyArg_ParseTupleAndKeywords(args, kwargs, "sO&|sO&z#:record_input", const_cast<char**>(kNames), &kind,
                                   text_converter, &subject, &state, text_converter, &detail, &content,
                                   &content_length)) {
    return nullptr;
  }
  const int32_t kind_number = number_of(kInputKinds, "kind", kind);
  const int32_t state_number = kind_number < 0 ? -1 : number_of(kInputStates, "state", state);
  if (state_number < 0) return nullptr;
  alibi_hash hash = {0, 0};
  if (content != nullptr) hash = alibi_hash_bytes(content, static_cast<size_t>(content_length), 0);
  RecordingLock lock;
  session->record_input(kind_number, state_number, subject, detail, hash);
  return none();
}

PyObject* session_observe(PyObject* self, PyObject* args, PyObject* kwargs) {
  static const char* kNames[] = {"kind", "subject", nullptr};
  Session* session = checked(self);
  const char* kind = nullptr;
  std::string subject;
  if (session == nullptr ||
      !PyArg_ParseTupleAndKeywords(args, kwargs, "sO&:observe", const_cast<char**>(kNames), &kind,
                                   text_converter, &subject)) {
    return nullptr;
  }
  const int32_t number = number_of(kObservedKinds, "kind", kind);
  if (number < 0) return nullptr;
  RecordingLock lock;
  return PyBool_FromLong(session->observe(number, subject));
}

PyObject* session_lose_input(PyObject* self, PyObject*) {
  Session* session = checked(self);
  if (session == nullptr) return nullptr;
  RecordingLock lock;
  session->lose_input();
  return none();
}

PyObject* session_announce_crashes_to(PyObject* self, PyObject* number) {
  Session* session = checked(self);
  if (session == nullptr) return nullptr;
  const long descriptor = PyLong_AsLong(number);
  if (descriptor == -1 && PyErr_Occurred() != nullptr) return nullptr;
  RecordingLock lock;
  session->announce_crashes_to(static_cast<int>(descriptor));
  return none();
}

PyObject* session_instrument(PyObject* self, PyObject* code) {
  Session* session = checked(self);
  if (session == nullptr) return nullptr;
  RecordingLock lock;
  return session->instrument(code);
}

PyObject* session_record_imported(PyObject* self, PyObject* args, PyObject* kwargs) {
  static const char* kNames[] = {"module", "path", nullptr};
  Session* session = checked(self);
  std::string module;
  std::string path;
  if (session == nullptr ||
      !PyArg_ParseTupleAndKeywords(args, kwargs, "O&O&:record_imported", const_cast<char**>(kNames),
                                   text_converter, &module, text_converter, &path)) {
    return nullptr;
  }
  RecordingLock lock;
  session->record_imported(module, path);
  return none();
}

PyObject* session_drops(PyObject* self, PyObject*) {
  Session* session = checked(self);
  Ref drops = session != nullptr ? Ref::steal(PyDict_New()) : Ref();
  if (!drops) return nullptr;
  RecordingLock lock;
  for (int32_t reason = 1; reason < ALIBI_DROP_REASON_COUNT; ++reason) {
    const uint64_t count = session->drop_count(reason);
    if (count == 0) continue;
    Ref value = Ref::steal(PyLong_FromUnsignedLongLong(count));
    if (!value || PyDict_SetItemString(drops.get(), alibi_drop_reason_name(reason), value.get()) != 0)
      return nullptr;
  }
  return drops.release();
}

PyObject* session_statistics(PyObject* self, PyObject*) {
  Session* session = checked(self);
  if (session == nullptr) return nullptr;
  RecordingLock lock;
  Ref counters = Ref::steal(PyDict_New());
  if (!counters) return nullptr;
  for (const auto& [name, count] : session->statistics()) {
    Ref value = Ref::steal(PyLong_FromUnsignedLongLong(count));
    if (!value || PyDict_SetItemString(counters.get(), name.c_str(), value.get()) != 0) return nullptr;
  }
  return counters.release();
}

template <std::string (Session::*property)() const>
PyObject* text_property(PyObject* self, void*) {
  Session* session = checked(self);
  if (session == nullptr) return nullptr;
  RecordingLock lock;
  return text_object((session->*property)());
}

PyMethodDef session_methods[] = {
    {"start", session_start, METH_NOARGS, nullptr},
    {"stop", session_stop, METH_NOARGS, nullptr},
    {"begin_test", session_begin_test, METH_O, nullptr},
    {"end_test", with_keywords(session_end_test), METH_VARARGS | METH_KEYWORDS, nullptr},
    {"begin_context", with_keywords(session_begin_context), METH_VARARGS | METH_KEYWORDS, nullptr},
    {"end_context", session_end_context, METH_O, nullptr},
    {"resume_context", session_resume_context, METH_O, nullptr},
    {"end_collection", with_keywords(session_end_collection), METH_VARARGS | METH_KEYWORDS, nullptr},
    {"note", with_keywords(session_note), METH_VARARGS | METH_KEYWORDS, nullptr},
    {"charge", with_keywords(session_charge), METH_VARARGS | METH_KEYWORDS, nullptr},
    {"record_input", with_keywords(session_record_input), METH_VARARGS | METH_KEYWORDS, nullptr},
    {"observe", with_keywords(session_observe), METH_VARARGS | METH_KEYWORDS, nullptr},
    {"lose_input", session_lose_input, METH_NOARGS, nullptr},
    {"announce_crashes_to", session_announce_crashes_to, METH_O, nullptr},
    {"instrument", session_instrument, METH_O, nullptr},
    {"record_imported", with_keywords(session_record_imported), METH_VARARGS | METH_KEYWORDS, nullptr},
    {"drops", session_drops, METH_NOARGS, nullptr},
    {"statistics", session_statistics, METH_NOARGS, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

PyGetSetDef session_properties[] = {
    {"strategy", text_property<&Session::strategy>, nullptr, nullptr, nullptr},
    {"strategy_reason", text_property<&Session::strategy_reason>, nullptr, nullptr, nullptr},
    {"shard_path", text_property<&Session::shard_path>, nullptr, nullptr, nullptr},
    {"root", text_property<&Session::root>, nullptr, nullptr, nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr},
};

PyType_Slot session_slots[] = {
    {Py_tp_init, reinterpret_cast<void*>(session_init)},
    {Py_tp_dealloc, reinterpret_cast<void*>(session_dealloc)},
    {Py_tp_methods, session_methods},
    {Py_tp_getset, session_properties},
    {0, nullptr},
};

PyType_Spec session_spec = {"testalibi._native.Session", sizeof(SessionObject), 0, Py_TPFLAGS_DEFAULT,
                            session_slots};

}  // namespace

bool add_session_type(PyObject* module) {
  error_type = PyErr_NewException("testalibi._native.Error", nullptr, nullptr);
  if (error_type == nullptr) return false;
  Py_INCREF(error_type);  // the module takes one
  Ref zero = Ref::steal(PyLong_FromLong(ALIBI_OK));
  if (!zero || PyObject_SetAttrString(error_type, "status", zero.get()) != 0) return false;
  if (PyModule_AddObject(module, "Error", error_type) != 0) return false;
  Ref type = Ref::steal(PyType_FromSpec(&session_spec));
  if (!type || PyModule_AddObject(module, "Session", type.get()) != 0) return false;
  type.release();
  return true;
}

}  // namespace alibi::python

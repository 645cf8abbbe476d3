#include "monitoring_tool.h"

#include <dlfcn.h>

#include <cstddef>

namespace alibi::python {
namespace {

// 0 debugger, 1 coverage, 2 profiler, 5 optimizer are meant for others; theirs only when ours are taken.
constexpr int kPreferredIds[] = {3, 4, 2, 5};

struct CallbackObject {
  PyObject_HEAD vectorcallfunc vectorcall;
  MonitoringTool::Callback callback;
  void* owner;
};

PyObject* call_back(PyObject* self, PyObject* const* arguments, size_t count, PyObject*) {
  auto* object = reinterpret_cast<CallbackObject*>(self);
  if (PyVectorcall_NARGS(count) < 1 || !PyCode_Check(arguments[0])) return Ref::share(Py_None).release();
  return object->callback(object->owner, arguments);
}

void deallocate_callback(PyObject* self) {
  PyTypeObject* type = Py_TYPE(self);
  type->tp_free(self);
  Py_DECREF(type);
}

PyMemberDef callback_members[] = {
    {"__vectorcalloffset__", Py_T_PYSSIZET, offsetof(CallbackObject, vectorcall), Py_READONLY, nullptr},
    {nullptr, 0, 0, 0, nullptr},
};
PyType_Slot callback_slots[] = {
    {Py_tp_call, reinterpret_cast<void*>(PyVectorcall_Call)},
    {Py_tp_dealloc, reinterpret_cast<void*>(deallocate_callback)},
    {Py_tp_members, callback_members},
    {0, nullptr},
};
PyType_Spec callback_spec = {
    "testalibi._native._Callback", sizeof(CallbackObject), 0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_VECTORCALL | Py_TPFLAGS_DISALLOW_INSTANTIATION, callback_slots};

// Lives as long as the process, as types of extensions do.
PyTypeObject* callback_type() {
  static PyObject* type = nullptr;
  if (type == nullptr) type = PyType_FromSpec(&callback_spec);
  return reinterpret_cast<PyTypeObject*>(type);
}

// When events change for all code, CPython 3.14 drops the JIT compiler's traces of running code under a lock
// that their deallocation takes as well (gh-141658), and hangs. It must find none.
void forget_compiled_traces() {
  using Invalidate = void (*)(PyInterpreterState*, int);
  static const Invalidate invalidate =
      reinterpret_cast<Invalidate>(dlsym(RTLD_DEFAULT, "_Py_Executors_InvalidateAll"));
  if (!ALIBI_FREE_THREADED && invalidate != nullptr) invalidate(current_interpreter(), 1);
}

Ref number(long value) {
  return Ref::steal(PyLong_FromLong(value));
}

}  // namespace

bool MonitoringTool::load_functions() {
  monitoring_ = Ref::share(PySys_GetObject("monitoring"));
  if (!monitoring_) return false;
  const auto load = [this](const char* name, Ref* function) {
    *function = Ref::steal(PyObject_GetAttrString(monitoring_.get(), name));
    return static_cast<bool>(*function);
  };
  return load("DISABLE", &disable_) && load("set_local_events", &set_local_events_) &&
         load("set_events", &set_events_) && load("register_callback", &register_callback_) &&
         load("restart_events", &restart_events_);
}

// "3: coverage, 4: profiler"
std::string MonitoringTool::holders() const {
  std::string text;
  for (int id : kPreferredIds) {
    Ref name = Ref::steal(PyObject_CallMethod(monitoring_.get(), "get_tool", "i", id));
    const char* words = name && PyUnicode_Check(name.get()) ? PyUnicode_AsUTF8(name.get()) : nullptr;
    if (!text.empty()) text += ", ";
    text += std::to_string(id) + ": " + (words != nullptr ? words : "?");
  }
  return text;
}

bool MonitoringTool::has_neighbours() const {
  constexpr int kIds = 6;  // those above are the interpreter's own
  ExceptionGuard guard;
  for (int id = 0; id < kIds; ++id) {
    Ref name = Ref::steal(PyObject_CallMethod(monitoring_.get(), "get_tool", "i", id));
    if (id != id_ && name.get() != Py_None) return true;
  }
  return false;
}

bool MonitoringTool::claim(std::string* why) {
  ExceptionGuard guard;
  if (!load_functions()) {
    *why = "sys.monitoring is not usable";
    return false;
  }
  for (int id : kPreferredIds) {
    Ref taken = Ref::steal(PyObject_CallMethod(monitoring_.get(), "use_tool_id", "is", id, "alibi"));
    if (taken) {
      id_ = id;
      id_object_ = number(id);
      return static_cast<bool>(id_object_);
    }
    PyErr_Clear();
  }
  *why = "all tool ids of sys.monitoring are taken (" + holders() + ")";
  return false;
}

void MonitoringTool::release() {
  if (id_ < 0) return;
  ExceptionGuard guard;
  set_global_events(0);
  for (int event = 0; (callbacks_ >> event) != 0; ++event) {
    if ((callbacks_ >> event) & 1u) set_callback(event, nullptr, nullptr);
  }
  callbacks_ = 0;
  Ref freed = Ref::steal(PyObject_CallMethod(monitoring_.get(), "free_tool_id", "i", id_));
  id_ = -1;
}

bool MonitoringTool::call(PyObject* function, PyObject* const* arguments, size_t count) {
  ExceptionGuard guard;
  return static_cast<bool>(Ref::steal(PyObject_Vectorcall(function, arguments, count, nullptr)));
}

bool MonitoringTool::set_callback(int event, Callback callback, void* owner) {
  ExceptionGuard guard;
  Ref object;
  if (callback == nullptr) {
    object = Ref::share(Py_None);
  } else {
    PyTypeObject* type = callback_type();
    auto* made = type != nullptr ? PyObject_New(CallbackObject, type) : nullptr;
    if (made == nullptr) return false;
    made->vectorcall = call_back;
    made->callback = callback;
    made->owner = owner;
    object = Ref::steal(reinterpret_cast<PyObject*>(made));
    callbacks_ |= 1u << event;
  }
  Ref bit = number(1L << event);
  PyObject* const arguments[] = {id_object_.get(), bit.get(), object.get()};
  return bit && call(register_callback_.get(), arguments, 3);
}

bool MonitoringTool::set_global_events(unsigned events) {
  Ref mask = number(static_cast<long>(events));
  PyObject* const arguments[] = {id_object_.get(), mask.get()};
  forget_compiled_traces();
  return mask && call(set_events_.get(), arguments, 2);
}

bool MonitoringTool::set_local_events(PyCodeObject* code, unsigned events) {
  Ref mask = number(static_cast<long>(events));
  PyObject* const arguments[] = {id_object_.get(), reinterpret_cast<PyObject*>(code), mask.get()};
  return mask && call(set_local_events_.get(), arguments, 3);
}

bool MonitoringTool::restart_events() {
  forget_compiled_traces();
  return call(restart_events_.get(), nullptr, 0);
}

}  // namespace alibi::python

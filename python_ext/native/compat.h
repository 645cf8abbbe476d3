// The one place that knows CPython's version: Python.h, feature switches, and small inline functions
// with one meaning each where releases differ.
//
// Used by every file of the extension, first include. Says borrowed or owned for each object. It never
// reaches into private structures; those live in internals/.
#ifndef ALIBI_PYTHON_EXT_COMPAT_H_
#define ALIBI_PYTHON_EXT_COMPAT_H_

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <atomic>
#include <cstdint>
#include <utility>

#define ALIBI_AT_LEAST(minor) (PY_VERSION_HEX >= (0x03000000 | ((minor) << 16)))
static_assert(ALIBI_AT_LEAST(9), "CPython 3.9 is the oldest supported release");
#define ALIBI_HAS_MONITORING ALIBI_AT_LEAST(12)
#define ALIBI_HAS_SLOTS (ALIBI_AT_LEAST(11) && !ALIBI_AT_LEAST(12))
#define ALIBI_HAS_DICT_WATCHERS ALIBI_AT_LEAST(12)
// Whether every call of a Python function goes through its vectorcall slot.
#define ALIBI_CALLS_ASK_FUNCTIONS (!ALIBI_AT_LEAST(11) || ALIBI_AT_LEAST(12))
#ifdef Py_GIL_DISABLED
#define ALIBI_FREE_THREADED 1
#else
#define ALIBI_FREE_THREADED 0
#endif

namespace alibi::python {

// co_qualname; before 3.11 a code object's qualified name follows from the one that holds it.
inline constexpr bool kCodeKnowsItsQualifiedName = ALIBI_AT_LEAST(11);
// 3.13 stores attributes beside the dict of an instance without telling the dict's watchers.
inline constexpr bool kInstanceDictsTell = !ALIBI_AT_LEAST(13);

// An owned reference.
class Ref {
 public:
  Ref() = default;
  static Ref steal(PyObject* object) { return Ref(object); }
  static Ref share(PyObject* object) {
    Py_XINCREF(object);
    return Ref(object);
  }
  Ref(Ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  Ref& operator=(Ref&& other) noexcept {
    if (this != &other) {
      PyObject* old = std::exchange(object_, std::exchange(other.object_, nullptr));
      Py_XDECREF(old);
    }
    return *this;
  }
  ~Ref() { Py_XDECREF(object_); }
  PyObject* get() const { return object_; }
  PyObject* release() { return std::exchange(object_, nullptr); }
  explicit operator bool() const { return object_ != nullptr; }

 private:
  explicit Ref(PyObject* object) : object_(object) {}
  PyObject* object_ = nullptr;
};

// Puts the exception that was set before us back, and drops whatever we caused in between.
class ExceptionGuard {
 public:
#if ALIBI_AT_LEAST(12)
  ExceptionGuard() : raised_(PyErr_GetRaisedException()) {}
  ~ExceptionGuard() {
    PyErr_SetRaisedException(raised_);
  }
#else
  ExceptionGuard() {
    PyErr_Fetch(&type_, &value_, &traceback_);
  }
  ~ExceptionGuard() {
    PyErr_Restore(type_, value_, traceback_);
  }
#endif
  ExceptionGuard(const ExceptionGuard&) = delete;
  ExceptionGuard& operator=(const ExceptionGuard&) = delete;

 private:
#if ALIBI_AT_LEAST(12)
  PyObject* raised_;
#else
  PyObject *type_, *value_, *traceback_;
#endif
};

// Serialises everything that touches the session: the GIL does where there is one, so the lock is
// empty there. Re-entrant, because our own allocations may run finalizers, which run project code.
#if ALIBI_FREE_THREADED
class RecordingLock {
 public:
  RecordingLock() {
    const unsigned long self = PyThread_get_thread_ident();
    if (owner.load(std::memory_order_relaxed) != self) {  // only this thread could have stored `self`
      PyMutex_Lock(&mutex);
      owner.store(self, std::memory_order_relaxed);
    }
    ++depth;
  }
  ~RecordingLock() {
    if (--depth != 0) return;
    owner.store(0, std::memory_order_relaxed);
    PyMutex_Unlock(&mutex);
  }
  RecordingLock(const RecordingLock&) = delete;
  RecordingLock& operator=(const RecordingLock&) = delete;
  // Another thread of the parent may have held it at the fork; it does not exist here.
  static void after_fork_in_child() {
    mutex = PyMutex{};
    owner.store(0, std::memory_order_relaxed);
    depth = 0;
  }

 private:
  static inline PyMutex mutex{};
  static inline std::atomic<unsigned long> owner{0};
  static inline int depth = 0;
};
#else
class RecordingLock {
 public:
  RecordingLock() {}
  ~RecordingLock() {}
  RecordingLock(const RecordingLock&) = delete;
  RecordingLock& operator=(const RecordingLock&) = delete;
  static void after_fork_in_child() {}
};
#endif

inline PyInterpreterState* current_interpreter() {
  return PyInterpreterState_Get();
}
inline bool in_main_interpreter() {
  return PyInterpreterState_Get() == PyInterpreterState_Main();
}

// co_extra: one pointer of ours in every code object. The slot's free function runs when the code
// object dies, and for the old value when another one is set.
inline Py_ssize_t request_code_extra(freefunc release) {
#if ALIBI_AT_LEAST(12)
  return PyUnstable_Eval_RequestCodeExtraIndex(release);
#else
  return _PyEval_RequestCodeExtraIndex(release);
#endif
}
inline void* code_extra(PyCodeObject* code, Py_ssize_t index) {
  void* extra = nullptr;
#if ALIBI_AT_LEAST(12)
  PyUnstable_Code_GetExtra(reinterpret_cast<PyObject*>(code), index, &extra);
#else
  _PyCode_GetExtra(reinterpret_cast<PyObject*>(code), index, &extra);
#endif
  return extra;
}
inline bool set_code_extra(PyCodeObject* code, Py_ssize_t index, void* extra) {
#if ALIBI_AT_LEAST(12)
  return PyUnstable_Code_SetExtra(reinterpret_cast<PyObject*>(code), index, extra) == 0;
#else
  return _PyCode_SetExtra(reinterpret_cast<PyObject*>(code), index, extra) == 0;
#endif
}

#if ALIBI_HAS_MONITORING
// Borrowed, valid while this thread runs no Python code.
inline struct _PyInterpreterFrame* innermost_frame(PyThreadState* thread) {
#if ALIBI_AT_LEAST(13)
  return thread->current_frame;
#else
  return thread->cframe->current_frame;
#endif
}
#endif

#if ALIBI_CALLS_ASK_FUNCTIONS
inline void set_function_vectorcall(PyFunctionObject* function, vectorcallfunc slot) {
#if ALIBI_AT_LEAST(12)
  PyFunction_SetVectorcall(function, slot);
#else
  function->vectorcall = slot;
#endif
}
#endif

inline constexpr unsigned long kCompiledFor = PY_VERSION_HEX >> 16;  // major and minor

// The exact release that runs us, which may be another patch release than the headers'.
inline unsigned long running_version() {
#if ALIBI_AT_LEAST(11)
  return Py_Version;
#else
  PyObject* version = PySys_GetObject("hexversion");
  return version != nullptr ? PyLong_AsUnsignedLong(version) : PY_VERSION_HEX;
#endif
}

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_COMPAT_H_

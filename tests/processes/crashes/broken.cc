// A C++ extension that breaks in every way a test can break its interpreter. Built by conftest.py for the
// tests of crash reports; never part of the product.
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <setjmp.h>
#include <signal.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace {

sigjmp_buf recovery;

// Names that the reports must show; volatile and noinline keep the compiler from seeing through them.
extern "C" {
__attribute__((noinline)) void write_to_null(volatile int* address) {
  *address = 1;
}
__attribute__((noinline)) int divide(volatile int by) {
  volatile int dividend = 7;
  return dividend / by;
}
__attribute__((noinline)) void illegal() {
  __builtin_trap();
}
__attribute__((noinline)) int without_end(volatile int depth) {
  volatile char much[512];
  much[0] = static_cast<char>(depth);
  return without_end(depth + 1) + much[0];
}
__attribute__((noinline)) void wait_for_ever() {
  std::mutex lock;
  lock.lock();
  lock.lock();
}
__attribute__((noinline)) void throw_deep(int depth) {
  if (depth == 0) throw std::runtime_error("thrown on purpose");
  throw_deep(depth - 1);
}
}

struct CrashesInDestructor {
  ~CrashesInDestructor() { write_to_null(nullptr); }
};

PyObject* null_write(PyObject*, PyObject*) {
  write_to_null(nullptr);
  Py_RETURN_NONE;
}
PyObject* call_null(PyObject*, PyObject*) {
  void (*volatile nowhere)() = nullptr;
  nowhere();
  Py_RETURN_NONE;
}
PyObject* abort_now(PyObject*, PyObject*) {
  std::abort();
}
PyObject* divide_by_zero(PyObject*, PyObject*) {
#if defined(__x86_64__)
  return PyLong_FromLong(divide(0));
#else
  std::raise(SIGFPE);
  Py_RETURN_NONE;
#endif
}
PyObject* illegal_instruction(PyObject*, PyObject*) {
  illegal();
  Py_RETURN_NONE;
}
PyObject* overflow(PyObject*, PyObject*) {
  return PyLong_FromLong(without_end(0));
}
PyObject* hang(PyObject*, PyObject*) {
  wait_for_ever();
  Py_RETURN_NONE;
}
PyObject* crash_in_thread(PyObject*, PyObject*) {
  Py_BEGIN_ALLOW_THREADS;
  std::thread([] { write_to_null(nullptr); }).join();
  Py_END_ALLOW_THREADS;
  Py_RETURN_NONE;
}
PyObject* crash_while_thrown(PyObject*, PyObject*) {
  try {
    CrashesInDestructor victim;
    throw_deep(8);
  } catch (const std::exception&) {
  }
  Py_RETURN_NONE;
}
// C++ exceptions pass through this extension as ever.
PyObject* throw_and_catch(PyObject*, PyObject*) {
  long caught = 0;
  for (int index = 0; index < 1000; ++index) {
    try {
      throw_deep(10);
    } catch (const std::runtime_error&) {
      ++caught;
    }
  }
  return PyLong_FromLong(caught);
}

void recover(int) {
  siglongjmp(recovery, 1);
}
void recover_with_info(int, siginfo_t* info, void*) {
  siglongjmp(recovery, info->si_addr == nullptr ? 1 : 2);
}
// A program that handles its own faults, as garbage collectors and emulators do.
PyObject* install_recovery(PyObject*, PyObject* with_info) {
  struct sigaction action {};
  if (PyObject_IsTrue(with_info)) {
    action.sa_sigaction = &recover_with_info;
    action.sa_flags = SA_SIGINFO;
  } else {
    action.sa_handler = &recover;
  }
  sigaction(SIGSEGV, &action, nullptr);
  Py_RETURN_NONE;
}
PyObject* fault_and_recover(PyObject*, PyObject*) {
  const int code = sigsetjmp(recovery, 1);
  if (code == 0) write_to_null(nullptr);
  return PyLong_FromLong(code);
}

// A line in the journal, out of sight of whoever records what Python code opens.
PyObject* note(PyObject*, PyObject* name) {
  const char* text = PyUnicode_AsUTF8(name);
  const char* path = std::getenv("JOURNAL_OF_CRASHES");
  FILE* journal = text != nullptr && path != nullptr ? std::fopen(path, "a") : nullptr;
  if (journal != nullptr) {
    std::fprintf(journal, "%s\n", text);
    std::fclose(journal);
  }
  Py_RETURN_NONE;
}

PyMethodDef methods[] = {{"note", note, METH_O, nullptr},
                         {"null_write", null_write, METH_NOARGS, nullptr},
                         {"call_null", call_null, METH_NOARGS, nullptr},
                         {"abort_now", abort_now, METH_NOARGS, nullptr},
                         {"divide_by_zero", divide_by_zero, METH_NOARGS, nullptr},
                         {"illegal_instruction", illegal_instruction, METH_NOARGS, nullptr},
                         {"overflow", overflow, METH_NOARGS, nullptr},
                         {"hang", hang, METH_NOARGS, nullptr},
                         {"crash_in_thread", crash_in_thread, METH_NOARGS, nullptr},
                         {"crash_while_thrown", crash_while_thrown, METH_NOARGS, nullptr},
                         {"throw_and_catch", throw_and_catch, METH_NOARGS, nullptr},
                         {"install_recovery", install_recovery, METH_O, nullptr},
                         {"fault_and_recover", fault_and_recover, METH_NOARGS, nullptr},
                         {nullptr, nullptr, 0, nullptr}};
PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "broken", nullptr, -1, methods, nullptr, nullptr, nullptr, nullptr};

}  // namespace

PyMODINIT_FUNC PyInit_broken() {
  return PyModule_Create(&definition);
}

#include "crash_report.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace alibi::python {
namespace {

// Descriptors of ours stay out of the way of programs that count on the lowest numbers.
constexpr int kFirstDescriptor = 200;

// 3.15's name, then the older one; null interpreter and thread: those of the caller.
using DumpThreads = const char* (*)(int, PyInterpreterState*, PyThreadState*);
DumpThreads dump_threads = nullptr;

// Where no function is exported: faulthandler writes to `borrowed`, which leads to /dev/null until a dump.
int borrowed = -1;
int borrowed_signal = 0;

int duplicate(int descriptor) {
  const int high = ::fcntl(descriptor, F_DUPFD_CLOEXEC, kFirstDescriptor);
  return high >= 0 ? high : ::fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
}

// Inside a handler.
void dump_by_function(int descriptor) {
  dump_threads(descriptor, nullptr, nullptr);
}

bool is_null_device(int descriptor) {
  struct stat here {};
  struct stat null {};
  return ::fstat(descriptor, &here) == 0 && ::stat("/dev/null", &null) == 0 && here.st_rdev == null.st_rdev &&
         S_ISCHR(here.st_mode);
}

// Inside a handler.
void dump_by_signal(int descriptor) {
  struct sigaction now {};
  // Somebody may have closed all descriptors, or taken the signal.
  if (!is_null_device(borrowed) || ::sigaction(borrowed_signal, nullptr, &now) != 0 ||
      now.sa_handler == SIG_DFL || ::dup3(descriptor, borrowed, O_CLOEXEC) < 0)
    return;
  sigset_t only;
  sigset_t before;
  ::sigemptyset(&only);
  ::sigaddset(&only, borrowed_signal);
  ::pthread_sigmask(SIG_UNBLOCK, &only, &before);
  ::syscall(SYS_tgkill, ::getpid(), ::syscall(SYS_gettid), borrowed_signal);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  const int null = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (null < 0) {
    ::close(borrowed);
    return;
  }
  ::dup3(null, borrowed, O_CLOEXEC);
  ::close(null);
}

int free_signal() {
  for (int signal = SIGRTMAX - 1; signal > SIGRTMIN; --signal) {
    struct sigaction now {};
    if (::sigaction(signal, nullptr, &now) == 0 && (now.sa_flags & SA_SIGINFO) == 0 &&
        now.sa_handler == SIG_DFL)
      return signal;
  }
  return 0;
}

bool find_function() {
  // The one of 3.15 has another result type at most: it is not looked at.
  for (const char* name : {"PyUnstable_DumpTracebackThreads", "_Py_DumpTracebackThreads"}) {
    dump_threads = reinterpret_cast<DumpThreads>(::dlsym(RTLD_DEFAULT, name));
    if (dump_threads != nullptr) return true;
  }
  return false;
}

bool call_faulthandler(const char* function, PyObject* arguments, PyObject* names) {
  Ref module = Ref::steal(PyImport_ImportModule("faulthandler"));
  Ref callable = module ? Ref::steal(PyObject_GetAttrString(module.get(), function)) : Ref();
  Ref result =
      callable && arguments != nullptr ? Ref::steal(PyObject_Call(callable.get(), arguments, names)) : Ref();
  if (!result) PyErr_Clear();
  return static_cast<bool>(result);
}

bool register_signal() {
  const int null = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (null < 0) return false;
  borrowed = duplicate(null);
  ::close(null);
  borrowed_signal = borrowed < 0 ? 0 : free_signal();
  if (borrowed_signal == 0) return false;
  Ref arguments = Ref::steal(Py_BuildValue("(i)", borrowed_signal));
  Ref names =
      Ref::steal(Py_BuildValue("{sisOsO}", "file", borrowed, "all_threads", Py_True, "chain", Py_False));
  return arguments && names && call_faulthandler("register", arguments.get(), names.get());
}

void forget_signal() {
  if (borrowed_signal != 0) {
    Ref arguments = Ref::steal(Py_BuildValue("(i)", borrowed_signal));
    call_faulthandler("unregister", arguments.get(), nullptr);
  }
  borrowed_signal = 0;
  if (borrowed >= 0 && is_null_device(borrowed)) ::close(borrowed);
  borrowed = -1;
}

}  // namespace

bool CrashReport::start(const std::string& shard_path, uint64_t hang_ms) {
  ExceptionGuard guard;
  alibi_crash_options options = {};
  options.shard_path = {shard_path.data(), shard_path.size()};
  options.interpreter = reinterpret_cast<const void*>(&Py_GetVersion);
  options.hang_ms = hang_ms;
  if (find_function())
    options.dump = &dump_by_function;
  else if (register_signal())
    options.dump = &dump_by_signal;
  running_ = true;
  return alibi_crash_start(&options, nullptr) != ALIBI_CANNOT_CREATE;
}

void CrashReport::stop() {
  if (!running_) return;
  running_ = false;
  ExceptionGuard guard;
  alibi_crash_stop();
  announce_to(-1);
  forget_signal();
}

void CrashReport::announce_to(int descriptor) {
  const int before = announced_;
  announced_ = descriptor < 0 ? -1 : duplicate(descriptor);
  alibi_crash_announce_to(announced_);
  if (before >= 0) ::close(before);
}

void CrashReport::enter(alibi_context_kind kind, const std::string& name) {
  in_collection_ = kind == ALIBI_CONTEXT_COLLECTION;
  if (running_) alibi_crash_enter(kind, {name.data(), name.size()});
}

void CrashReport::leave() {
  in_collection_ = false;
  if (running_) alibi_crash_leave();
}

void CrashReport::leave_collection() {
  if (in_collection_) leave();
}

}  // namespace alibi::python

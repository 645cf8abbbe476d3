#include "tracer/preload/watch.h"

#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

namespace alibi::preload {
namespace {

constinit std::atomic<ProgramRecorder*> the_recorder{nullptr};
constinit std::atomic<pid_t> watched_process{0};
pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

// Storage of a library that is there from the start: no call, no allocation when a thread first touches it.
[[gnu::tls_model("initial-exec")]] constinit thread_local bool inside = false;

// Between the handlers of one fork, under the lock.
sigset_t signals_before_fork;
[[gnu::tls_model("initial-exec")]] constinit thread_local bool forking = false;

void block_signals(sigset_t* before) {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, before);
}

void before_fork() {
  if (!is_watching()) return;
  sigset_t before;
  block_signals(&before);
  pthread_mutex_lock(&mutex);
  signals_before_fork = before;
  forking = true;
  inside = true;
}

void after_fork() {
  if (!forking) return;
  forking = false;
  inside = false;
  const sigset_t before = signals_before_fork;
  pthread_mutex_unlock(&mutex);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void after_fork_in_child() {
  if (!forking) return;
  watched_process.store(getpid(), std::memory_order_relaxed);
  VforkStarts::forget();
  after_fork();
}

}  // namespace

bool begin_watching(ProgramRecorder* recorder) {
  // After the session's own handler: the session knows of the fork before a signal can reach us in the child.
  if (pthread_atfork(&before_fork, &after_fork, &after_fork_in_child) != 0) return false;
  watched_process.store(getpid(), std::memory_order_relaxed);
  the_recorder.store(recorder, std::memory_order_release);
  return true;
}

void end_watching() {
  the_recorder.store(nullptr, std::memory_order_release);
}

bool is_watching() {
  return the_recorder.load(std::memory_order_acquire) != nullptr && !inside &&
         watched_process.load(std::memory_order_relaxed) == getpid();
}

bool is_in_foreign_child() {
  return the_recorder.load(std::memory_order_acquire) != nullptr && !inside &&
         watched_process.load(std::memory_order_relaxed) != getpid();
}

std::string_view session_invitation() {
  const ProgramRecorder* const recorder = the_recorder.load(std::memory_order_acquire);
  return recorder != nullptr ? recorder->invitation() : std::string_view();
}

// What it asks for never changes once the recorder is there: no lock.
bool is_plainly_of_machine(std::string_view path) {
  const ProgramRecorder* const recorder = the_recorder.load(std::memory_order_acquire);
  return recorder == nullptr || recorder->is_of_machine(path);
}

Section::Section() : error_number_(errno) {
  block_signals(&signals_);
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state_);
  pthread_mutex_lock(&mutex);
  inside = true;
  recorder_ = the_recorder.load(std::memory_order_acquire);
}

Section::~Section() {
  inside = false;
  pthread_mutex_unlock(&mutex);
  pthread_setcancelstate(cancel_state_, nullptr);
  pthread_sigmask(SIG_SETMASK, &signals_, nullptr);
  errno = error_number_;
}

}  // namespace alibi::preload

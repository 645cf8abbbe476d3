#include "collector/queue/quiet_thread.h"

#include <signal.h>

#include <thread>
#include <utility>

namespace alibi::queue {

bool start_quiet_thread(std::function<void()> work) {
  sigset_t all, before;
  sigfillset(&all);
  // Before it begins, so that there is no moment in which it takes one: it inherits the mask.
  if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0) return false;
  bool started = true;
  try {
    std::thread(std::move(work)).detach();
  } catch (...) {
    started = false;
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return started;
}

}  // namespace alibi::queue

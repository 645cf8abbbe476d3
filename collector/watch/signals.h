// Signals as something to wait for: while it lives those that `alibi watch` handles are delivered here and
// nowhere else. One per process, on its only thread.
#ifndef ALIBI_COLLECTOR_WATCH_SIGNALS_H_
#define ALIBI_COLLECTOR_WATCH_SIGNALS_H_

#include <signal.h>

#include <vector>

#include "tracer/base/unique_fd.h"

namespace alibi::watch {

class Signals {
 public:
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  int fd() const { return fd_.fd(); }
  std::vector<int> read();  // their numbers; never waits

 private:
  sigset_t before_{};
  UniqueFd fd_;
};

// In a forked child: signals do again what they do by default.
void unblock_signals();

}  // namespace alibi::watch

#endif  // ALIBI_COLLECTOR_WATCH_SIGNALS_H_

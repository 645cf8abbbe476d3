// The one owner of signals during `alibi run`: what asks the run to end, its children's ends, and the
// terminal's stop arrive here as something to wait for. One per process, on its only thread.
#ifndef ALIBI_COLLECTOR_RUN_RUN_SIGNALS_H_
#define ALIBI_COLLECTOR_RUN_RUN_SIGNALS_H_

#include <signal.h>

#include <vector>

#include "tracer/base/unique_fd.h"

namespace alibi::run {

class RunSignals {
 public:
  RunSignals();
  ~RunSignals();
  RunSignals(const RunSignals&) = delete;
  RunSignals& operator=(const RunSignals&) = delete;

  int fd() const { return fd_.fd(); }
  std::vector<int> read();                            // never waits
  const sigset_t& before() const { return before_; }  // the mask that children get

 private:
  sigset_t before_{};
  UniqueFd fd_;
};

bool ends_the_run(int signal);

}  // namespace alibi::run

#endif  // ALIBI_COLLECTOR_RUN_RUN_SIGNALS_H_

// How a process group is ended: one signal, then TERM, then KILL, each after the grace. Used by the runner
// for each worker. Pure: time is an argument; whoever asks sends what it says. Never says the same signal
// twice.
#ifndef ALIBI_COLLECTOR_RUN_ESCALATION_H_
#define ALIBI_COLLECTOR_RUN_ESCALATION_H_

#include <cstdint>
#include <optional>
#include <vector>

namespace alibi::run {

class Escalation {
 public:
  // The first signal is due at once. A second call changes nothing.
  void begin(int signal, int64_t now_ms, uint64_t grace_ms);
  void hasten(int64_t now_ms);             // the user asks again: what comes next is due now
  std::optional<int> due(int64_t now_ms);  // what to send now
  std::optional<int64_t> next_at() const;
  bool begun() const { return !steps_.empty(); }
  void postpone(int64_t by_ms) { at_ms_ += by_ms; }  // the run was stopped as long

 private:
  std::vector<int> steps_;
  size_t next_ = 0;
  int64_t at_ms_ = 0;
  uint64_t grace_ms_ = 0;
};

}  // namespace alibi::run

#endif  // ALIBI_COLLECTOR_RUN_ESCALATION_H_

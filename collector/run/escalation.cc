#include "collector/run/escalation.h"

#include <signal.h>

namespace alibi::run {

void Escalation::begin(int signal, int64_t now_ms, uint64_t grace_ms) {
  if (begun()) return;
  steps_ = {signal};
  if (signal != SIGTERM && signal != SIGKILL) steps_.push_back(SIGTERM);
  if (signal != SIGKILL) steps_.push_back(SIGKILL);
  at_ms_ = now_ms;
  grace_ms_ = grace_ms;
}

void Escalation::hasten(int64_t now_ms) {
  at_ms_ = now_ms;
}

std::optional<int> Escalation::due(int64_t now_ms) {
  if (next_ >= steps_.size() || now_ms < at_ms_) return std::nullopt;
  at_ms_ = now_ms + static_cast<int64_t>(grace_ms_);
  return steps_[next_++];
}

std::optional<int64_t> Escalation::next_at() const {
  if (next_ >= steps_.size()) return std::nullopt;
  return at_ms_;
}

}  // namespace alibi::run

#include "collector/origin/timepiece.h"

#include <algorithm>
#include <thread>

namespace alibi::origin {

Milliseconds Timepiece::now() const {
  return std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now().time_since_epoch());
}

void Timepiece::wait(Milliseconds time) const {
  std::this_thread::sleep_for(time);
}

const Timepiece& Timepiece::real() {
  static const Timepiece timepiece;
  return timepiece;
}

Deadline::Deadline(const Timepiece& time, Milliseconds patience) : time_(time), end_(time.now() + patience) {}

Milliseconds Deadline::left(Milliseconds step) const {
  return std::clamp(end_ - time_.now(), Milliseconds(0), step);
}

}  // namespace alibi::origin

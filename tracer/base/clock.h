// The one door to the time of day. Tests pass a clock of their own. Any thread.
#ifndef ALIBI_TRACER_BASE_CLOCK_H_
#define ALIBI_TRACER_BASE_CLOCK_H_

#include <cstdint>

namespace alibi {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual uint64_t unix_ns() const = 0;

  static const Clock& real();
};

}  // namespace alibi

#endif  // ALIBI_TRACER_BASE_CLOCK_H_

// The one door to time and chance for the transport layer: the time of day, a clock that never jumps,
// sleeping, and random numbers. Tests replace it, so that none of them waits. Any thread.
#ifndef ALIBI_COLLECTOR_TRANSPORT_PACE_H_
#define ALIBI_COLLECTOR_TRANSPORT_PACE_H_

#include <chrono>
#include <cstdint>

namespace alibi::transport {

class Pace {
 public:
  virtual ~Pace() = default;
  virtual uint64_t unix_ns() = 0;
  virtual std::chrono::nanoseconds steady() = 0;  // since some fixed instant
  virtual void sleep(std::chrono::nanoseconds time) = 0;
  virtual double random() = 0;  // in [0, 1)

  static Pace& real();
};

}  // namespace alibi::transport

#endif  // ALIBI_COLLECTOR_TRANSPORT_PACE_H_

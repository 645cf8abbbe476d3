#include "tracer/base/clock.h"

#include <ctime>

namespace alibi {
namespace {

class RealClock final : public Clock {
 public:
  uint64_t unix_ns() const override {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<uint64_t>(now.tv_nsec);
  }
};

}  // namespace

const Clock& Clock::real() {
  static const RealClock clock;
  return clock;
}

}  // namespace alibi

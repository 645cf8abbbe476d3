#include "collector/transport/pace.h"

#include <random>
#include <thread>

#include "tracer/base/clock.h"

namespace alibi::transport {
namespace {

class RealPace final : public Pace {
 public:
  uint64_t unix_ns() override { return Clock::real().unix_ns(); }
  std::chrono::nanoseconds steady() override { return std::chrono::steady_clock::now().time_since_epoch(); }
  void sleep(std::chrono::nanoseconds time) override { std::this_thread::sleep_for(time); }
  double random() override {
    thread_local std::minstd_rand generator(std::random_device{}());
    return std::uniform_real_distribution<double>(0, 1)(generator);
  }
};

}  // namespace

Pace& Pace::real() {
  static RealPace pace;
  return pace;
}

}  // namespace alibi::transport

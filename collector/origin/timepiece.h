// The door to time for what has a deadline or waits. Tests pass one of their own. Any thread.
#ifndef ALIBI_COLLECTOR_ORIGIN_TIMEPIECE_H_
#define ALIBI_COLLECTOR_ORIGIN_TIMEPIECE_H_

#include <chrono>

namespace alibi::origin {

using Milliseconds = std::chrono::milliseconds;

class Timepiece {
 public:
  virtual ~Timepiece() = default;
  virtual Milliseconds now() const;  // from some start, never back
  virtual void wait(Milliseconds time) const;
  static const Timepiece& real();
};

// What is left of the time for something.
class Deadline {
 public:
  Deadline(const Timepiece& time, Milliseconds patience);
  // At most `step`; 0 when the time is up.
  Milliseconds left(Milliseconds step) const;
  bool over() const { return left(Milliseconds::max()).count() == 0; }
  const Timepiece& time() const { return time_; }

 private:
  const Timepiece& time_;
  Milliseconds end_;
};

}  // namespace alibi::origin

#endif  // ALIBI_COLLECTOR_ORIGIN_TIMEPIECE_H_

// How far a run is, in one line for people. Pure; the runner's loop decides when to show it.
#ifndef ALIBI_COLLECTOR_RUN_PROGRESS_H_
#define ALIBI_COLLECTOR_RUN_PROGRESS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace alibi::run {

struct ProgressFacts {
  size_t done = 0, total = 0, failed = 0;
  std::vector<std::string> running;  // files
  std::optional<uint64_t> left_ms;   // expected
};

// "12/40 done, 1 failed, 0:35 left: a.py, b.py", at most `width` columns wide.
std::string progress_text(const ProgressFacts& facts, size_t width);

// When to show it: redrawn on a terminal, now and then in a CI log, else never.
class Progress {
 public:
  enum class Where : uint8_t { kNowhere, kTerminal, kLog };
  explicit Progress(Where where) : where_(where) {}
  Where where() const { return where_; }
  bool is_due(int64_t now_ms);
  std::optional<int64_t> next_at() const;

 private:
  Where where_;
  int64_t next_ms_ = 0;
};

}  // namespace alibi::run

#endif  // ALIBI_COLLECTOR_RUN_PROGRESS_H_

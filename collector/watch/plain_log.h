// What happens, as lines one after the other: for output that is no terminal, and for --plain. Says each
// thing once. Pure.
#ifndef ALIBI_COLLECTOR_WATCH_PLAIN_LOG_H_
#define ALIBI_COLLECTOR_WATCH_PLAIN_LOG_H_

#include <set>
#include <string>
#include <vector>

#include "collector/report/style.h"
#include "collector/watch/view.h"

namespace alibi::watch {

class PlainLog {
 public:
  explicit PlainLog(report::Style style) : style_(style) {}

  // The lines to print now, each with its end.
  std::string update(const View& view);

 private:
  void say(const View& view, const std::string& text);
  void say_run(const View& view);
  void say_failures(const View& view);
  void say_end(const View& view);

  report::Style style_;
  std::string text_;
  bool begun_ = false;
  bool paused_ = false;
  bool gave_up_ = false;
  size_t runs_ = 0;
  bool end_said_ = true;
  std::set<std::string> told_;  // failures of this run
  std::vector<std::string> settled_;
  std::vector<std::string> notes_;
  std::vector<std::string> problems_;
};

}  // namespace alibi::watch

#endif  // ALIBI_COLLECTOR_WATCH_PLAIN_LOG_H_

// A question that takes its time, answered in a forked process so that keys and saves are seen meanwhile.
// Used by WatchLoop. Gone with this, together with what it started.
#ifndef ALIBI_COLLECTOR_WATCH_QUESTION_H_
#define ALIBI_COLLECTOR_WATCH_QUESTION_H_

#include <sys/types.h>

#include <functional>
#include <optional>

#include "collector/watch/watch_logic.h"

namespace alibi::watch {

class Question {
 public:
  explicit Question(const std::function<Answer()>& ask);
  Question(Question&& other) noexcept;
  Question& operator=(Question&&) = delete;
  ~Question();

  // Once it is there; that something has to run when it cannot be had.
  std::optional<Answer> answer();

 private:
  pid_t process_ = -1;
};

}  // namespace alibi::watch

#endif  // ALIBI_COLLECTOR_WATCH_QUESTION_H_

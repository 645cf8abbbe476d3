// One run of the test command: a process in a session of its own, its output and the pipe of PROTOCOL.md.
// Used by WatchLoop, one thread. Nothing of it outlives this: when it ends, and when this goes, what is left
// of its process group is killed; when `alibi watch` itself is killed, the run is interrupted.
#ifndef ALIBI_COLLECTOR_WATCH_TEST_RUN_H_
#define ALIBI_COLLECTOR_WATCH_TEST_RUN_H_

#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "collector/watch/run_event.h"
#include "tracer/base/result.h"
#include "tracer/base/unique_fd.h"

namespace alibi::watch {

struct RunCommand {
  std::vector<std::string> words;
  std::string directory;
  std::vector<std::pair<std::string, std::string>> variables;  // besides this process's own
};

class TestRun {
 public:
  static Result<TestRun> start(const RunCommand& command);
  TestRun(TestRun&& other) noexcept;
  TestRun& operator=(TestRun&&) = delete;
  ~TestRun();

  // Readable, or at their end.
  int output_fd() const { return output_.fd(); }
  int events_fd() const { return events_.fd(); }
  // Take what is there, so much of it at once that others have their turn; never wait.
  void read_output();
  std::vector<RunEvent> read_events();
  // What it printed, the last part of it.
  const std::string& output() const { return printed_; }

  // The exit status, 128 + signal, once it has ended; then its group is no more.
  std::optional<int> ended();

  void interrupt();
  void kill();
  void pause();  // and what it started
  void resume();

 private:
  TestRun(pid_t process, UniqueFd output, UniqueFd events)
      : process_(process), output_(std::move(output)), events_(std::move(events)) {}
  void signal_group(int number) const;

  pid_t process_ = 0;  // 0: ended
  UniqueFd output_, events_;
  std::string printed_;
  LineCutter cutter_;
};

}  // namespace alibi::watch

#endif  // ALIBI_COLLECTOR_WATCH_TEST_RUN_H_

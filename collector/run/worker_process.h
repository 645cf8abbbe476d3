// One process of a worker, leader of a process group of its own. Used by the runner on its one thread.
//
// The child has standard streams, the socket of WORKERS.md as descriptor 3 where there is one, and no other
// descriptor of ours; it is told (SIGTERM) when this program dies. Nothing of its group outlives this object.
// Streams: its input is /dev/null and its outputs are pipes, except for the one worker that has our terminal.
#ifndef ALIBI_COLLECTOR_RUN_WORKER_PROCESS_H_
#define ALIBI_COLLECTOR_RUN_WORKER_PROCESS_H_

#include <signal.h>
#include <sys/types.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tracer/base/result.h"
#include "tracer/base/unique_fd.h"

namespace alibi::run {

struct WorkerStart {
  std::vector<std::string> command;
  std::string directory;
  std::map<std::string, std::string> environment;  // all of it
  bool inherits_streams = false;                   // our outputs in place of pipes
  bool inherits_input = false;                     // ours in place of /dev/null
  int terminal = -1;  // our descriptor of the terminal whose foreground it becomes; -1 none
  bool has_channel = false;
  sigset_t signals{};  // its signal mask
  int guard = -1;      // GroupGuard::fd(); -1 none
};

struct WorkerEnd {
  int status = 0;  // exit status, 128 + signal
  int signal = 0;  // that ended it; 0 none
};

class WorkerProcess {
 public:
  // An error when the program cannot be run: its name, why. The first word is searched in the child's PATH.
  static Result<WorkerProcess> start(const WorkerStart& start);
  WorkerProcess(WorkerProcess&& other) noexcept;
  WorkerProcess& operator=(WorkerProcess&&) = delete;
  ~WorkerProcess();  // kills what is left

  pid_t pid() const { return pid_; }
  UniqueFd& output() { return output_; }
  UniqueFd& errors() { return errors_; }
  UniqueFd& channel() { return channel_; }

  void signal_group(int number) const;
  // Once it has ended: its group is killed first, while its number cannot be another's.
  std::optional<WorkerEnd> ended();
  bool was_stopped();  // by the terminal, since the last call

 private:
  WorkerProcess() = default;

  pid_t pid_ = 0;  // 0: reaped
  int guard_ = -1;
  UniqueFd output_, errors_, channel_;
};

}  // namespace alibi::run

#endif  // ALIBI_COLLECTOR_RUN_WORKER_PROCESS_H_

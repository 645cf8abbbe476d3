#include "collector/watch/question.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <exception>
#include <utility>

#include "collector/watch/signals.h"

namespace alibi::watch {
namespace {

constexpr int kNothing = 40;  // an exit status that no accident has

// One thread, so that the child may go on computing.
[[noreturn]] void answer_and_exit(const std::function<Answer()>& ask) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  unblock_signals();
  const int nowhere = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(nowhere, stream);
  int status = 0;
  try {
    status = ask() == Answer::kNothingToRun ? kNothing : 0;
  } catch (const std::exception&) {  // memory ran out
    status = 1;
  }
  ::_exit(status);
}

}  // namespace

Question::Question(const std::function<Answer()>& ask) : process_(::fork()) {
  if (process_ == 0) answer_and_exit(ask);
  if (process_ > 0) ::setpgid(process_, process_);  // whoever comes first
}

Question::Question(Question&& other) noexcept : process_(std::exchange(other.process_, -1)) {}

Question::~Question() {
  if (process_ <= 0) return;
  ::kill(-process_, SIGKILL);
  while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

std::optional<Answer> Question::answer() {
  if (process_ <= 0) return Answer::kSomethingToRun;
  int status = 0;
  const pid_t ended = ::waitpid(process_, &status, WNOHANG);
  if (ended == 0) return std::nullopt;
  process_ = -1;
  const bool nothing = ended > 0 && WIFEXITED(status) && WEXITSTATUS(status) == kNothing;
  return nothing ? Answer::kNothingToRun : Answer::kSomethingToRun;
}

}  // namespace alibi::watch

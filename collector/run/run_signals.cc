#include "collector/run/run_signals.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace alibi::run {
namespace {

constexpr std::array kEnding = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

// As nohup leaves SIGHUP: what is to be ignored would be delivered all the same once it is waited for.
bool is_ignored(int number) {
  struct sigaction action {};
  return ::sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

bool ends_the_run(int signal) {
  return std::ranges::find(kEnding, signal) != kEnding.end();
}

RunSignals::RunSignals() {
  sigset_t handled;
  sigemptyset(&handled);
  for (const int number : kEnding) {
    if (!is_ignored(number)) sigaddset(&handled, number);
  }
  if (!is_ignored(SIGTSTP)) sigaddset(&handled, SIGTSTP);
  // Where children are reaped by the system, nobody learns how they ended.
  (void)::signal(SIGCHLD, SIG_DFL);
  sigaddset(&handled, SIGCHLD);
  sigset_t blocked = handled;
  sigaddset(&blocked, SIGTTOU);  // the terminal is taken back from the background
  sigaddset(&blocked, SIGPIPE);  // a reader that left is seen where it is written to
  (void)::sigprocmask(SIG_BLOCK, &blocked, &before_);
  fd_ = UniqueFd(::signalfd(-1, &handled, SFD_NONBLOCK | SFD_CLOEXEC));
}

RunSignals::~RunSignals() {
  (void)read();
  // What a reader that left has brought about must not end this program now.
  sigset_t broken_pipe;
  sigemptyset(&broken_pipe);
  sigaddset(&broken_pipe, SIGPIPE);
  const struct timespec at_once {};
  while (::sigtimedwait(&broken_pipe, nullptr, &at_once) == SIGPIPE) continue;
  (void)::sigprocmask(SIG_SETMASK, &before_, nullptr);
}

std::vector<int> RunSignals::read() {
  std::vector<int> numbers;
  signalfd_siginfo about{};
  while (true) {
    const ssize_t count = ::read(fd_.fd(), &about, sizeof about);
    if (count < 0 && errno == EINTR) continue;
    if (count != static_cast<ssize_t>(sizeof about)) return numbers;
    numbers.push_back(static_cast<int>(about.ssi_signo));
  }
}

}  // namespace alibi::run

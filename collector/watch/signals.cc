#include "collector/watch/signals.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>

namespace alibi::watch {
namespace {

// As nohup leaves SIGHUP: what is to be ignored would be delivered all the same once it is waited for.
bool is_ignored(int number) {
  struct sigaction action {};
  return ::sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

Signals::Signals() {
  sigset_t handled;
  sigemptyset(&handled);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGCHLD, SIGWINCH, SIGTSTP}) {
    if (!is_ignored(number) || number == SIGCHLD) sigaddset(&handled, number);
  }
  // Where children are reaped by the system, nobody learns how they ended.
  (void)::signal(SIGCHLD, SIG_DFL);
  sigset_t blocked = handled;
  sigaddset(&blocked, SIGTTOU);  // the terminal is restored from the background, too
  sigaddset(&blocked, SIGPIPE);  // a reader that left is seen where it is written to
  (void)::sigprocmask(SIG_BLOCK, &blocked, &before_);
  fd_ = UniqueFd(::signalfd(-1, &handled, SFD_NONBLOCK | SFD_CLOEXEC));
}

Signals::~Signals() {
  (void)read();
  (void)::sigprocmask(SIG_SETMASK, &before_, nullptr);
}

std::vector<int> Signals::read() {
  std::vector<int> numbers;
  signalfd_siginfo about{};
  while (true) {
    const ssize_t count = ::read(fd_.fd(), &about, sizeof about);
    if (count < 0 && errno == EINTR) continue;
    if (count != static_cast<ssize_t>(sizeof about)) return numbers;
    numbers.push_back(static_cast<int>(about.ssi_signo));
  }
}

void unblock_signals() {
  sigset_t none;
  sigemptyset(&none);
  (void)::sigprocmask(SIG_SETMASK, &none, nullptr);
}

}  // namespace alibi::watch

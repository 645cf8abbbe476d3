#include "collector/cli/planning_guard.h"

#include <dirent.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <string>
#include <system_error>
#include <vector>

#include "collector/cli/splitting.h"

namespace alibi::cli {
namespace {

constexpr int kSignals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

// Those that are not ignored: `nohup` means what it says.
sigset_t ending_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : kSignals) {
    struct sigaction now {};
    if (::sigaction(signal, nullptr, &now) == 0 && now.sa_handler != SIG_IGN) sigaddset(&signals, signal);
  }
  return signals;
}

std::vector<pid_t> children_of(const std::string& process) {
  std::vector<pid_t> found;
  const std::string folder = "/proc/" + process + "/task";
  DIR* tasks = ::opendir(folder.c_str());
  if (tasks == nullptr) return found;
  while (const dirent* task = ::readdir(tasks)) {
    if (task->d_name[0] == '.') continue;
    std::ifstream children(folder + "/" + task->d_name + "/children");
    for (pid_t child = 0; children >> child;) found.push_back(child);
  }
  ::closedir(tasks);
  return found;
}

// With what they started: of `sh -c "npm …; …"` the shell alone would end.
void end_below(const std::string& process, int depth) {
  constexpr int kDeepest = 64;
  for (const pid_t child : children_of(process)) {
    if (depth < kDeepest) end_below(std::to_string(child), depth + 1);
    ::kill(child, SIGTERM);
  }
}

[[noreturn]] void end_by(int signal) {
  end_below("self", 0);
  remove_scratch_folders();
  ::signal(signal, SIG_DFL);
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, signal);
  ::pthread_sigmask(SIG_UNBLOCK, &one, nullptr);
  ::raise(signal);
  ::_exit(128 + signal);
}

}  // namespace

PlanningGuard::PlanningGuard() : over_(::eventfd(0, EFD_CLOEXEC)) {
  const sigset_t signals = ending_signals();
  ::pthread_sigmask(SIG_BLOCK, &signals, &before_);
  const int descriptor = ::signalfd(-1, &signals, SFD_CLOEXEC);
  if (descriptor >= 0 && over_.fd() >= 0) {
    try {
      thread_ = std::thread([this, descriptor] { watch(descriptor); });
      return;
    } catch (const std::system_error&) {  // no thread: signals end the command as ever
    }
  }
  if (descriptor >= 0) ::close(descriptor);
  ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

PlanningGuard::~PlanningGuard() {
  if (!thread_.joinable()) return;
  const uint64_t one = 1;
  while (::write(over_.fd(), &one, sizeof one) < 0 && errno == EINTR) {
  }
  thread_.join();
  ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void PlanningGuard::watch(int signals) {
  const UniqueFd owned(signals);
  pollfd places[] = {{signals, POLLIN, 0}, {over_.fd(), POLLIN, 0}};
  for (;;) {
    if (::poll(places, 2, -1) < 0) {
      if (errno == EINTR) continue;
      return;
    }
    signalfd_siginfo told{};
    if ((places[0].revents & POLLIN) != 0 && ::read(signals, &told, sizeof told) == sizeof told)
      end_by(static_cast<int>(told.ssi_signo));
    if ((places[1].revents & POLLIN) != 0) return;
  }
}

}  // namespace alibi::cli

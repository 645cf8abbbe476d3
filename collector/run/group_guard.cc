#include "collector/run/group_guard.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>

namespace alibi::run {
namespace {

constexpr int64_t kLookMs = 20;
constexpr size_t kMostGroups = 4096;

// group > 0: began, < 0: ended, 0: all is well. Never waits, nor ends who tells a guard that is gone.
void tell(int fd, pid_t group) {
  if (fd >= 0) (void)::send(fd, &group, sizeof group, MSG_DONTWAIT | MSG_NOSIGNAL);
}

// From here on: a forked process, in which nothing may be allocated.
struct Groups {
  std::array<pid_t, kMostGroups> all;
  size_t count;

  void add(pid_t group) {
    if (count < all.size()) all[count++] = group;
  }
  void remove(pid_t group) {
    count = static_cast<size_t>(std::remove(all.begin(), all.begin() + count, group) - all.begin());
  }
  void signal(int number) const {
    for (size_t i = 0; i < count; ++i) (void)::kill(-all[i], number);
  }
  void forget_gone() {
    const auto is_gone = [](pid_t group) { return ::kill(-group, 0) != 0 && errno == ESRCH; };
    count = static_cast<size_t>(std::remove_if(all.begin(), all.begin() + count, is_gone) - all.begin());
  }
};
Groups groups;

void close_all_but(int kept) {
#ifdef SYS_close_range
  const bool below = kept == 0 || ::syscall(SYS_close_range, 0U, static_cast<unsigned>(kept) - 1U, 0U) == 0;
  if (below && ::syscall(SYS_close_range, static_cast<unsigned>(kept) + 1U, ~0U, 0U) == 0) return;
#endif
  struct rlimit most {};
  const rlim_t limit = ::getrlimit(RLIMIT_NOFILE, &most) == 0 ? std::min<rlim_t>(most.rlim_cur, 65536) : 1024;
  for (int fd = 0; fd < static_cast<int>(limit); ++fd) {
    if (fd != kept) (void)::close(fd);
  }
}

void end_groups(uint64_t grace_ms) {
  groups.forget_gone();
  groups.signal(SIGTERM);
  groups.signal(SIGCONT);
  const struct timespec pause { 0, kLookMs * 1'000'000 };
  for (int64_t waited = 0; groups.count > 0 && waited < static_cast<int64_t>(grace_ms); waited += kLookMs) {
    (void)::nanosleep(&pause, nullptr);
    groups.forget_gone();
  }
  groups.signal(SIGKILL);
}

[[noreturn]] void guard(int fd, uint64_t grace_ms) {
  (void)::setsid();
  sigset_t all;
  sigfillset(&all);
  (void)::sigprocmask(SIG_SETMASK, &all, nullptr);
  (void)::prctl(PR_SET_NAME, "alibi-guard");
  close_all_but(fd);
  (void)!::chdir("/");
  pid_t group = 0;
  while (true) {
    const ssize_t count = ::read(fd, &group, sizeof group);
    if (count < 0 && errno == EINTR) continue;
    if (count != static_cast<ssize_t>(sizeof group)) break;
    if (group == 0) ::_exit(0);
    if (group > 0)
      groups.add(group);
    else
      groups.remove(-group);
  }
  end_groups(grace_ms);
  ::_exit(0);
}

}  // namespace

GroupGuard::GroupGuard(uint64_t grace_ms) {
  std::array<int, 2> fds{-1, -1};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds.data()) != 0) return;
  const UniqueFd reading(fds[0]);
  const UniqueFd writing(fds[1]);
  // Above the numbers that a worker's streams get.
  socket_ = UniqueFd(::fcntl(writing.fd(), F_DUPFD_CLOEXEC, 16));
  if (!socket_.valid()) return;
  pid_ = ::fork();
  if (pid_ == 0) guard(reading.fd(), grace_ms);
  if (pid_ < 0) socket_ = UniqueFd();
}

GroupGuard::~GroupGuard() {
  if (pid_ <= 0) return;
  tell(socket_.fd(), 0);
  socket_ = UniqueFd();
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) continue;
}

void tell_guard_of_start(int fd, pid_t group) {
  tell(fd, group);
}

void tell_guard_of_end(int fd, pid_t group) {
  tell(fd, -group);
}

}  // namespace alibi::run

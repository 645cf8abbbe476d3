#include "collector/run/worker_process.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "collector/model/plan_errors.h"
#include "collector/run/group_guard.h"

namespace alibi::run {
namespace {

constexpr int kChannel = 3;

// Above the numbers that the child's streams get, so that putting one in place never closes another.
UniqueFd moved_up(int fd) {
  UniqueFd low(fd);
  if (!low.valid()) return low;
  return UniqueFd(::fcntl(low.fd(), F_DUPFD_CLOEXEC, 16));
}

struct Ends {
  UniqueFd ours, theirs;
};

Ends pipe_to_us() {
  std::array<int, 2> fds{-1, -1};
  if (::pipe2(fds.data(), O_CLOEXEC) != 0) return {};
  Ends ends{moved_up(fds[0]), moved_up(fds[1])};
  if (ends.ours.valid()) (void)::fcntl(ends.ours.fd(), F_SETFL, O_NONBLOCK);
  return ends;
}

Ends socket_pair() {
  std::array<int, 2> fds{-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()) != 0) return {};
  Ends ends{moved_up(fds[0]), moved_up(fds[1])};
  if (ends.ours.valid()) (void)::fcntl(ends.ours.fd(), F_SETFL, O_NONBLOCK);
  return ends;
}

// The programs that the first word may mean, in the order of the child's PATH.
std::vector<std::string> candidates_for(const WorkerStart& start) {
  const std::string& word = start.command.front();
  if (word.find('/') != std::string::npos) return {word};
  const auto found = start.environment.find("PATH");
  std::string path = found == start.environment.end() ? "/usr/local/bin:/usr/bin:/bin" : found->second;
  std::vector<std::string> candidates;
  while (true) {
    const size_t colon = path.find(':');
    const std::string folder = path.substr(0, colon);
    candidates.push_back((folder.empty() ? "." : folder) + "/" + word);
    if (colon == std::string::npos) return candidates;
    path.erase(0, colon + 1);
  }
}

// Everything the child needs between fork and exec, where nothing may be allocated.
struct Prepared {
  std::vector<std::string> variables, candidates;
  std::vector<char*> arguments, environment, shell;
  const char* directory = "";
  int input = -1, output = -1, errors = -1, channel = -1, status = -1, terminal = -1, guard = -1;
  bool inherits = false, inherits_input = false;
  sigset_t signals{};
  pid_t parent = 0;
};

std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

void close_the_rest(int first) {
#ifdef SYS_close_range
  constexpr unsigned kCloseOnExec = 4;
  if (::syscall(SYS_close_range, static_cast<unsigned>(first), ~0U, kCloseOnExec) == 0) return;
#endif
  struct rlimit most {};
  const rlim_t limit = ::getrlimit(RLIMIT_NOFILE, &most) == 0 ? std::min<rlim_t>(most.rlim_cur, 65536) : 1024;
  for (int fd = first; fd < static_cast<int>(limit); ++fd) (void)::fcntl(fd, F_SETFD, FD_CLOEXEC);
}

bool place(int fd, int as) {
  return ::dup2(fd, as) == as;
}

void try_programs(Prepared* prepared) {
  int worst = ENOENT;
  for (const std::string& candidate : prepared->candidates) {
    ::execve(candidate.c_str(), prepared->arguments.data(), prepared->environment.data());
    if (errno == ENOEXEC) {  // a script without a first line that says whose
      prepared->shell[1] = const_cast<char*>(candidate.c_str());
      ::execve("/bin/sh", prepared->shell.data(), prepared->environment.data());
    }
    if (errno != ENOENT && errno != ENOTDIR) worst = errno;
  }
  errno = worst;
}

[[noreturn]] void become(Prepared* prepared) {
  const auto fail = [&] {
    const int number = errno;
    (void)!::write(prepared->status, &number, sizeof number);
    ::_exit(127);
  };
  (void)::setpgid(0, 0);
  tell_guard_of_start(prepared->guard, ::getpid());
  (void)::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != prepared->parent) ::_exit(127);  // it died before it could be watched
  if (prepared->terminal >= 0) (void)::tcsetpgrp(prepared->terminal, ::getpid());
  if (!prepared->inherits_input && !place(prepared->input, STDIN_FILENO)) fail();
  if (!prepared->inherits &&
      (!place(prepared->output, STDOUT_FILENO) || !place(prepared->errors, STDERR_FILENO)))
    fail();
  if (prepared->channel >= 0 && !place(prepared->channel, kChannel)) fail();
  close_the_rest(prepared->channel >= 0 ? kChannel + 1 : kChannel);
  if (*prepared->directory != '\0' && ::chdir(prepared->directory) != 0) fail();
  (void)::sigprocmask(SIG_SETMASK, &prepared->signals, nullptr);
  try_programs(prepared);
  fail();
  ::_exit(127);
}

Error cannot(int number, const std::string& what) {
  return os_error(collector::kRunParallel, number, what);
}

}  // namespace

Result<WorkerProcess> WorkerProcess::start(const WorkerStart& start) {
  if (start.command.empty()) return cannot(EINVAL, "cannot run a worker without a command");
  const UniqueFd nothing = moved_up(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  Ends output, errors, channel, status = pipe_to_us();
  if (!start.inherits_streams) output = pipe_to_us(), errors = pipe_to_us();
  if (start.has_channel) channel = socket_pair();
  if (!nothing.valid() || !status.theirs.valid() || !status.ours.valid() ||
      (!start.inherits_streams && (!output.theirs.valid() || !errors.theirs.valid())) ||
      (start.has_channel && !channel.theirs.valid()))
    return cannot(errno, "no descriptors to run " + start.command.front() + " with");

  Prepared prepared;
  for (const auto& [name, value] : start.environment) prepared.variables.push_back(name + "=" + value);
  prepared.candidates = candidates_for(start);
  prepared.arguments = pointers_to(start.command);
  prepared.environment = pointers_to(prepared.variables);
  prepared.shell = prepared.arguments;
  prepared.shell.insert(prepared.shell.begin(), const_cast<char*>("sh"));
  prepared.directory = start.directory.c_str();
  prepared.input = nothing.fd(), prepared.output = output.theirs.fd(), prepared.errors = errors.theirs.fd();
  prepared.channel = channel.theirs.fd(), prepared.status = status.theirs.fd();
  prepared.terminal = start.terminal;
  prepared.guard = start.guard;
  prepared.inherits = start.inherits_streams;
  prepared.inherits_input = start.inherits_input;
  prepared.signals = start.signals;
  prepared.parent = ::getpid();

  const pid_t pid = ::fork();
  if (pid < 0) return cannot(errno, "cannot start a process for " + start.command.front());
  if (pid == 0) become(&prepared);
  (void)::setpgid(pid, pid);
  WorkerProcess worker;
  worker.pid_ = pid;
  worker.guard_ = start.guard;
  status.theirs = UniqueFd();
  (void)::fcntl(status.ours.fd(), F_SETFL, 0);
  int failure = 0;
  ssize_t count;
  do count = ::read(status.ours.fd(), &failure, sizeof failure);
  while (count < 0 && errno == EINTR);
  if (count == static_cast<ssize_t>(sizeof failure))
    return cannot(failure, "cannot run " + start.command.front() +
                               (start.directory.empty() ? "" : " in " + start.directory));
  worker.output_ = std::move(output.ours), worker.errors_ = std::move(errors.ours);
  worker.channel_ = std::move(channel.ours);
  return worker;
}

WorkerProcess::WorkerProcess(WorkerProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, 0)),
      guard_(other.guard_),
      output_(std::move(other.output_)),
      errors_(std::move(other.errors_)),
      channel_(std::move(other.channel_)) {}

WorkerProcess::~WorkerProcess() {
  if (pid_ == 0) return;
  signal_group(SIGKILL);
  tell_guard_of_end(guard_, pid_);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) continue;
}

void WorkerProcess::signal_group(int number) const {
  if (pid_ != 0) (void)::kill(-pid_, number);
}

std::optional<WorkerEnd> WorkerProcess::ended() {
  if (pid_ == 0) return std::nullopt;
  siginfo_t about{};
  if (::waitid(P_PID, static_cast<id_t>(pid_), &about, WEXITED | WNOHANG | WNOWAIT) != 0 ||
      about.si_pid != pid_)
    return std::nullopt;
  signal_group(SIGKILL);
  tell_guard_of_end(guard_, pid_);
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) continue;
  pid_ = 0;
  if (WIFEXITED(status)) return WorkerEnd{WEXITSTATUS(status), 0};
  return WorkerEnd{128 + WTERMSIG(status), WTERMSIG(status)};
}

bool WorkerProcess::was_stopped() {
  siginfo_t about{};
  return pid_ != 0 && ::waitid(P_PID, static_cast<id_t>(pid_), &about, WSTOPPED | WNOHANG) == 0 &&
         about.si_pid == pid_;
}

}  // namespace alibi::run

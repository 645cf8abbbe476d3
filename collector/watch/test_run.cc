#include "collector/watch/test_run.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "collector/model/error_codes.h"

extern char** environ;

namespace alibi::watch {
namespace {

constexpr size_t kMostOutput = 256 << 10;
constexpr int kMostReads = 64;  // at once: who floods the pipe must not keep keys from being read
constexpr char kPipeVariable[] = "ALIBI_WATCH_FD";

struct Pipe {
  UniqueFd read, write;
};

Result<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return os_error(ErrorCode::kCannotCreate, errno, "cannot make a pipe");
  Pipe pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
  if (::fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0)
    return os_error(ErrorCode::kCannotCreate, errno, "cannot make a pipe");
  return pipe;
}

// Everything that the child needs, made before the fork: after it only system calls are safe.
struct Prepared {
  std::vector<std::string> texts;
  std::vector<char*> words, variables;
};

Prepared prepare(const RunCommand& command, int events) {
  Prepared ready;
  std::vector<std::pair<std::string, std::string>> ours = command.variables;
  ours.emplace_back(kPipeVariable, std::to_string(events));
  const auto is_ours = [&](std::string_view entry) {
    for (const auto& [name, value] : ours) {
      if (entry.starts_with(name) && entry.substr(name.size()).starts_with('=')) return true;
    }
    return false;
  };
  for (char** entry = environ; *entry != nullptr; ++entry) {
    if (!is_ours(*entry)) ready.variables.push_back(*entry);
  }
  ready.texts.reserve(ours.size() + command.words.size());
  for (const auto& [name, value] : ours) {
    ready.texts.push_back(name + "=" + value);
    ready.variables.push_back(ready.texts.back().data());
  }
  for (const std::string& word : command.words) {
    ready.texts.push_back(word);
    ready.words.push_back(ready.texts.back().data());
  }
  ready.variables.push_back(nullptr);
  ready.words.push_back(nullptr);
  return ready;
}

struct ChildEnds {
  int input, output, events, complaint;
};

// In the child. Returns only when it failed.
void become(const Prepared& ready, const std::string& directory, const ChildEnds& ends, pid_t parent) {
  ::setsid();  // no terminal: a test that asks a person for something gets an error and does not hang
  ::prctl(PR_SET_PDEATHSIG, SIGINT);
  if (::getppid() != parent) ::_exit(1);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  // Ignored where this was started from a script in the background: then it could not be stopped.
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) ::signal(number, SIG_DFL);
  const bool ready_to_go = ::dup2(ends.input, STDIN_FILENO) >= 0 && ::dup2(ends.output, STDOUT_FILENO) >= 0 &&
                           ::dup2(ends.output, STDERR_FILENO) >= 0 && ::fcntl(ends.events, F_SETFD, 0) == 0 &&
                           ::chdir(directory.c_str()) == 0;
  if (ready_to_go) ::execvpe(ready.words.front(), ready.words.data(), ready.variables.data());
}

}  // namespace

Result<TestRun> TestRun::start(const RunCommand& command) {
  Result<Pipe> output = make_pipe(), events = make_pipe(), complaint = make_pipe();
  const UniqueFd input(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!output) return std::move(output).error();
  if (!events) return std::move(events).error();
  if (!complaint) return std::move(complaint).error();
  const Prepared ready = prepare(command, events->write.fd());
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) return os_error(collector::kNoInterpreter, errno, "cannot start " + command.words.front());
  if (child == 0) {
    become(ready, command.directory,
           {input.fd(), output->write.fd(), events->write.fd(), complaint->write.fd()}, parent);
    const int reason = errno;
    (void)!::write(complaint->write.fd(), &reason, sizeof reason);
    ::_exit(127);
  }
  // The end that the child holds is closed when the program begins.
  complaint->write = UniqueFd();
  (void)::fcntl(complaint->read.fd(), F_SETFL, 0);
  int reason = 0;
  ssize_t count = 0;
  do count = ::read(complaint->read.fd(), &reason, sizeof reason);
  while (count < 0 && errno == EINTR);
  TestRun run(child, std::move(output->read), std::move(events->read));
  if (count == static_cast<ssize_t>(sizeof reason))
    return os_error(collector::kNoInterpreter, reason,
                    "cannot run " + command.words.front() + " in " + command.directory);
  return run;
}

TestRun::TestRun(TestRun&& other) noexcept
    : process_(std::exchange(other.process_, 0)),
      output_(std::move(other.output_)),
      events_(std::move(other.events_)),
      printed_(std::move(other.printed_)),
      cutter_(std::move(other.cutter_)) {}

TestRun::~TestRun() {
  if (process_ == 0) return;
  kill();
  while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void TestRun::read_output() {
  std::array<char, 16 << 10> buffer;
  for (int reads = 0; output_.valid() && reads < kMostReads; ++reads) {
    const ssize_t count = ::read(output_.fd(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return;
    if (count <= 0) {
      output_ = UniqueFd();
      return;
    }
    printed_.append(buffer.data(), static_cast<size_t>(count));
    if (printed_.size() > 2 * kMostOutput) printed_.erase(0, printed_.size() - kMostOutput);
  }
}

std::vector<RunEvent> TestRun::read_events() {
  std::vector<std::string> lines;
  std::array<char, 16 << 10> buffer;
  for (int reads = 0; events_.valid() && reads < kMostReads; ++reads) {
    const ssize_t count = ::read(events_.fd(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) break;
    if (count <= 0)
      events_ = UniqueFd();
    else
      cutter_.add({buffer.data(), static_cast<size_t>(count)}, &lines);
  }
  std::vector<RunEvent> events;
  for (const std::string& line : lines) {
    if (std::optional<RunEvent> event = parse_run_event(line)) events.push_back(std::move(*event));
  }
  return events;
}

std::optional<int> TestRun::ended() {
  if (process_ == 0) return std::nullopt;
  // Left unreaped until its group is gone: so long nobody else gets its number.
  siginfo_t about{};
  if (::waitid(P_PID, static_cast<id_t>(process_), &about, WEXITED | WNOHANG | WNOWAIT) != 0 ||
      about.si_pid == 0)
    return std::nullopt;
  kill();
  int status = 0;
  while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
  }
  process_ = 0;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void TestRun::interrupt() {
  signal_group(SIGINT);
}
void TestRun::kill() {
  signal_group(SIGKILL);
}
void TestRun::pause() {
  signal_group(SIGSTOP);
}
void TestRun::resume() {
  signal_group(SIGCONT);
}

void TestRun::signal_group(int number) const {
  if (process_ > 0) ::kill(-process_, number);
}

}  // namespace alibi::watch

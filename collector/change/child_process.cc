#include "collector/change/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>

#include "collector/model/error_codes.h"
#include "tracer/base/unique_fd.h"

extern char** environ;

namespace alibi::change {
namespace {

// In memory, so that no pipe can fill up and no file stays behind.
UniqueFd memory_file(std::string_view content, bool* good) {
  UniqueFd file(::memfd_create("alibi", MFD_CLOEXEC));
  *good = file.valid();
  while (*good && !content.empty()) {
    const ssize_t written = ::write(file.fd(), content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    *good = written > 0;
    if (*good) content.remove_prefix(static_cast<size_t>(written));
  }
  *good = *good && ::lseek(file.fd(), 0, SEEK_SET) == 0;
  return file;
}

std::string content_of(const UniqueFd& file) {
  struct stat status {};
  if (::fstat(file.fd(), &status) != 0) return {};
  std::string text(static_cast<size_t>(status.st_size), '\0');
  size_t filled = 0;
  while (filled < text.size()) {
    const ssize_t count =
        ::pread(file.fd(), text.data() + filled, text.size() - filled, static_cast<off_t>(filled));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    filled += static_cast<size_t>(count);
  }
  text.resize(filled);
  return text;
}

std::string last_line(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  constexpr size_t kLongest = 300;
  return text.substr(text.rfind('\n') + 1).substr(0, kLongest);
}

// False when the time was up; then it has been killed.
bool wait_for(pid_t child, int patience_s, int* status) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point limit = Clock::now() + std::chrono::seconds(patience_s);
  const UniqueFd watch(static_cast<int>(::syscall(434 /* pidfd_open */, child, 0)));
  bool in_time = true;
  while (true) {
    const pid_t ended = ::waitpid(child, status, watch.valid() ? WNOHANG : 0);
    if (ended == child) return in_time;
    if (ended < 0 && errno != EINTR) return in_time;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(limit - Clock::now()).count();
    if (left <= 0) {
      ::kill(child, SIGKILL);
      in_time = false;
    }
    struct pollfd waited {
      watch.fd(), POLLIN, 0
    };
    if (watch.valid()) ::poll(&waited, 1, left > 0 ? static_cast<int>(left) : 1000);
  }
}

}  // namespace

Result<ChildOutput> run_child(const std::vector<std::string>& command, std::string_view input, int patience_s,
                              const std::string& directory) {
  bool good = false, output_good = false, errors_good = false;
  const UniqueFd given = memory_file(input, &good);
  const UniqueFd output = memory_file({}, &output_good);
  const UniqueFd errors = memory_file({}, &errors_good);
  if (!good || !output_good || !errors_good)
    return os_error(collector::kNoInterpreter, errno,
                    "no memory for what " + command.front() + " is to read");

  std::vector<char*> arguments;
  for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, given.fd(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output.fd(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, errors.fd(), STDERR_FILENO);
  if (!directory.empty()) posix_spawn_file_actions_addchdir_np(&actions, directory.c_str());
  pid_t child = 0;
  const int failed =
      ::posix_spawnp(&child, command.front().c_str(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return os_error(collector::kNoInterpreter, failed, "cannot run " + command.front());

  int status = 0;
  if (!wait_for(child, patience_s, &status))
    return Error{collector::kNoInterpreter, 0,
                 command.front() + " was stopped after " + std::to_string(patience_s) + " s"};
  ChildOutput result;
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  result.text = content_of(output);
  result.last_error = last_line(content_of(errors));
  return result;
}

}  // namespace alibi::change

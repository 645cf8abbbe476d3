#include "collector/process/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>

#include <algorithm>
#include <cerrno>

#include "tracer/base/unique_fd.h"

extern char** environ;

namespace alibi::process {
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

using Clock = std::chrono::steady_clock;

std::chrono::milliseconds until(Clock::time_point limit) {
  return std::max(std::chrono::duration_cast<std::chrono::milliseconds>(limit - Clock::now()),
                  std::chrono::milliseconds(0));
}

uint64_t size_of(const UniqueFd& file) {
  struct stat status {};
  return ::fstat(file.fd(), &status) == 0 ? static_cast<uint64_t>(status.st_size) : 0;
}

enum class Ending { kByItself, kTooLate, kTooLong };

// When it does not end by itself it has been ended.
Ending wait_for(pid_t child, const ChildOptions& options, const UniqueFd& output, int* status) {
  const UniqueFd watch(static_cast<int>(::syscall(434 /* pidfd_open */, child, 0)));
  const bool counted = options.longest_output != std::numeric_limits<uint64_t>::max();
  Clock::time_point limit = Clock::now() + options.patience;
  Ending ending = Ending::kByItself;
  while (true) {
    const pid_t ended = ::waitpid(child, status, watch.valid() ? WNOHANG : 0);
    if (ended == child || (ended < 0 && errno != EINTR)) break;
    const bool asked = ending != Ending::kByItself;
    const bool too_long = counted && size_of(output) > options.longest_output;
    if (until(limit).count() == 0 || (too_long && !asked)) {
      ::kill(child, asked || options.grace.count() == 0 ? SIGKILL : SIGTERM);
      if (!asked) ending = too_long ? Ending::kTooLong : Ending::kTooLate;
      limit = Clock::now() + std::max(options.grace, std::chrono::milliseconds(1000));
    }
    struct pollfd waited {
      watch.fd(), POLLIN, 0
    };
    const auto longest = std::chrono::milliseconds(counted ? 50 : 60'000);
    if (watch.valid()) ::poll(&waited, 1, static_cast<int>(std::min(until(limit), longest).count()));
  }
  if (ending == Ending::kByItself && counted && size_of(output) > options.longest_output)
    return Ending::kTooLong;
  return ending;
}

bool names(const std::string& entry, const std::string& variable) {
  const std::string_view name = std::string_view(variable).substr(0, variable.find('='));
  return entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=';
}

std::vector<std::string> environment_with(const ChildOptions& options) {
  std::vector<std::string> variables;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const auto is_it = [&](const std::string& variable) { return names(text, variable); };
    if (std::ranges::none_of(options.set, is_it) && std::ranges::none_of(options.unset, is_it))
      variables.push_back(text);
  }
  variables.insert(variables.end(), options.set.begin(), options.set.end());
  return variables;
}

std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

struct Streams {
  UniqueFd input, output, errors;
};

int spawn(const std::vector<std::string>& command, const Streams& streams, const ChildOptions& options,
          pid_t* child) {
  const std::vector<std::string> variables = environment_with(options);
  const std::vector<char*> arguments = pointers_to(command), environment = pointers_to(variables);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  // What this process blocks is its own affair.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  posix_spawn_file_actions_adddup2(&actions, streams.input.fd(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, streams.output.fd(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, streams.errors.fd(), STDERR_FILENO);
  if (!options.directory.empty()) posix_spawn_file_actions_addchdir_np(&actions, options.directory.c_str());
  const int failed = ::posix_spawnp(child, command.front().c_str(), &actions, &attributes, arguments.data(),
                                    environment.data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return failed;
}

std::string in_words(std::chrono::milliseconds time) {
  const int64_t count = time.count();
  return count % 1000 == 0 ? std::to_string(count / 1000) + " s" : std::to_string(count) + " ms";
}

}  // namespace

Result<ChildOutput> run_child(const std::vector<std::string>& command, std::string_view input,
                              const ChildOptions& options) {
  bool good = false, output_good = false, errors_good = false;
  const Streams streams{memory_file(input, &good), memory_file({}, &output_good),
                        memory_file({}, &errors_good)};
  if (!good || !output_good || !errors_good)
    return os_error(options.code, errno, "no memory for what " + command.front() + " is to read");
  pid_t child = 0;
  const int failed = spawn(command, streams, options, &child);
  if (failed != 0) return os_error(options.code, failed, "cannot run " + command.front());

  int status = 0;
  const Ending ending = wait_for(child, options, streams.output, &status);
  if (ending == Ending::kTooLate)
    return Error{options.code, ETIMEDOUT,
                 command.front() + " was stopped after " + in_words(options.patience)};
  if (ending == Ending::kTooLong)
    return Error{options.code, EFBIG,
                 command.front() + " said more than " + std::to_string(options.longest_output) + " bytes"};
  ChildOutput result;
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  result.text = content_of(streams.output);
  result.errors = content_of(streams.errors);
  result.last_error = last_line(result.errors);
  constexpr size_t kLongestErrors = 8192;
  if (result.errors.size() > kLongestErrors) result.errors.resize(kLongestErrors);
  return result;
}

}  // namespace alibi::process

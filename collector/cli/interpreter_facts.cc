#include "collector/cli/interpreter_facts.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <string_view>

#include "collector/model/error_codes.h"
#include "tracer/base/unique_fd.h"

extern char** environ;

namespace alibi::cli {
namespace {

constexpr auto kPatience = std::chrono::seconds(10);
constexpr size_t kMostOutput = 1U << 20;

// `python -m testalibi` is this command again, so the package is asked from inside. A module testalibi.doctor
// with facts() -> dict may add to or replace what is found here.
constexpr char kQuestion[] = R"(
import json, sys, sysconfig
facts = {"executable": sys.executable, "version": "%d.%d.%d" % sys.version_info[:3],
         "implementation": sys.implementation.name,
         "free_threaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
         "package": None, "recorder": None,
         "recorder_problem": "", "strategies": [], "plugins": {}}
try:
    from importlib import metadata
    for name in ("pytest", "pytest-xdist", "pytest-cov", "coverage", "ddtrace", "pytest-testmon"):
        try:
            facts["plugins"][name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            pass
    try:
        facts["package_version"] = metadata.version("testalibi")
    except metadata.PackageNotFoundError:
        pass
except ImportError:
    pass
try:
    import testalibi
    facts["package"] = testalibi.__file__
    from testalibi import installation
    native = installation.load_native()
    facts["recorder"] = native.__file__
    facts["strategies"] = list(getattr(native, "STRATEGIES", ()))
except Exception as error:
    facts["recorder_problem"] = "%s: %s" % (type(error).__name__, error)
try:
    from testalibi import doctor
    facts.update(doctor.facts())
except Exception:
    pass
print(json.dumps(facts))
)";

class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      wait();
    }
  }
  int wait() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = 0;
    return status;
  }

 private:
  pid_t pid_;
};

Result<pid_t> start(const std::string& python, const UniqueFd& output) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output.fd(), STDOUT_FILENO);
  std::string program = python;
  std::string flag = "-c";
  std::string question = kQuestion;
  char* arguments[] = {program.data(), flag.data(), question.data(), nullptr};
  pid_t pid = 0;
  const int failed = ::posix_spawnp(&pid, python.c_str(), &actions, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return os_error(ErrorCode::kCannotRead, failed, "cannot run " + python);
  return pid;
}

}  // namespace

Result<std::string> ask_interpreter(const std::string& python) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return os_error(ErrorCode::kInternal, errno, "cannot make a pipe");
  const UniqueFd reader(ends[0]);
  UniqueFd writer(ends[1]);
  const Result<pid_t> started = start(python, writer);
  if (!started) return started.error();
  Child child(*started);
  writer = UniqueFd();
  std::string output;
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (output.size() < kMostOutput) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd waiting{reader.fd(), POLLIN, 0};
    const int ready = left.count() <= 0 ? 0 : ::poll(&waiting, 1, static_cast<int>(left.count()));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return Error{ErrorCode::kCannotRead, 0, python + " did not answer within ten seconds"};
    char buffer[4096];
    const ssize_t count = ::read(reader.fd(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    output.append(buffer, static_cast<size_t>(count));
  }
  if (child.wait() != 0 || output.empty())
    return Error{ErrorCode::kCannotRead, 0, python + " cannot describe itself"};
  return output;
}

}  // namespace alibi::cli

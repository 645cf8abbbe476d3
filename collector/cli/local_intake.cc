#include "collector/cli/local_intake.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

#include "collector/model/error_codes.h"
#include "collector/origin/text_file.h"
#include "collector/store/disk.h"
#include "tracer/base/file_system.h"

extern char** environ;

namespace alibi::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr char kVariable[] = "ALIBI_INTAKE";
constexpr milliseconds kToListen{600};
// What it acknowledged is on the disk. Its own patience with a store that others use is too long for a run.
constexpr milliseconds kToEnd{200};
constexpr std::string_view kListens = "Alibi listens at ";
constexpr std::string_view kOwnName = "alibi: ";
constexpr size_t kLongestOutput = 8192;
constexpr size_t kLongestCgroup = size_t{1} << 20;

std::string program_beside_this_one() {
  std::array<char, 4096> path;
  const ssize_t length = ::readlink("/proc/self/exe", path.data(), path.size());
  if (length <= 0) return "alibi-serve";
  const std::string_view whole(path.data(), static_cast<size_t>(length));
  return std::string(whole.substr(0, whole.rfind('/') + 1)) + "alibi-serve";
}

// In the child: only system calls. Ends with this process, and hears no Ctrl-C that is meant for the run.
void become(char* const* words, int output, pid_t parent) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(1);
  sigset_t none;  // what this process blocks is its own affair
  sigemptyset(&none);
  ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
  const int nothing = ::open("/dev/null", O_RDONLY);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  ::execve(words[0], words, environ);
  ::_exit(127);
}

milliseconds left_until(steady_clock::time_point end) {
  return std::max(milliseconds(0), std::chrono::duration_cast<milliseconds>(end - steady_clock::now()));
}

std::string asked_for(const transport::Environment& environment) {
  const auto found = environment.find(kVariable);
  return found == environment.end() ? std::string() : found->second;
}

}  // namespace

ship::Surroundings surroundings_of_process() {
  ship::Surroundings found;
  found.default_socket_exists = store::exists(transport::kDefaultAgentSocket);
  // Files of the kernel have no size: what reads as much as the size says reads nothing.
  found.cgroup =
      origin::text_of_file(FileSystem::real(), "/proc/self/cgroup", kLongestCgroup).value_or(std::string());
  return found;
}

Result<std::unique_ptr<LocalIntake>> LocalIntake::start(const std::string& program, const std::string& store,
                                                        milliseconds patience) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return os_error(ErrorCode::kCannotCreate, errno, "cannot make a pipe");
  UniqueFd reading(ends[0]);
  UniqueFd writing(ends[1]);
  std::string words[] = {program, "serve", "--port", "0", "--store", store};
  std::array<char*, std::size(words) + 1> pointers{};
  for (size_t at = 0; at < std::size(words); ++at) pointers[at] = words[at].data();
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) return os_error(collector::kCannotListen, errno, "cannot start " + program);
  if (child == 0) become(pointers.data(), writing.fd(), parent);
  std::unique_ptr<LocalIntake> made(new LocalIntake(child, std::move(reading)));
  writing = UniqueFd();  // the child's alone, so that its end is heard
  if (Result<void> listens = made->wait_until_it_listens(patience); !listens)
    return std::move(listens).error();
  return made;
}

Result<void> LocalIntake::wait_until_it_listens(milliseconds patience) {
  const steady_clock::time_point end = steady_clock::now() + patience;
  std::string said;
  while (said.size() < kLongestOutput) {
    pollfd place{output_.fd(), POLLIN, 0};
    const int ready = ::poll(&place, 1, static_cast<int>(left_until(end).count()));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) break;
    std::array<char, 1024> buffer;
    const ssize_t count = ::read(output_.fd(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    said.append(buffer.data(), static_cast<size_t>(count));
    const size_t from = said.find(kListens);
    const size_t until = from == std::string::npos ? from : said.find(' ', from + kListens.size());
    if (until == std::string::npos) continue;
    url_ = said.substr(from + kListens.size(), until - from - kListens.size());
    return {};
  }
  while (!said.empty() && said.back() == '\n') said.pop_back();
  if (said.starts_with(kOwnName)) said.erase(0, kOwnName.size());
  return Error{collector::kBadAddress, 0,
               "the local intake did not start: " + (said.empty() ? "alibi-serve said nothing" : said)};
}

LocalIntake::~LocalIntake() {
  ::kill(process_, url_.empty() ? SIGKILL : SIGTERM);
  const steady_clock::time_point end = steady_clock::now() + kToEnd;
  output_ = UniqueFd();
  while (::waitpid(process_, nullptr, WNOHANG) == 0) {
    if (left_until(end).count() == 0) ::kill(process_, SIGKILL);
    ::poll(nullptr, 0, 1);
  }
}

std::string spool_folder(const std::string& data, bool is_local) {
  return data + (is_local ? "/intake/waiting" : "/spool");
}

Result<Intake> intake_of(const transport::Environment& environment, const std::string& data) {
  const std::string asked = asked_for(environment);
  if (!asked.empty() && asked != "local" && asked != "remote")
    return Error{collector::kBadAddress, 0,
                 std::string(kVariable) + " is \"" + asked + "\"; it takes local or remote"};
  if (asked != "local") {
    Result<ship::Access> access = ship::intake_access(environment, surroundings_of_process());
    if (!access) return std::move(access).error();
    std::string label = access->address.label();
    return Intake{std::move(*access), spool_folder(data, false), nullptr, std::move(label),
                  transport::certificates_of(environment)};
  }
  const std::string store = data + "/intake";
  Result<std::unique_ptr<LocalIntake>> local =
      LocalIntake::start(program_beside_this_one(), store, kToListen);
  if (!local) return std::move(local).error();
  // What else is said of intakes does not matter.
  transport::Environment here = {{"DD_CIVISIBILITY_AGENTLESS_ENABLED", "1"},
                                 {"DD_CIVISIBILITY_AGENTLESS_URL", (*local)->url()}};
  Result<ship::Access> access = ship::intake_access(here, {});
  if (!access) return std::move(access).error();
  return Intake{std::move(*access), spool_folder(data, true), std::move(*local), store, {}};
}

}  // namespace alibi::cli

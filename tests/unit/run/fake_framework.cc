#include "tests/unit/run/fake_framework.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <sstream>

#include "collector/run/node_share.h"

extern char** environ;

namespace alibi::run {
namespace {

// As a framework with a list of files: the worst status is its own. `crash-once` and `fail-once` pass on a
// second run.
constexpr const char* kScript = R"(
status=0
[ -z "$FAKE_MARK" ] || : >"$FAKE_MARK"
for file in "$@"; do
  echo "$file" >>"$FAKE_FOLDER/begun"
  echo "running $file"
  case $file in
    pass*) ;;
    slow*) sleep 0.3 ;;
    fail-after-traps*) until grep -q gives "$FAKE_FOLDER/trapped" && grep -q shrugs "$FAKE_FOLDER/trapped"
      do sleep 0.02; done 2>/dev/null; status=1 ;;
    shrugs*) trap 'exit 0' INT; echo shrugs >>"$FAKE_FOLDER/trapped"; while :; do sleep 0.02; done ;;
    gives-up*) trap 'exit 1' INT; echo gives >>"$FAKE_FOLDER/trapped"; while :; do sleep 0.02; done ;;
    fail-once*) [ -e "$FAKE_FOLDER/$file.seen" ] || status=1; : >"$FAKE_FOLDER/$file.seen" ;;
    fail*) echo "oh no" >&2; status=1 ;;
    crash-once*) [ -e "$FAKE_FOLDER/$file.seen" ] || { : >"$FAKE_FOLDER/$file.seen"; kill -SEGV $$; } ;;
    crash*) kill -SEGV $$ ;;
    exit-zero*) exit 0 ;;
    hang*) sleep 600 ;;
    stubborn*) trap '' TERM INT HUP QUIT; echo >>"$FAKE_FOLDER/trapped"; while :; do sleep 0.1; done ;;
    polite*) trap 'echo INT >>"$FAKE_FOLDER/signals"; exit 2' INT; while :; do sleep 0.02; done ;;
    counts*) trap 'echo INT >>"$FAKE_FOLDER/signals"; heard=1' INT; echo >>"$FAKE_FOLDER/trapped"
      left=20; while [ $left -gt 0 ]; do sleep 0.02; [ -z "$heard" ] || left=$((left - 1)); done; exit 2 ;;
    reads*) read -r line && echo "$line" >"$FAKE_FOLDER/line" ;;
    through-shell*) sh -c 'echo $$ >>"$FAKE_FOLDER/left"; exec sleep 600'; : ;;
    through-stubborn*) sh -c 'trap "" TERM HUP INT; echo $$ >>"$FAKE_FOLDER/left"; while :; do sleep 0.1; done'; : ;;
    leave*) sleep 600 & echo $! >>"$FAKE_FOLDER/left" ;;
    escape*) setsid sleep 2 & ;;
    flood*) head -c 3000000 /dev/zero | tr '\0' x; echo ;;
    none-later*) status=1; [ ! -e "$FAKE_FOLDER/$file.seen" ] || status=5; : >"$FAKE_FOLDER/$file.seen" ;;
    none*) status=5 ;;
    usage*) exit 4 ;;
    partial*) printf 'no end' ;;
    binary*) printf '\377\376\n' ;;
    environment*) env >"$FAKE_FOLDER/environment-$file" ;;
    descriptors*) ls /proc/self/fd >"$FAKE_FOLDER/descriptors" ;;
  esac
done
[ -z "$FAKE_MARK" ] || rm "$FAKE_MARK"
[ -z "$FAKE_REPORT" ] || echo '<testsuite name="fake"/>' >"$FAKE_REPORT"
exit $status
)";

constexpr const char* kDriver = R"(
import json, os, signal, socket, sys, time
mode, folder = os.environ.get("FAKE_MODE", ""), os.environ["FAKE_FOLDER"]
if mode == "dies": sys.exit(3)
if mode == "dies-of-signal": os.kill(os.getpid(), signal.SIGKILL)
s = socket.socket(fileno=int(os.environ.pop("ALIBI_WORKER_SOCKET")))
s.set_inheritable(False)
lines = s.makefile("r", encoding="utf-8", newline="\n")
def say(message): s.sendall((json.dumps(message) + "\n").encode())
def hear():
    line = lines.readline()
    return json.loads(line) if line else {"end": True}
if mode == "silent": time.sleep(600)
say({"ready": 1, "framework": "fake", "version": "1"})
if mode == "leaves": sys.exit(0)
if mode == "nonsense": s.sendall(b"hello\n"); time.sleep(600)
status = 0
def run(unit):
    global status
    file = unit["file"]
    if mode == "drops": os._exit(9)
    if mode == "stops":
        say({"stop": "enough"}); sys.exit(1)
    say({"begin": unit["id"]})
    with open(folder + "/begun", "a") as record: record.write(file + "\n")
    print("running " + " ".join(unit["arguments"]), flush=True)
    seen = folder + "/" + file + ".seen"
    first = not os.path.exists(seen)
    bad, chosen = False, []
    if file.startswith("slow"): time.sleep(0.3)
    elif file.startswith("fail-once"): bad = first; open(seen, "w")
    elif file.startswith("fail-part"): bad = True; chosen = [file + "::two"]
    elif file.startswith("quits-once"): bad = first; open(seen, "w")
    elif file.startswith(("fail", "quits")): bad = True
    elif file.startswith("crash-once"):
        open(seen, "w")
        if first: os.kill(os.getpid(), signal.SIGSEGV)
    elif file.startswith("crash"): os.kill(os.getpid(), signal.SIGSEGV)
    elif file.startswith("exit"): os._exit(0)
    elif file.startswith("hang"): time.sleep(600)
    elif file.startswith("interrupted"):  # as pytest: failed, and it stops
        try: time.sleep(600)
        except KeyboardInterrupt:
            say({"done": unit["id"], "outcome": "failed", "failed": []}); say({"stop": "KeyboardInterrupt"}); sys.exit(2)
    elif file.startswith("stubborn"):
        for number in (signal.SIGINT, signal.SIGTERM): signal.signal(number, signal.SIG_IGN)
        time.sleep(600)
    elif file.startswith("close"): s.close(); lines.close()
    elif file.startswith("odd"): say({"done": unit["id"] + 1, "outcome": "passed"})
    elif file.startswith("through"): os.system("sh -c 'echo $$ >>$FAKE_FOLDER/left; exec sleep 600'; :")
    elif file.startswith("leave"): os.spawnlp(os.P_NOWAIT, "sleep", "sleep", "600")
    if mode == "waits":
        while sum(1 for _ in open(folder + "/begun")) < 2: time.sleep(0.01)
    if bad: status = 1
    if mode == "loses" and unit["attempt"] > 1:
        status = 5
        return say({"done": unit["id"], "outcome": "none", "tests": 0})
    cases.append('<testcase name="%s">%s</testcase>' % (file, '<failure message="no"/>' if bad else ""))
    say({"done": unit["id"], "outcome": "failed" if bad else "passed", "ms": 1, "loading_ms": 1, "tests": 1, "failed": chosen})
    if bad and file.startswith("quits"):
        say({"stop": "enough"}); sys.exit(1)
early = mode == "early"
cases = []
try:
    following = None
    while True:
        if following is None:
            say({"next": True}); answer = hear()
        else: answer, following = following, None
        if "unit" not in answer: break
        if early:
            say({"next": "early"}); told = hear()
            following = told if "unit" in told else None
        run(answer["unit"])
except (BrokenPipeError, ValueError, OSError): pass
if os.environ.get("FAKE_REPORT"):
    with open(os.environ["FAKE_REPORT"], "w") as report:
        report.write('<testsuite name="fake">' + "".join(cases) + "</testsuite>")
if mode in ("teardown-once", "dies-late-once") and not os.path.exists(folder + "/end.seen"):
    open(folder + "/end.seen", "w")
    if mode == "dies-late-once": os.kill(os.getpid(), signal.SIGKILL)
    say({"failed_outside": True}); status = 1
sys.exit(5 if mode == "five" and status == 0 else status)
)";

}  // namespace

FakeFramework::FakeFramework(std::string folder) : folder_(std::move(folder)) {
  testing::write_text(folder_ + "/driver.py", kDriver);
  testing::write_text(folder_ + "/run.sh", kScript);
}

framework::Abilities FakeFramework::abilities() const {
  return {false, true, persistent, junit};
}

Result<std::vector<framework::Launch>> FakeFramework::launches(const std::vector<plan::Unit>& units,
                                                               const std::string& report,
                                                               const std::string& worker) {
  std::vector<framework::Launch> launches;
  for (size_t i = 0; i < units.size(); ++i) {
    if (i % files_per_launch == 0) {
      launches.emplace_back();
      launches.back().command = {program.empty() ? "sh" : program, folder_ + "/run.sh"};
      launches.back().environment = {
          {"FAKE_FOLDER", folder_}, {"FAKE_REPORT", report}, {"FAKE_GONE", std::nullopt}};
      if (marks) launches.back().mark = folder_ + "/mark-" + worker;
      if (marks) launches.back().environment.emplace_back("FAKE_MARK", launches.back().mark);
    }
    for (const std::string& argument : units[i].arguments()) launches.back().command.push_back(argument);
  }
  return launches;
}

Result<std::optional<framework::Launch>> FakeFramework::persistent_launch(const std::vector<plan::Unit>&,
                                                                          const std::string& report,
                                                                          const std::string&) {
  framework::Launch launch;
  launch.command = {"/usr/bin/python3", "-S", "-E", folder_ + "/driver.py"};
  launch.environment = {{"FAKE_FOLDER", folder_}, {"FAKE_REPORT", report}, {"FAKE_MODE", driver_mode}};
  return std::optional(launch);
}

framework::Ending FakeFramework::ending(int status) const {
  switch (status) {
    case 0:
      return framework::Ending::kPassed;
    case 1:
      return framework::Ending::kFailed;
    case 2:
      return framework::Ending::kInterrupted;
    case 5:
      return framework::Ending::kNoTests;
    default:
      return framework::Ending::kBroken;
  }
}

std::vector<std::string> FakeFramework::lines_of(const std::string& name) const {
  const std::vector<std::byte> bytes = testing::read_bytes(folder_ + "/" + name);
  std::istringstream text(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

std::vector<std::string> FakeFramework::begun() const {
  std::vector<std::string> files = lines_of("begun");
  std::ranges::sort(files);
  return files;
}

FakeRun::FakeRun(const std::vector<std::string>& files, uint32_t workers)
    : framework(directory.path()), share(workers) {
  for (size_t i = 0; i < files.size(); ++i) {
    units.emplace_back();
    units.back().file = files[i];
    share[i % workers].push_back(i);
  }
  request.directory = request.scratch = directory.path();
  request.workers = workers;
  request.persistent = false;
  request.grace_ms = 200;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    request.environment[text.substr(0, text.find('='))] = text.substr(text.find('=') + 1);
  }
}

RunOutcome FakeRun::run() {
  framework.persistent = request.persistent;
  NodeShare source(units, share, Stealing{steals});
  const std::string path = directory / "printed";
  std::fflush(nullptr);
  const int output = ::dup(STDOUT_FILENO), errors = ::dup(STDERR_FILENO);
  const int file = ::open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_APPEND, 0600);
  ::dup2(file, STDOUT_FILENO);
  ::dup2(file, STDERR_FILENO);
  Result<RunOutcome> outcome = run_units(request, &framework, &source, share);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(errors, STDERR_FILENO);
  for (const int fd : {file, output, errors}) ::close(fd);
  const std::vector<std::byte> bytes = testing::read_bytes(path);
  printed.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  EXPECT_TRUE(outcome) << (outcome ? "" : outcome.error().message);
  return outcome ? *outcome : RunOutcome{};
}

UnitEnd FakeRun::end_of(const std::string& file, const RunOutcome& outcome) const {
  for (const UnitRun& run : outcome.units) {
    if (units[run.unit].file == file) return run.end;
  }
  ADD_FAILURE() << file << " is in no result";
  return UnitEnd::kNotRun;
}

}  // namespace alibi::run

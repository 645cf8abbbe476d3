#include "collector/cli/console.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "collector/cli/exit_codes.h"
#include "collector/model/error_codes.h"
#include "collector/model/plan_errors.h"

namespace alibi::cli {
namespace {

using std::chrono::steady_clock;

constexpr auto kPatience = std::chrono::milliseconds(700);
constexpr auto kRedraw = std::chrono::milliseconds(100);

bool is_set(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

bool is_smart_terminal(int fd) {
  const char* kind = std::getenv("TERM");
  return ::isatty(fd) == 1 && kind != nullptr && std::strcmp(kind, "dumb") != 0;
}

}  // namespace

const char* advice_for(ErrorCode code) {
  if (code == collector::kNoSession) return "alibi doctor lists the sessions that wait for a merge";
  if (code == collector::kCannotWrite)
    return "free some space or make it writable, then run the command again";
  if (code == collector::kNoStore) return "run pytest --alibi first, or name another folder";
  if (code == collector::kNotEvidence) return "remove the file and run the tests again with pytest --alibi";
  if (code == collector::kEvidenceVersion)
    return "use the version of alibi that wrote it, or run the tests again";
  if (code == collector::kIndexFailed) return "remove index.sqlite from the data folder; it is made again";
  if (code == collector::kNoSuchTest) return "alibi list prints the known tests";
  if (code == collector::kAmbiguousTest) return "give more of the id, or a pattern with *";
  if (code == collector::kBusy) return "try again when it has finished";
  if (code == collector::kCannotListen) return "choose another --port or --host, or check the files";
  if (code == collector::kDatabase)
    return "of a folder: is the disk full, or may it not be written? of a URL: does the database run, and "
           "may this user use it?";
  if (code == ErrorCode::kUnknownVersion) return "use the version of alibi that wrote it";
  if (code == ErrorCode::kInternal) return "this is a defect of alibi; please report it";
  return "";
}

ExitCode exit_code_of(ErrorCode code) {
  if (code == collector::kUsage || code == collector::kBadPlanSetting || code == collector::kBadServeOption ||
      code == ErrorCode::kInvalidArgument)
    return kUsage;
  if (code == collector::kNoSession || code == collector::kNoStore || code == collector::kNoSuchTest ||
      code == collector::kAmbiguousTest) {
    return kNotFound;
  }
  if (code == collector::kNotEvidence || code == collector::kEvidenceVersion ||
      code == ErrorCode::kNotAShard || code == ErrorCode::kUnknownVersion) {
    return kDamaged;
  }
  return kFailed;
}

namespace {

// Python, which starts this command, ignores SIGPIPE.
bool reader_left() {
  pollfd output{STDOUT_FILENO, 0, 0};
  return ::poll(&output, 1, 0) == 1 && (output.revents & POLLERR) != 0;
}

}  // namespace

Console::Console() {
  style_.coloured = is_smart_terminal(STDOUT_FILENO) && !is_set("NO_COLOR");
}

void Console::warn(std::string_view text) {
  std::fprintf(stderr, "alibi: %s\n", report::printable_lines(text).c_str());
}

int Console::fail(const Error& error) {
  const std::string advice = advice_for(error.code);
  const std::string message = report::printable_lines(error.message);
  std::fprintf(stderr, "alibi: %s%s%s %s\n", message.c_str(), advice.empty() ? "" : "; ", advice.c_str(),
               collector::plan_bracketed(error.code).c_str());
  return exit_code_of(error.code);
}

int Console::finish(int status) {
  const bool lost = std::fflush(stdout) != 0 || std::ferror(stdout) != 0;
  if (!lost || status != kDone) return status;
  if (reader_left()) return kFailed;  // `alibi show | head`: nobody wants to hear about it
  return fail(os_error(collector::kCannotWrite, errno, "cannot write to standard output"));
}

Progress::Progress()
    : started_(steady_clock::now()), drawn_(started_), terminal_(is_smart_terminal(STDERR_FILENO)) {}

void Progress::update(const char* step, size_t done, size_t total) {
  const auto now = steady_clock::now();
  if (!terminal_ || now - started_ < kPatience || now - drawn_ < kRedraw) return;
  drawn_ = now;
  visible_ = true;
  std::fprintf(stderr, "\r\x1b[Kalibi: %s", step);
  if (total > 1) std::fprintf(stderr, " %zu of %zu", done, total);
  std::fflush(stderr);
}

void Progress::clear() {
  if (!visible_) return;
  std::fputs("\r\x1b[K", stderr);
  visible_ = false;
}

}  // namespace alibi::cli

#include "collector/origin/git.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>

#include "collector/model/error_codes.h"
#include "collector/origin/references.h"
#include "collector/process/child_process.h"

namespace alibi::origin {
namespace {

constexpr uint64_t kLongestOutput = uint64_t{256} << 20;
constexpr Milliseconds kGrace{2000};  // on SIGTERM git removes its lock files

std::string real_path(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr), &std::free);
  return real ? std::string(real.get()) : path;
}

std::string first_line(const std::string& text) {
  constexpr size_t kLongest = 300;
  return clean_text(text_without_credentials(text.substr(0, text.find('\n'))), kLongest);
}

}  // namespace

GitCommand::GitCommand(std::string directory)
    : directory_(std::move(directory)), start_{"git", "-C", directory_} {
  // In containers the working tree often belongs to somebody else. Only this one is trusted.
  if (const std::string root = repository_root(directory_); !root.empty())
    start_.insert(start_.end(), {"-c", "safe.directory=" + root});
  for (const char* const setting :
       {"core.quotepath=off", "core.hooksPath=/dev/null", "core.fsmonitor=false", "log.showSignature=false",
        "color.ui=false", "gc.auto=0", "maintenance.auto=false", "fetch.prune=false", "fetch.pruneTags=false",
        "fetch.writeCommitGraph=false", "advice.detachedHead=false"})
    start_.insert(start_.end(), {"-c", setting});
}

Result<GitAnswer> GitCommand::run(const std::vector<std::string>& arguments, std::string_view input,
                                  Milliseconds patience) const {
  std::vector<std::string> command = start_;
  command.insert(command.end(), arguments.begin(), arguments.end());
  process::ChildOptions options{patience};
  options.grace = kGrace;
  options.longest_output = kLongestOutput;
  options.code = collector::kNoRepository;
  options.set = {"LC_ALL=C", "GIT_TERMINAL_PROMPT=0", "GCM_INTERACTIVE=never", "GIT_PAGER=cat",
                 "GIT_OPTIONAL_LOCKS=0"};
  options.unset = {"GIT_EXTERNAL_DIFF", "GIT_DIFF_OPTS", "GIT_TRACE", "GIT_TRACE2"};
  // No question of ssh's (a passphrase, an unknown host) reaches the terminal.
  if (std::getenv("SSH_ASKPASS") == nullptr)
    options.set.insert(options.set.end(), {"SSH_ASKPASS=/bin/false", "SSH_ASKPASS_REQUIRE=force"});
  Result<process::ChildOutput> output = process::run_child(command, input, options);
  if (!output) {
    Error error = std::move(output).error();
    if (!arguments.empty()) error.message += " (git " + arguments.front() + " in " + directory_ + ")";
    if (error.os_error == ETIMEDOUT || error.os_error == EFBIG) error.code = collector::kGitFailed;
    return error;
  }
  return GitAnswer{output->status, std::move(output->text), std::move(output->errors)};
}

Result<GitAnswer> TimedGit::run(const std::vector<std::string>& arguments, std::string_view input,
                                Milliseconds patience) const {
  const Milliseconds left = deadline_.left(patience);
  if (left.count() == 0)
    return Error{
        collector::kGitFailed, ETIMEDOUT,
        "git " + (arguments.empty() ? std::string() : arguments.front()) + ": the time for it is up"};
  return git_.run(arguments, input, left);
}

Result<std::string> ask(const Git& git, const std::vector<std::string>& arguments, Milliseconds patience,
                        std::string_view input) {
  Result<GitAnswer> answer = git.run(arguments, input, patience);
  if (!answer) return std::move(answer).error();
  if (answer->status != 0) {
    const bool none = answer->complaint.find("not a git repository") != std::string::npos;
    return Error{none ? collector::kNoRepository : collector::kGitFailed, 0,
                 "git " + (arguments.empty() ? std::string() : arguments.front()) + ": " +
                     (answer->complaint.empty() ? "status " + std::to_string(answer->status)
                                                : first_line(answer->complaint))};
  }
  while (answer->text.ends_with('\n')) answer->text.pop_back();
  return std::move(answer->text);
}

std::string ask_or_nothing(const Git& git, const std::vector<std::string>& arguments, Milliseconds patience) {
  Result<std::string> answer = ask(git, arguments, patience);
  return answer ? std::move(*answer) : std::string();
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    if (end != 0) lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string repository_root(const std::string& directory) {
  std::string at = real_path(directory);
  while (!at.empty()) {
    struct stat status {};
    if (::stat((at == "/" ? "/.git" : at + "/.git").c_str(), &status) == 0) return at;
    if (at == "/") break;
    const size_t slash = at.find_last_of('/');
    if (slash == std::string::npos) break;
    at.resize(std::max<size_t>(slash, 1));
  }
  return {};
}

}  // namespace alibi::origin

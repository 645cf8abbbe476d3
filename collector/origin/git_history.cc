#include "collector/origin/git_history.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <span>

#include "collector/model/error_codes.h"
#include "collector/origin/git_tags.h"
#include "collector/origin/references.h"

namespace alibi::origin {
namespace {

constexpr size_t kLongestPack = size_t{3} << 20;
constexpr size_t kObjectsAtOnce = 20'000;  // bounds what git says at once
constexpr int kLockAttempts = 5;

Error out_of_time(const std::string& what) {
  return {collector::kGitFailed, ETIMEDOUT, what + ": the time for it is up"};
}

struct GitVersion {
  int major = 0, minor = 0;
  bool since(int wanted_major, int wanted_minor) const {
    return major != wanted_major ? major > wanted_major : minor >= wanted_minor;
  }
};

// "git version 2.39.5 (something)"
GitVersion version_of(const Git& git) {
  const std::string text = ask_or_nothing(git, {"version"});
  constexpr std::string_view kStart = "git version ";
  GitVersion version;
  if (!text.starts_with(kStart)) return version;
  const char* const end = text.data() + text.size();
  const auto major = std::from_chars(text.data() + kStart.size(), end, version.major);
  if (major.ec == std::errc() && major.ptr != end) std::from_chars(major.ptr + 1, end, version.minor);
  return version;
}

bool is_lock_conflict(const Error& error) {
  return error.message.find(".lock") != std::string::npos ||
         error.message.find("cannot lock ref") != std::string::npos ||
         error.message.find("shallow file has changed") != std::string::npos;
}

// Another git works in the same repository, of a parallel job for one: it is done soon.
Result<void> fetch_patiently(const Git& git, const std::vector<std::string>& command,
                             const Deadline& deadline) {
  for (int attempt = 0;; ++attempt) {
    const Milliseconds left = deadline.left(Milliseconds::max());
    if (left.count() == 0) return out_of_time("git fetch");
    Result<std::string> answer = ask(git, command, left);
    if (answer) return {};
    if (!is_lock_conflict(answer.error()) || attempt + 1 == kLockAttempts) return std::move(answer).error();
    const Milliseconds jitter(deadline.time().now().count() % 250);
    deadline.time().wait(deadline.left(Milliseconds(500 << attempt) + jitter));
  }
}

// What to ask the remote for, the most exact first; the last is its default.
std::vector<std::vector<std::string>> wishes(const Git& git) {
  std::vector<std::vector<std::string>> result;
  if (const std::string head = ask_or_nothing(git, {"rev-parse", "HEAD"}); is_commit_id(head))
    result.push_back({head});
  const std::string branch(short_reference(ask_or_nothing(git, {"symbolic-ref", "--quiet", "HEAD"})));
  if (!branch.empty())
    if (const std::string upstream = ask_or_nothing(git, {"config", "--get", "branch." + branch + ".merge"});
        upstream.starts_with("refs/"))
      result.push_back({upstream});
  result.push_back({});
  return result;
}

Result<std::string> pack_of(const Git& git, std::span<const std::string> objects, Milliseconds patience) {
  std::string input;
  for (const std::string& object : objects) input.append(object).append("\n");
  Result<GitAnswer> answer =
      git.run({"pack-objects", "--quiet", "--compression=9", "--stdout"}, input, patience);
  if (!answer) return std::move(answer).error();
  if (answer->status != 0)
    return Error{collector::kGitFailed, 0,
                 "git pack-objects: " + text_without_credentials(answer->complaint.substr(0, 300))};
  if (!answer->text.starts_with("PACK"))
    return Error{collector::kGitFailed, 0, "git pack-objects did not answer with a pack"};
  return std::move(answer->text);
}

}  // namespace

Result<void> deepen(const Git& git, const Deadline& deadline) {
  const GitVersion version = version_of(git);
  if (!version.since(2, 27))
    return Error{collector::kGitFailed, 0, "this git cannot deepen a clone without contents (it needs 2.27)"};
  std::vector<std::string> command = {"fetch",
                                      "--quiet",
                                      "--shallow-since=1 month ago",
                                      "--update-shallow",
                                      "--filter=blob:none",
                                      "--recurse-submodules=no",
                                      "--no-tags"};
  if (version.since(2, 29)) command.emplace_back("--no-write-fetch-head");
  command.push_back(remote_name(git));
  Result<void> result;
  for (const std::vector<std::string>& wish : wishes(git)) {
    std::vector<std::string> whole = command;
    whole.insert(whole.end(), wish.begin(), wish.end());
    result = fetch_patiently(git, whole, deadline);
    if (result || deadline.over()) break;
  }
  return result;
}

Result<std::vector<std::string>> objects_of(const Git& git, const std::vector<std::string>& known,
                                            const std::vector<std::string>& unknown, Milliseconds patience) {
  std::string input;
  for (const std::string& commit : known) input.append("^").append(commit).append("\n");
  for (const std::string& commit : unknown) input.append(commit).append("\n");
  const Result<std::string> answer = ask(
      git, {"rev-list", "--objects", "--no-object-names", "--filter=blob:none", kSince, "--stdin", "HEAD"},
      patience, input);
  if (!answer) return answer.error();
  std::vector<std::string> objects = lines_of(*answer);
  std::erase_if(objects, [](const std::string& object) { return !is_commit_id(object); });
  return objects;
}

Result<void> make_packs(const Git& git, const std::vector<std::string>& objects, Milliseconds step,
                        const std::function<Result<void>(std::string_view)>& take) {
  size_t first = 0, most = kObjectsAtOnce;
  while (first < objects.size()) {
    const size_t count = std::min(most, objects.size() - first);
    Result<std::string> pack = pack_of(git, std::span(objects).subspan(first, count), step);
    if (!pack) return std::move(pack).error();
    if (pack->size() > kLongestPack && count > 1) {
      // As many as will fit if they are all alike, less a fifth: they are not.
      most = std::clamp(count * kLongestPack / pack->size() * 4 / 5, size_t{1}, count - 1);
      continue;
    }
    Result<void> taken = take(*pack);
    if (!taken) return taken;
    first += count;
  }
  return {};
}

}  // namespace alibi::origin

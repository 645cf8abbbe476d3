#include "collector/origin/git_upload.h"

#include <algorithm>
#include <unordered_set>

#include "collector/model/error_codes.h"
#include "collector/origin/git_history.h"
#include "collector/origin/references.h"

namespace alibi::origin {
namespace {

constexpr size_t kHashLength = 20;  // at the end of a pack

std::string hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const char letter : bytes) {
    const auto byte = static_cast<unsigned char>(letter);
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 15U];
  }
  return text;
}

std::string counted(size_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

// One upload: the steps in order, each an error when the whole has to end.
class Upload {
 public:
  Upload(const Git& git, IntakeQuestions* intake, const UploadOptions& options, const Timepiece& time,
         UploadResult* result)
      : git_(git), intake_(*intake), options_(options), deadline_(time, options.total), result_(*result) {}

  Result<void> run() {
    if (Result<void> begun = find_commits(); !begun) return begun;
    if (commits_.empty()) return {};
    if (Result<void> asked = ask_for_unknown(); !asked) return asked;
    if (unknown_.empty() && !options_.needs_history) return {};
    const bool had_unknown = !unknown_.empty();
    if (is_shallow() && deepened() && had_unknown) {
      if (Result<void> again = find_commits(); !again) return again;
      if (Result<void> asked = ask_for_unknown(); !asked) return asked;
    }
    return unknown_.empty() ? Result<void>() : send();
  }

 private:
  Result<std::string> ask_git(const std::vector<std::string>& arguments) {
    return ask(git_, arguments, options_.step);
  }

  Result<void> find_commits() {
    Result<std::string> head = ask_git({"rev-parse", "--verify", "HEAD"});
    if (!head) return std::move(head).error();
    head_ = std::move(*head);
    const Result<std::string> log = ask_git({"log", "--format=%H", "-n", "1000", kSince});
    if (!log) return log.error();
    commits_ = lines_of(*log);
    std::erase_if(commits_, [](const std::string& commit) { return !is_commit_id(commit); });
    result_.commits = commits_.size();
    if (commits_.empty()) step("there is no commit of the last month: nothing to tell");
    return {};
  }

  Result<void> ask_for_unknown() {
    if (deadline_.over())
      return Error{collector::kGitFailed, ETIMEDOUT, "search_commits: the time for it is up"};
    const Result<std::vector<std::string>> answer = intake_.search_commits(commits_);
    if (!answer) return answer.error();
    const std::unordered_set<std::string> said(answer->begin(), answer->end());
    known_.clear();
    unknown_.clear();
    for (const std::string& commit : commits_) (said.contains(commit) ? known_ : unknown_).push_back(commit);
    result_.known = known_.size();
    step("of " + counted(commits_.size(), "commit") + " of the last month the service knows " +
         std::to_string(known_.size()));
    return {};
  }

  bool is_shallow() {
    const Result<std::string> answer = ask_git({"rev-parse", "--is-shallow-repository"});
    return answer && *answer == "true";
  }

  // Without more history the service learns what is here.
  bool deepened() {
    if (!options_.may_fetch) {
      step("the clone is shallow and may not be deepened");
      return false;
    }
    const Result<void> fetched = deepen(git_, Deadline(deadline_.time(), deadline_.left(options_.fetch)));
    result_.fetched = fetched.ok();
    step(fetched ? "deepened the shallow clone to a month"
                 : "the clone stays shallow: " + fetched.error().message);
    return fetched.ok();
  }

  Result<void> send() {
    const Result<std::vector<std::string>> objects = objects_of(git_, known_, unknown_, options_.step);
    if (!objects) return objects.error();
    const uint64_t number = static_cast<uint64_t>(deadline_.time().now().count()) % 1'000'000;
    Result<void> sent = make_packs(git_, *objects, options_.step, [&](std::string_view bytes) {
      const std::string_view hash = bytes.substr(bytes.size() - std::min(bytes.size(), kHashLength));
      Result<void> taken =
          intake_.upload_pack(head_, {std::to_string(number) + "-" + hex(hash) + ".pack", bytes});
      if (taken) {
        ++result_.packs;
        result_.bytes += bytes.size();
      }
      return taken;
    });
    step("sent " + counted(result_.packs, "pack") + " (" + std::to_string(result_.bytes) + " bytes) of " +
         counted(objects->size(), "object"));
    return sent;
  }

  void step(std::string words) { result_.steps.push_back(std::move(words)); }

  const Git& git_;
  IntakeQuestions& intake_;
  const UploadOptions& options_;
  Deadline deadline_;
  UploadResult& result_;
  std::string head_;
  std::vector<std::string> commits_, known_, unknown_;
};

}  // namespace

UploadOptions upload_options(const Environment& environment) {
  std::string value(value_of(environment, "DD_CIVISIBILITY_GIT_METADATA_UPLOAD_ENABLED"));
  std::ranges::transform(value, value.begin(), [](char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter;
  });
  UploadOptions options;
  options.enabled = value != "false" && value != "0";
  return options;
}

UploadResult upload_git(const Git& git, IntakeQuestions* intake, const UploadOptions& options,
                        const Timepiece& time) {
  UploadResult result;
  if (!options.enabled) {
    result.steps.emplace_back("switched off");
    return result;
  }
  const TimedGit timed(git, time, options.total);
  Result<void> ended = Upload(timed, intake, options, time, &result).run();
  result.complete = ended.ok();
  if (!ended) {
    result.error = std::move(ended).error();
    result.steps.push_back("ended early: " + result.error->message);
  }
  return result;
}

}  // namespace alibi::origin

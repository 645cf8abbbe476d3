#include "collector/origin/git_tags.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>

#include "collector/origin/references.h"

namespace alibi::origin {
namespace {

struct UserVariable {
  const char* variable;
  const char* tag;
};
constexpr UserVariable kUserVariables[] = {
    {"DD_GIT_REPOSITORY_URL", "git.repository_url"},
    {"DD_GIT_COMMIT_SHA", "git.commit.sha"},
    {"DD_GIT_BRANCH", "git.branch"},
    {"DD_GIT_TAG", "git.tag"},
    {"DD_GIT_COMMIT_MESSAGE", "git.commit.message"},
    {"DD_GIT_COMMIT_AUTHOR_NAME", "git.commit.author.name"},
    {"DD_GIT_COMMIT_AUTHOR_EMAIL", "git.commit.author.email"},
    {"DD_GIT_COMMIT_AUTHOR_DATE", "git.commit.author.date"},
    {"DD_GIT_COMMIT_COMMITTER_NAME", "git.commit.committer.name"},
    {"DD_GIT_COMMIT_COMMITTER_EMAIL", "git.commit.committer.email"},
    {"DD_GIT_COMMIT_COMMITTER_DATE", "git.commit.committer.date"},
    {"DD_GIT_COMMIT_HEAD_SHA", "git.commit.head.sha"},
    {"DD_GIT_PULL_REQUEST_BASE_BRANCH", "git.pull_request.base_branch"},
    {"DD_GIT_PULL_REQUEST_BASE_BRANCH_SHA", "git.pull_request.base_branch_sha"},
};

constexpr std::string_view kUnnamed = "HEAD";  // how git calls the branch that a detached HEAD is on

// "1767225600" -> "2026-01-01T00:00:00+00:00"
std::string utc(std::string_view seconds) {
  std::time_t time = 0;
  if (std::from_chars(seconds.data(), seconds.data() + seconds.size(), time).ec != std::errc()) return {};
  std::tm parts{};
  std::array<char, 40> text{};
  if (::gmtime_r(&time, &parts) == nullptr) return {};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S+00:00", &parts)};
}

std::string trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(kBlank) + 1 - first));
}

bool is_commit_tag(std::string_view tag) {
  return tag.ends_with("sha");
}

// A wrong commit would be searched, sent and matched against for the whole session.
void drop_wrong_commits(Tags* tags, const std::string& source, std::vector<std::string>* notices) {
  std::erase_if(*tags, [&](const auto& entry) {
    if (!is_commit_tag(entry.first) || is_commit_id(entry.second)) return false;
    notices->push_back(source + " says " + entry.first + " is \"" + clean_text(entry.second, 60) +
                       "\", which is no commit (40 or 64 hex digits): ignored");
    return true;
  });
}

Tags git_part(const Tags& tags) {
  Tags part;
  for (const auto& [name, value] : tags)
    if (name.starts_with("git.")) put(&part, name, value);
  return part;
}

}  // namespace

Tags user_git_tags(const Environment& environment, std::vector<std::string>* notices) {
  Tags tags;
  for (const auto& [variable, tag] : kUserVariables) {
    if (!environment.contains(variable)) continue;
    const std::string value = trimmed(value_of(environment, variable));
    const bool commit = is_commit_tag(tag);
    if (commit ? is_commit_id(value) : !value.empty()) {
      put(&tags, tag, value);
    } else if (commit) {
      notices->push_back(std::string(variable) + " is \"" + clean_text(value, 60) +
                         "\", which is no commit (40 or 64 hex digits): ignored");
    } else if (std::string_view(tag) == "git.repository_url") {
      notices->push_back(std::string(variable) + " is empty: ignored");
    }
  }
  return tags;
}

Tags repository_tags(const Git& git) {
  Tags tags;
  const Result<std::string> root = ask(git, {"rev-parse", "--show-toplevel"});
  if (!root) return tags;
  put(&tags, "ci.workspace_path", *root);
  put(&tags, "git.commit.sha", ask_or_nothing(git, {"rev-parse", "--verify", "--quiet", "HEAD"}));
  const std::string branch = ask_or_nothing(git, {"symbolic-ref", "--quiet", "HEAD"});
  put(&tags, "git.branch", branch.empty() ? kUnnamed : short_reference(branch));
  const std::vector<std::string> names = lines_of(ask_or_nothing(git, {"tag", "--points-at", "HEAD"}));
  if (!names.empty()) put(&tags, "git.tag", names.front());
  put(&tags, "git.repository_url", clean_repository_url(ask_or_nothing(git, {"ls-remote", "--get-url"})));
  return tags;
}

Tags commit_tags(const Git& git, std::string_view prefix, const std::string& commit) {
  Tags tags;
  if (!is_commit_id(commit)) return tags;
  constexpr std::array<std::string_view, 6> kNames = {"author.name",    "author.email",    "author.date",
                                                      "committer.name", "committer.email", "committer.date"};
  std::string text =
      ask_or_nothing(git, {"-c", "i18n.logOutputEncoding=UTF-8", "log", "-n", "1", "--no-color",
                           "--format=%an%x00%ae%x00%at%x00%cn%x00%ce%x00%ct%x00%B", commit, "--"});
  std::string_view rest = text;
  const auto name = [&](std::string_view what) { return std::string(prefix).append(what); };
  for (const std::string_view what : kNames) {
    const size_t end = rest.find('\0');
    if (end == std::string_view::npos) return {};
    const std::string_view value = rest.substr(0, end);
    put(&tags, name(what), what.ends_with("date") ? utc(value) : std::string(value));
    rest.remove_prefix(end + 1);
  }
  put(&tags, name("message"), trimmed(rest));
  return tags;
}

std::string remote_name(const Git& git) {
  const std::string name =
      ask_or_nothing(git, {"config", "--default", "origin", "--get", "clone.defaultRemoteName"});
  return name.empty() || name.starts_with('-') ? "origin" : name;
}

std::string merge_base(const Git& git, const Tags& tags) {
  const std::string told(tag_of(tags, "git.commit.head.sha"));
  const std::string head = is_commit_id(told) ? told : "HEAD";
  std::vector<std::string> bases;
  if (const std::string base(tag_of(tags, "git.pull_request.base_branch_head_sha")); is_commit_id(base))
    bases.push_back(base);
  if (const std::string branch(tag_of(tags, "git.pull_request.base_branch")); !branch.empty()) {
    bases.push_back("refs/remotes/" + remote_name(git) + "/" + branch);
    bases.push_back("refs/heads/" + branch);
  }
  for (const std::string& base : bases)
    if (const std::string commit = ask_or_nothing(git, {"merge-base", base, head}); is_commit_id(commit))
      return commit;
  return {};
}

GitTags git_tags(const Environment& environment, const Tags& provider, const Tags& user, const Git& git) {
  GitTags result;
  Tags local = repository_tags(git);
  const bool has_git = !local.empty();
  if (!tag_of(provider, "ci.workspace_path").empty()) local.erase("ci.workspace_path");
  Tags told = git_part(provider), wished = git_part(user);
  // Some providers say "HEAD" there; the commit itself is known here.
  std::vector<std::string> unused;
  drop_wrong_commits(&told, "the CI provider", &unused);
  drop_wrong_commits(&wished, "DD_TAGS", &result.notices);
  Tags& tags = result.tags;
  overlay(&tags, told);
  overlay(&tags, user_git_tags(environment, &result.notices));
  overlay(&tags, wished);
  clean_references(&tags, value_of(environment, "HOME"));

  const bool other_commit =
      tags.contains("git.commit.sha") && tag_of(tags, "git.commit.sha") != tag_of(local, "git.commit.sha");
  for (const auto& [name, value] : local) {
    // The tag that is checked out here is not that of another commit.
    const bool misleading = name == "git.tag" && other_commit;
    if (!misleading && tag_of(tags, name).empty()) put(&tags, name, value);
  }
  if (tags.contains("git.tag") && tag_of(tags, "git.branch") == kUnnamed) tags.erase("git.branch");

  if (!has_git) return result;
  fill(&tags, commit_tags(git, "git.commit.", std::string(tag_of(tags, "git.commit.sha"))));
  fill(&tags, commit_tags(git, "git.commit.head.", std::string(tag_of(tags, "git.commit.head.sha"))));
  if (tag_of(tags, "git.pull_request.base_branch_sha").empty())
    put(&tags, "git.pull_request.base_branch_sha", merge_base(git, tags));
  return result;
}

}  // namespace alibi::origin

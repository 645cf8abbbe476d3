#include "collector/origin/ci_provider.h"

#include <algorithm>
#include <sstream>
#include <vector>

#include "collector/origin/github_actions.h"
#include "collector/origin/provider_variables.h"
#include "collector/origin/references.h"

namespace alibi::origin {
namespace {

// What a provider's variables say together. Values are looked up by name.
class Variables {
 public:
  explicit Variables(const Environment& environment) : environment_(environment) {}
  std::string operator[](std::string_view name) const { return std::string(value_of(environment_, name)); }
  bool have(std::initializer_list<std::string_view> names) const {
    return std::ranges::none_of(names, [&](auto name) { return value_of(environment_, name).empty(); });
  }
  const Environment& all() const { return environment_; }

 private:
  const Environment& environment_;
};

void add_appveyor(const Variables& of, Tags* tags) {
  if (of.have({"APPVEYOR_REPO_NAME", "APPVEYOR_BUILD_ID"}))
    for (const char* const name : {"ci.pipeline.url", "ci.job.url"})
      put(tags, name,
          "https://ci.appveyor.com/project/" + of["APPVEYOR_REPO_NAME"] + "/builds/" +
              of["APPVEYOR_BUILD_ID"]);
  std::string message = of["APPVEYOR_REPO_COMMIT_MESSAGE"];
  if (!message.empty() && of.have({"APPVEYOR_REPO_COMMIT_MESSAGE_EXTENDED"}))
    message.append("\n").append(of["APPVEYOR_REPO_COMMIT_MESSAGE_EXTENDED"]);
  put(tags, "git.commit.message", message);
  // What the name of the repository means elsewhere is not known.
  if (of["APPVEYOR_REPO_PROVIDER"] != "github") return;
  if (of.have({"APPVEYOR_REPO_NAME"}))
    put(tags, "git.repository_url", "https://github.com/" + of["APPVEYOR_REPO_NAME"] + ".git");
  put(tags, "git.commit.sha", of["APPVEYOR_REPO_COMMIT"]);
  put(tags, "git.tag", of["APPVEYOR_REPO_TAG_NAME"]);
  put(tags, "git.branch", of["APPVEYOR_REPO_BRANCH"]);
  if (!of.have({"APPVEYOR_PULL_REQUEST_HEAD_REPO_BRANCH"})) return;
  put(tags, "git.branch", of["APPVEYOR_PULL_REQUEST_HEAD_REPO_BRANCH"]);
  put(tags, "git.pull_request.base_branch", of["APPVEYOR_REPO_BRANCH"]);
}

void add_azure(const Variables& of, Tags* tags) {
  if (!of.have({"SYSTEM_TEAMFOUNDATIONSERVERURI", "SYSTEM_TEAMPROJECTID", "BUILD_BUILDID"})) return;
  const std::string pipeline = of["SYSTEM_TEAMFOUNDATIONSERVERURI"] + of["SYSTEM_TEAMPROJECTID"] +
                               "/_build/results?buildId=" + of["BUILD_BUILDID"];
  put(tags, "ci.pipeline.url", pipeline);
  if (of.have({"SYSTEM_JOBID", "SYSTEM_TASKINSTANCEID"}))
    put(tags, "ci.job.url",
        pipeline + "&view=logs&j=" + of["SYSTEM_JOBID"] + "&t=" + of["SYSTEM_TASKINSTANCEID"]);
}

void add_bitbucket(const Variables& of, Tags* tags) {
  std::string id = of["BITBUCKET_PIPELINE_UUID"];
  std::erase_if(id, [](char letter) { return letter == '{' || letter == '}'; });
  put(tags, "ci.pipeline.id", id);
  if (of.have({"BITBUCKET_REPO_FULL_NAME", "BITBUCKET_BUILD_NUMBER"}))
    for (const char* const name : {"ci.pipeline.url", "ci.job.url"})
      put(tags, name,
          "https://bitbucket.org/" + of["BITBUCKET_REPO_FULL_NAME"] + "/addon/pipelines/home#!/results/" +
              of["BITBUCKET_BUILD_NUMBER"]);
}

void add_bitrise(const Variables& of, Tags* tags) {
  const std::string subject = of["GIT_CLONE_COMMIT_MESSAGE_SUBJECT"],
                    body = of["GIT_CLONE_COMMIT_MESSAGE_BODY"];
  put(tags, "git.commit.message", subject + (subject.empty() || body.empty() ? "" : ":\n") + body);
  put(tags, "git.commit.message", of["BITRISE_GIT_MESSAGE"]);
}

void add_buddy(const Variables& of, Tags* tags) {
  if (of.have({"BUDDY_PIPELINE_ID", "BUDDY_EXECUTION_ID"}))
    put(tags, "ci.pipeline.id", of["BUDDY_PIPELINE_ID"] + "/" + of["BUDDY_EXECUTION_ID"]);
}

void add_buildkite(const Variables& of, Tags* tags) {
  if (of.have({"BUILDKITE_BUILD_URL", "BUILDKITE_JOB_ID"}))
    put(tags, "ci.job.url", of["BUILDKITE_BUILD_URL"] + "#" + of["BUILDKITE_JOB_ID"]);
  constexpr std::string_view kPrefix = "BUILDKITE_AGENT_META_DATA_";
  std::vector<std::string> labels;
  for (auto at = of.all().lower_bound(kPrefix); at != of.all().end() && at->first.starts_with(kPrefix);
       ++at) {
    std::string key = at->first.substr(kPrefix.size());
    for (char& letter : key)
      if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    labels.push_back(key + ":" + at->second);
  }
  if (!labels.empty()) put(tags, "ci.node.labels", json_array(labels));
}

void add_circle(const Variables& of, Tags* tags) {
  if (of.have({"CIRCLE_WORKFLOW_ID"}))
    put(tags, "ci.pipeline.url", "https://app.circleci.com/pipelines/workflows/" + of["CIRCLE_WORKFLOW_ID"]);
}

// "name <mail>"
void add_gitlab(const Variables& of, Tags* tags) {
  const std::string author = of["CI_COMMIT_AUTHOR"];
  const size_t open = author.rfind('<'), close = author.rfind('>');
  std::string name = author.substr(0, open);
  while (name.ends_with(' ')) name.pop_back();
  put(tags, "git.commit.author.name", name);
  if (open != std::string::npos && close != std::string::npos && close > open)
    put(tags, "git.commit.author.email", author.substr(open + 1, close - open - 1));
}

void add_jenkins(const Variables& of, Tags* tags) {
  std::string job = of["JOB_NAME"];
  if (const std::string branch(short_reference(of["GIT_BRANCH"])); !branch.empty()) {
    const size_t at = job.find("/" + branch);
    if (at != std::string::npos) job.erase(at, branch.size() + 1);
  }
  // Parameters of a matrix job: "job/KEY1=VALUE1,KEY2=VALUE2".
  std::string name, segment;
  for (std::istringstream segments(job); std::getline(segments, segment, '/');)
    if (!segment.empty() && segment.find('=') == std::string::npos)
      name += (name.empty() ? "" : "/") + segment;
  put(tags, "ci.pipeline.name", name);
  std::vector<std::string> labels;
  std::string label;
  for (std::istringstream words(of["NODE_LABELS"]); words >> label;) labels.push_back(label);
  if (!labels.empty()) put(tags, "ci.node.labels", json_array(labels));
}

void add_travis(const Variables& of, Tags* tags) {
  if (of.have({"TRAVIS_REPO_SLUG"}))
    put(tags, "git.repository_url", "https://github.com/" + of["TRAVIS_REPO_SLUG"] + ".git");
  if (of.have({"TRAVIS_PULL_REQUEST_BRANCH"})) put(tags, "git.pull_request.base_branch", of["TRAVIS_BRANCH"]);
}

struct Addition {
  std::string_view provider;
  void (*add)(const Variables& of, Tags* tags);
};
constexpr Addition kAdditions[] = {
    {"appveyor", add_appveyor}, {"azurepipelines", add_azure}, {"bitbucket", add_bitbucket},
    {"bitrise", add_bitrise},   {"buddy", add_buddy},          {"buildkite", add_buildkite},
    {"circleci", add_circle},   {"gitlab", add_gitlab},        {"jenkins", add_jenkins},
    {"travisci", add_travis},
};

const ProviderVariables* find_provider(const Environment& environment) {
  for (const ProviderVariables& provider : known_providers()) {
    const auto found = environment.find(provider.sign);
    if (found != environment.end() && found->second.starts_with(provider.prefix)) return &provider;
  }
  return nullptr;
}

void add_correlation(const ProviderVariables& provider, const Environment& environment, Tags* tags) {
  std::vector<std::pair<std::string, std::string>> entries;
  for (const std::string_view name : provider.correlation) {
    const std::string_view value = value_of(environment, name);
    const bool is_url = value.find("://") != std::string_view::npos;
    entries.emplace_back(name, is_url ? without_credentials(value) : std::string(value));
  }
  put(tags, "_dd.ci.env_vars", json_object(entries));
}

}  // namespace

std::string provider_name(const Environment& environment) {
  const ProviderVariables* const provider = find_provider(environment);
  return provider == nullptr ? std::string() : std::string(provider->name);
}

Tags provider_tags(const Environment& environment, const FileSystem& files) {
  Tags tags;
  const ProviderVariables* const provider = find_provider(environment);
  if (provider == nullptr) return tags;
  put(&tags, "ci.provider.name", provider->name);
  for (const TagVariables& source : provider->tags)
    for (const std::string_view variable : source.variables) {
      const std::string_view value = variable.empty() ? variable : value_of(environment, variable);
      if (value.empty()) continue;
      put(&tags, source.tag, value);
      break;
    }
  const Variables variables(environment);
  for (const Addition& addition : kAdditions)
    if (addition.provider == provider->name) addition.add(variables, &tags);
  if (provider->name == "github") add_github_tags(environment, files, &tags);
  // How Buildkite and Travis say that it is no pull request.
  if (tag_of(tags, "pr.number") == "false") tags.erase("pr.number");
  put(&tags, "ci.job.id", value_of(environment, "JOB_ID"));
  add_correlation(*provider, environment, &tags);
  clean_references(&tags, value_of(environment, "HOME"));
  return tags;
}

}  // namespace alibi::origin

#include "collector/payload/git_messages.h"

#include <algorithm>
#include <utility>

#include "collector/model/error_codes.h"
#include "collector/payload/json_text.h"

namespace alibi::payload {
namespace {

Error not_understood(const char* what, const char* why) {
  return Error{collector::kNotPayload, 0, std::string(what) + " cannot be understood: " + why};
}

Json commit_json(const std::string& commit) {
  return {{"id", commit}, {"type", "commit"}};
}

Json commits_json(const std::vector<std::string>& commits) {
  Json list = Json::array();
  for (const std::string& commit : commits) list.push_back(commit_json(commit));
  return list;
}

std::optional<std::string> commit_of(const Json& item) {
  std::optional<std::string> id = text_of(member(item, "id"));
  if (text_of(member(item, "type")) != "commit" || !id || !is_commit_sha(*id)) return std::nullopt;
  return id;
}

Result<KnownCommits> commits_of(const Json& json, const char* what) {
  const Json& data = member(json, "data");
  if (!data.is_array()) return not_understood(what, "it has no list data");
  KnownCommits found;
  for (const Json& item : data) {
    std::optional<std::string> commit = commit_of(item);
    if (commit)
      found.commits.push_back(std::move(*commit));
    else
      found.left_out.add("item that is no commit");
  }
  return found;
}

}  // namespace

bool is_commit_sha(std::string_view text) {
  constexpr size_t kSha1 = 40;
  constexpr size_t kSha256 = 64;
  return (text.size() == kSha1 || text.size() == kSha256) &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

std::string encode_commit_search(const CommitSearch& search) {
  Json json = Json::object();
  json["meta"] = {{"repository_url", search.repository_url}};
  json["data"] = commits_json(search.commits);
  return json_text(json);
}

Result<CommitSearch> parse_commit_search(std::string_view json) {
  constexpr const char* kWhat = "a search for commits";
  const Result<Json> request = parse_object(json, kWhat);
  if (!request) return request.error();
  Result<KnownCommits> commits = commits_of(*request, kWhat);
  if (!commits) return commits.error();
  return CommitSearch{text_or_empty(member(*request, "meta"), "repository_url"), std::move(commits->commits),
                      std::move(commits->left_out)};
}

std::string encode_known_commits(const std::vector<std::string>& commits) {
  Json json = Json::object();
  json["data"] = commits_json(commits);
  return json_text(json);
}

Result<KnownCommits> parse_known_commits(std::string_view json) {
  constexpr const char* kWhat = "the answer about commits";
  const Result<Json> answer = parse_object(json, kWhat);
  if (!answer) return answer.error();
  return commits_of(*answer, kWhat);
}

std::string encode_pushed_commit(const PushedCommit& pushed) {
  Json json = Json::object();
  json["data"] = commit_json(pushed.commit);
  json["meta"] = {{"repository_url", pushed.repository_url}};
  return json_text(json);
}

Result<PushedCommit> parse_pushed_commit(std::string_view json) {
  constexpr const char* kWhat = "the commit of a pack";
  const Result<Json> request = parse_object(json, kWhat);
  if (!request) return request.error();
  std::optional<std::string> commit = commit_of(member(*request, "data"));
  if (!commit) return not_understood(kWhat, "its data are no commit");
  return PushedCommit{text_or_empty(member(*request, "meta"), "repository_url"), std::move(*commit)};
}

}  // namespace alibi::payload

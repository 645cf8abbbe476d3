// The messages about commits: which of them the intake has (search_commits), and which one a pack belongs to
// (packfile's "pushedSha"). Both directions, any thread; any JSON is survived. Names of commits that come out
// are hexadecimal, 40 or 64 digits: they may be given to git as arguments.
#ifndef ALIBI_COLLECTOR_PAYLOAD_GIT_MESSAGES_H_
#define ALIBI_COLLECTOR_PAYLOAD_GIT_MESSAGES_H_

#include <string>
#include <string_view>
#include <vector>

#include "collector/payload/left_out.h"
#include "tracer/base/result.h"

namespace alibi::payload {

bool is_commit_sha(std::string_view text);  // lower-case

struct CommitSearch {
  std::string repository_url;
  std::vector<std::string> commits;
  LeftOut left_out;  // items that are no commits
};

std::string encode_commit_search(const CommitSearch& search);
Result<CommitSearch> parse_commit_search(std::string_view json);

struct KnownCommits {
  std::vector<std::string> commits;
  LeftOut left_out;
};

std::string encode_known_commits(const std::vector<std::string>& commits);
Result<KnownCommits> parse_known_commits(std::string_view json);

struct PushedCommit {
  std::string repository_url;
  std::string commit;
};

std::string encode_pushed_commit(const PushedCommit& pushed);
Result<PushedCommit> parse_pushed_commit(std::string_view json);

}  // namespace alibi::payload

#endif  // ALIBI_COLLECTOR_PAYLOAD_GIT_MESSAGES_H_

// What is known of the commit under test: of the repository itself, the CI provider and the user, who may
// correct both.
//
// Used once per session, by the client. Pure but for git, through its door. Rule, each over the one before:
// local git, provider, DD_GIT_*, DD_TAGS; nothing never replaces something. Message and people are asked of
// git for the commit that the rule found, so that they are never those of another one.
//
// Of the two known clients the Ruby one's forms are sent for both languages: the whole message (Python's
// sends its first line, and what the service looks for in it may stand below) and times in UTC.
#ifndef ALIBI_COLLECTOR_ORIGIN_GIT_TAGS_H_
#define ALIBI_COLLECTOR_ORIGIN_GIT_TAGS_H_

#include <string>
#include <string_view>
#include <vector>

#include "collector/origin/git.h"
#include "collector/origin/tags.h"

namespace alibi::origin {

struct GitTags {
  Tags tags;                         // git.*, ci.workspace_path when the provider has none
  std::vector<std::string> notices;  // a line each: what was not taken, and why
};

// `provider`: what provider_tags() found; `user`: what DD_TAGS says.
GitTags git_tags(const Environment& environment, const Tags& provider, const Tags& user, const Git& git);

// Its parts.
Tags repository_tags(const Git& git);  // remote, commit, branch, tag, root
Tags commit_tags(const Git& git, std::string_view prefix, const std::string& commit);   // message and people
Tags user_git_tags(const Environment& environment, std::vector<std::string>* notices);  // DD_GIT_*

// Where the pull request left its base branch; empty when that is not known here.
std::string merge_base(const Git& git, const Tags& tags);

// Of clone.defaultRemoteName; "origin" otherwise.
std::string remote_name(const Git& git);

}  // namespace alibi::origin

#endif  // ALIBI_COLLECTOR_ORIGIN_GIT_TAGS_H_

// Names of branches and tags, and addresses of repositories, as the intake wants them: short and without
// secrets.
//
// Used by origin for what providers, users and git say. Pure, any thread.
#ifndef ALIBI_COLLECTOR_ORIGIN_REFERENCES_H_
#define ALIBI_COLLECTOR_ORIGIN_REFERENCES_H_

#include <string>
#include <string_view>

#include "collector/origin/tags.h"

namespace alibi::origin {

// "refs/heads/main", "origin/main" -> "main"; "refs/tags/v1", "tags/v1" -> "v1".
std::string_view short_reference(std::string_view reference);
bool names_tag(std::string_view reference);

// 40 or 64 hex digits.
bool is_commit_id(std::string_view text);

// What stands between the scheme and the host goes, whatever it is. Of the form user@host:path, which is
// ssh's and has no password, the user stays ("git"), unless there is a ':' in it or it is as long as a token.
std::string without_credentials(std::string_view url);
// The same for every address in a text, such as what git complains of.
std::string text_without_credentials(std::string_view text);
// Also without query and fragment, where tokens stand, too.
std::string clean_repository_url(std::string_view url);

// "~" and "~/x" are expanded; without a home they stay.
std::string expanded_home(std::string_view path, std::string_view home);

// All of the above, wherever a tag holds such a thing; a branch that names a tag becomes git.tag.
void clean_references(Tags* tags, std::string_view home);

}  // namespace alibi::origin

#endif  // ALIBI_COLLECTOR_ORIGIN_REFERENCES_H_

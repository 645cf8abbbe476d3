// How a session is called: its service, its environment, its own name; and the tags that users add.
//
// Used once per session, by the client. Pure, any thread.
//
// The service is what all history hangs on, and a user who changes from the vendor's client to this one must
// find it again. So each language keeps the rule of its own client, though they differ: Python's takes the
// repository's name in lower case and only of an address that ends in .git ("test" otherwise), Ruby's keeps
// the case, needs no .git, and falls back to the folder and then the framework.
#ifndef ALIBI_COLLECTOR_ORIGIN_SESSION_NAMES_H_
#define ALIBI_COLLECTOR_ORIGIN_SESSION_NAMES_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collector/origin/language.h"
#include "collector/origin/tags.h"

namespace alibi::origin {

struct UserTags {
  Tags tags;            // of DD_TAGS
  Tags configurations;  // those of them that begin with test.configuration., without that
};
// Pairs key:value, separated by commas; by spaces where there is no comma. What is no pair is left out.
UserTags user_tags(const Environment& environment);

struct ServiceName {
  std::string name;
  bool by_user = false;
};
// `directory`: the project's; `framework`: "rspec".
ServiceName service_name(Language language, const Environment& environment, std::string_view repository_url,
                         std::string_view directory, std::string_view framework);

// What the agent suggests counts for Python only. Nothing: Ruby's client sends null then.
std::optional<std::string> environment_name(Language language, const Environment& environment,
                                            std::string_view agents_default);

std::string session_name(const Environment& environment, std::string_view job_name, std::string_view command);

}  // namespace alibi::origin

#endif  // ALIBI_COLLECTOR_ORIGIN_SESSION_NAMES_H_

// What the CI provider that runs this session says about it: pipeline, job, node, branch, commit, author,
// pull request.
//
// Used once per session, by the client. Pure but for GitHub, whose event file and runner's log are read
// through the door; both may be missing or wrong, which costs their tags and nothing else. Never the network.
#ifndef ALIBI_COLLECTOR_ORIGIN_CI_PROVIDER_H_
#define ALIBI_COLLECTOR_ORIGIN_CI_PROVIDER_H_

#include <string>

#include "collector/origin/tags.h"
#include "tracer/base/file_system.h"

namespace alibi::origin {

// "github"; empty: none of the fifteen that are known.
std::string provider_name(const Environment& environment);

// With "ci.provider.name"; empty when there is none. References are short, URLs without credentials.
Tags provider_tags(const Environment& environment, const FileSystem& files);

}  // namespace alibi::origin

#endif  // ALIBI_COLLECTOR_ORIGIN_CI_PROVIDER_H_

// The two halves of git_upload that only speak with git: deepening a shallow clone, and objects into packs.
#ifndef ALIBI_COLLECTOR_ORIGIN_GIT_HISTORY_H_
#define ALIBI_COLLECTOR_ORIGIN_GIT_HISTORY_H_

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "collector/origin/git.h"
#include "collector/origin/timepiece.h"
#include "tracer/base/result.h"

namespace alibi::origin {

inline constexpr const char* kSince = "--since=1 month ago";

// An error says why the clone is as shallow as it was.
Result<void> deepen(const Git& git, const Deadline& deadline);

// Ids of commits and trees, of `unknown` and HEAD but not of `known`.
Result<std::vector<std::string>> objects_of(const Git& git, const std::vector<std::string>& known,
                                            const std::vector<std::string>& unknown, Milliseconds patience);

// Calls `take` with one pack after the other until it returns an error; none is larger than 3 MiB, unless a
// single object is.
Result<void> make_packs(const Git& git, const std::vector<std::string>& objects, Milliseconds step,
                        const std::function<Result<void>(std::string_view)>& take);

}  // namespace alibi::origin

#endif  // ALIBI_COLLECTOR_ORIGIN_GIT_HISTORY_H_

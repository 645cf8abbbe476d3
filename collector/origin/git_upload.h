// Tells the service about the commits of the last month: asks which it knows and sends it the others, without
// contents of files.
//
// Used by the client, on a thread of its own before settings are asked again. Needs no network itself: git
// and the intake are behind doors. Everything has a deadline, the whole too. Packs are made in memory, one of
// at most 3 MiB after the other (git's own splitting writes them through a temporary file in the repository,
// which must be on the same device); so there is no temporary file, whatever ends the process.
// The repository is only read, but for one thing, which can be switched off: a shallow clone is deepened to a
// month (git fetch, as the protocol describes; no tags, hooks, pruning or maintenance).
#ifndef ALIBI_COLLECTOR_ORIGIN_GIT_UPLOAD_H_
#define ALIBI_COLLECTOR_ORIGIN_GIT_UPLOAD_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collector/origin/git.h"
#include "collector/origin/tags.h"
#include "collector/origin/timepiece.h"
#include "tracer/base/result.h"

namespace alibi::origin {

struct GitPack {
  std::string file_name;   // "<number>-<hash of the pack>.pack"
  std::string_view bytes;  // "PACK...", until the call ends
};

// The door to the intake. Each call has its own time limit.
class IntakeQuestions {
 public:
  virtual ~IntakeQuestions() = default;
  // Which of the commits the service knows.
  virtual Result<std::vector<std::string>> search_commits(const std::vector<std::string>& commits) = 0;
  virtual Result<void> upload_pack(const std::string& head, const GitPack& pack) = 0;
};

struct UploadOptions {
  bool enabled = true;
  bool may_fetch = true;       // deepen a shallow clone
  bool needs_history = false;  // deepen it even when the service knows all (for impacted tests)
  Milliseconds step{30'000};
  Milliseconds fetch{100'000};  // all attempts together
  Milliseconds total{180'000};
};
// DD_CIVISIBILITY_GIT_METADATA_UPLOAD_ENABLED.
UploadOptions upload_options(const Environment& environment);

struct UploadResult {
  bool complete = false;  // the service has all commits of the last month that are here
  bool fetched = false;   // the clone is deeper now
  size_t commits = 0;     // of the last month, at most 1000
  size_t known = 0;
  size_t packs = 0;  // sent
  uint64_t bytes = 0;
  std::vector<std::string> steps;  // what was done, in words
  std::optional<Error> error;      // why it ended early
};

UploadResult upload_git(const Git& git, IntakeQuestions* intake, const UploadOptions& options,
                        const Timepiece& time);

}  // namespace alibi::origin

#endif  // ALIBI_COLLECTOR_ORIGIN_GIT_UPLOAD_H_

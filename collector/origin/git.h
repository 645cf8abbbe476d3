// The door to git: runs the command in a repository, with a deadline.
//
// Used by git_tags, git_upload and changed_ranges. The real one spawns `git`: never a shell, a pager or a
// prompt, never the user's hooks, signatures or background maintenance. Any thread.
#ifndef ALIBI_COLLECTOR_ORIGIN_GIT_H_
#define ALIBI_COLLECTOR_ORIGIN_GIT_H_

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "collector/origin/timepiece.h"
#include "tracer/base/result.h"

namespace alibi::origin {

struct GitAnswer {
  int status = 0;
  std::string text;       // standard output
  std::string complaint;  // standard error, its first 8 KiB
};

class Git {
 public:
  virtual ~Git() = default;
  // An error when git cannot be run, says too much, or is not done in time; an answer with a status
  // otherwise.
  virtual Result<GitAnswer> run(const std::vector<std::string>& arguments, std::string_view input,
                                Milliseconds patience) const = 0;
};

class GitCommand final : public Git {
 public:
  // Works in the repository that holds `directory`.
  explicit GitCommand(std::string directory);
  Result<GitAnswer> run(const std::vector<std::string>& arguments, std::string_view input,
                        Milliseconds patience) const override;

 private:
  std::string directory_;
  std::vector<std::string> start_;  // git and what every call has
};

// Another one, but with a time for all calls together: after that each is an error.
class TimedGit final : public Git {
 public:
  TimedGit(const Git& git, const Timepiece& time, Milliseconds patience)
      : git_(git), deadline_(time, patience) {}
  Result<GitAnswer> run(const std::vector<std::string>& arguments, std::string_view input,
                        Milliseconds patience) const override;

 private:
  const Git& git_;
  Deadline deadline_;
};

inline constexpr Milliseconds kShortPatience{3000};
inline constexpr Milliseconds kLongPatience{30'000};

// What git says, without the newlines at the end. An error (kGitFailed, with git's own words) when its status
// is not 0; kNoRepository when there is no repository, or no git.
Result<std::string> ask(const Git& git, const std::vector<std::string>& arguments,
                        Milliseconds patience = kShortPatience, std::string_view input = {});
// Empty where it would be an error.
std::string ask_or_nothing(const Git& git, const std::vector<std::string>& arguments,
                           Milliseconds patience = kShortPatience);

std::vector<std::string> lines_of(std::string_view text);

// The top of the working tree that holds `directory`, found without git; empty when there is none.
std::string repository_root(const std::string& directory);

}  // namespace alibi::origin

#endif  // ALIBI_COLLECTOR_ORIGIN_GIT_H_

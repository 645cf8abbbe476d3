#include "collector/change/git_revision.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "collector/model/error_codes.h"
#include "collector/process/child_process.h"

namespace alibi::change {
namespace {

constexpr std::chrono::seconds kPatience{120};

Result<std::string> git(const std::string& root, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"git", "-C", root, "-c", "core.quotepath=off"});
  Result<process::ChildOutput> output = process::run_child(arguments, {}, {kPatience});
  if (!output) return Error{collector::kNoRevision, 0, "git cannot be run: " + output.error().message};
  if (output->status != 0) return Error{collector::kNoRevision, 0, "git: " + output->last_error};
  return std::move(output->text);
}

void split(const std::string& text, char end, std::vector<std::string>* parts) {
  for (size_t first = 0; first < text.size();) {
    const size_t last = std::min(text.find(end, first), text.size());
    if (last != first) parts->push_back(text.substr(first, last - first));
    first = last + 1;
  }
}

}  // namespace

Result<GitRevision> GitRevision::open(std::string root, std::string revision) {
  // Never taken for an option, and the commit itself even where it is a tag.
  Result<std::string> commit =
      git(root, {"rev-parse", "--verify", "--quiet", "--end-of-options", revision + "^{commit}"});
  if (!commit)
    return Error{
        collector::kNoRevision, 0,
        "git does not have the revision " + revision + " in " + root +
            " (a shallow clone needs git fetch --unshallow; without --since everything stored is compared)"};
  while (!commit->empty() && commit->back() == '\n') commit->pop_back();
  GitRevision opened(std::move(root), std::move(*commit));
  Result<std::string> changed = git(
      opened.root_, {"diff", "--name-only", "--no-renames", "--relative", "-z", opened.commit_, "--", "."});
  if (!changed) return std::move(changed).error();
  Result<std::string> untracked =
      git(opened.root_, {"ls-files", "--others", "--exclude-standard", "-z", "--", "."});
  if (!untracked) return std::move(untracked).error();
  split(*changed, '\0', &opened.changed_);
  split(*untracked, '\0', &opened.changed_);
  std::sort(opened.changed_.begin(), opened.changed_.end());
  return opened;
}

Result<std::string> GitRevision::content(const std::string& path) const {
  return git(root_, {"show", "--end-of-options", commit_ + ":./" + path});
}

}  // namespace alibi::change

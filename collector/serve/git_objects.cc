#include "collector/serve/git_objects.h"

#include <absl/container/flat_hash_set.h>
#include <unistd.h>
#include <chrono>

#include <utility>

#include "collector/model/error_codes.h"
#include "collector/process/child_process.h"
#include "collector/store/disk.h"

namespace alibi::serve {
namespace {

constexpr std::chrono::seconds kPatience{20};    // seconds
constexpr uint64_t kMostTreeBytes = 256u << 20;  // of remembered trees
constexpr size_t kMostListing = 64u << 20;       // of one commit
constexpr const char* kLimiter = "/usr/bin/prlimit";

std::string lines_of(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text.append(word).push_back('\n');
  return text;
}

}  // namespace

std::vector<std::string> GitObjects::command(std::initializer_list<std::string_view> words) const {
  std::vector<std::string> all;
  // A small pack may say that it unpacks into any size.
  if (::access(kLimiter, X_OK) == 0) all = {kLimiter, "--as=2147483648", "--"};
  for (const char* word : {"git", "-c", "core.hooksPath=/dev/null", "-c", "gc.auto=0", "-c",
                           "protocol.allow=never", "-c", "core.bigFileThreshold=1m"}) {
    all.emplace_back(word);
  }
  all.push_back("--git-dir=" + folder_);
  all.insert(all.end(), words.begin(), words.end());
  return all;
}

Result<std::unique_ptr<GitObjects>> GitObjects::open(const std::string& folder) {
  std::unique_ptr<GitObjects> objects(new GitObjects(folder));
  if (store::exists(folder + "/HEAD")) return objects;
  if (Result<void> made = store::make_directories(folder); !made) return std::move(made).error();
  const Result<process::ChildOutput> made = process::run_child(
      {"git", "init", "--quiet", "--bare", "--template=", folder}, "", {.patience = kPatience});
  if (!made) return Error{collector::kBadServeOption, made.error().os_error, made.error().message};
  if (made->status != 0)
    return Error{collector::kBadServeOption, 0,
                 "git cannot make a repository at " + folder + ": " + made->last_error};
  return objects;
}

Result<void> GitObjects::add_pack(std::string_view pack) {
  if (!pack.starts_with("PACK")) return Error{collector::kBadRequest, 0, "what was sent as a pack is none"};
  const Result<process::ChildOutput> done =
      process::run_child(command({"index-pack", "--stdin", "--threads=1"}), pack, {.patience = kPatience});
  if (!done) return done.error();
  if (done->status != 0)
    return Error{collector::kBadRequest, 0, "git does not take the pack: " + done->last_error};
  return {};
}

Result<std::vector<std::string>> GitObjects::complete(const std::vector<std::string>& commits) const {
  if (commits.empty()) return std::vector<std::string>();
  const Result<process::ChildOutput> listed =
      process::run_child(command({"cat-file", "--batch-check=%(objectname) %(objecttype)"}),
                         lines_of(commits), {.patience = kPatience});
  if (!listed) return listed.error();
  std::vector<std::string> here;
  for (const std::string& commit : commits) {
    if (listed->text.find(commit + " commit\n") != std::string::npos) here.push_back(commit);
  }
  if (here.empty()) return here;
  // All at once, since they share most trees; one by one only when one of them lacks something.
  const auto whole = [this](const std::vector<std::string>& asked) {
    const Result<process::ChildOutput> walked =
        process::run_child(command({"rev-list", "--objects", "--no-object-names", "--filter=blob:none",
                                    "--no-walk", "--quiet", "--stdin"}),
                           lines_of(asked), {.patience = kPatience});
    return walked && walked->status == 0;
  };
  if (whole(here)) return here;
  constexpr size_t kMostOneByOne = 50;
  std::vector<std::string> found;
  for (size_t i = 0; i < here.size() && i < kMostOneByOne; ++i) {
    if (whole({here[i]})) found.push_back(here[i]);
  }
  return found;
}

Result<std::shared_ptr<const CommitTree>> GitObjects::tree(const std::string& commit) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (const auto known = trees_.find(commit); known != trees_.end()) return known->second;
  }
  const Result<process::ChildOutput> listed = process::run_child(
      command({"ls-tree", "-r", "-z", "--full-tree", commit}), "", {.patience = kPatience});
  if (!listed) return listed.error();
  if (listed->status != 0 || listed->text.size() > kMostListing) return std::shared_ptr<const CommitTree>();
  Result<CommitTree> parsed = CommitTree::parse(listed->text);
  if (!parsed) return std::move(parsed).error();
  auto tree = std::make_shared<const CommitTree>(std::move(*parsed));
  remember(commit, tree);
  return std::shared_ptr<const CommitTree>(tree);
}

void GitObjects::remember(const std::string& commit, std::shared_ptr<const CommitTree> tree) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const uint64_t bytes = tree->bytes();
  if (!trees_.emplace(commit, std::move(tree)).second) return;
  bytes_ += bytes;
  order_.push_back(commit);
  while (bytes_ > kMostTreeBytes && order_.size() > 1) {
    const auto oldest = trees_.find(order_.front());
    bytes_ -= oldest->second->bytes();
    trees_.erase(oldest);
    order_.pop_front();
  }
}

}  // namespace alibi::serve

#include "collector/serve/git_objects.h"

#include <absl/container/flat_hash_set.h>
#include <unistd.h>

#include <charconv>
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

Result<std::unique_ptr<GitObjects>> GitObjects::open(const std::string& folder, Database* shared) {
  std::unique_ptr<GitObjects> objects(new GitObjects(folder, shared));
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
  if (Result<void> taken = index_pack(pack); !taken || shared_ == nullptr) return taken;
  return shared_->add_pack(pack);
}

// What was taken up is written down beside the objects: which database's, and how far.
Result<bool> GitObjects::take_up_packs() {
  if (shared_ == nullptr) return false;
  const std::lock_guard<std::mutex> lock(taking_mutex_);
  const std::string note = folder_ + "/alibi-packs";
  const Result<std::string> identity = shared_->identity();
  if (!identity) return identity.error();
  if (taken_from_ != *identity) {
    taken_from_ = *identity;
    taken_up_ = 0;
    const std::string noted = store::read_file(note).ok() ? *store::read_file(note) : std::string();
    const std::string_view start = *identity;
    if (noted.size() > start.size() && noted.starts_with(start) && noted[start.size()] == ' ')
      std::from_chars(noted.data() + start.size() + 1, noted.data() + noted.size(), taken_up_);
  }
  bool any = false;
  while (true) {
    constexpr uint64_t kPacksAtATime = 4;
    const Result<std::vector<PackRow>> packs = shared_->packs_after(taken_up_, kPacksAtATime);
    if (!packs) return packs.error();
    for (const PackRow& pack : *packs) {
      if (Result<void> taken = index_pack(pack.bytes); !taken) return std::move(taken).error();
      taken_up_ = pack.id;
      any = true;
    }
    if (!packs->empty()) {
      const Result<void> noted =
          store::write_file(note, *identity + " " + std::to_string(taken_up_), store::Durability::kUnsynced);
      if (!noted) return noted.error();
    }
    if (packs->size() < kPacksAtATime) return any;
  }
}

Result<std::vector<std::string>> GitObjects::complete(const std::vector<std::string>& commits) {
  Result<std::vector<std::string>> found = complete_here(commits);
  if (!found || found->size() == commits.size() || shared_ == nullptr) return found;
  const Result<bool> more = take_up_packs();
  if (!more) return more.error();
  return *more ? complete_here(commits) : found;
}

Result<std::shared_ptr<const CommitTree>> GitObjects::tree(const std::string& commit) {
  Result<std::shared_ptr<const CommitTree>> found = tree_here(commit);
  if (!found || *found != nullptr || shared_ == nullptr) return found;
  const Result<bool> more = take_up_packs();
  if (!more) return more.error();
  return *more ? tree_here(commit) : found;
}

Result<void> GitObjects::index_pack(std::string_view pack) const {
  if (!pack.starts_with("PACK")) return Error{collector::kBadRequest, 0, "what was sent as a pack is none"};
  const Result<process::ChildOutput> done =
      process::run_child(command({"index-pack", "--stdin", "--threads=1"}), pack, {.patience = kPatience});
  if (!done) return done.error();
  if (done->status != 0)
    return Error{collector::kBadRequest, 0, "git does not take the pack: " + done->last_error};
  return {};
}

Result<std::vector<std::string>> GitObjects::complete_here(const std::vector<std::string>& commits) const {
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

Result<std::shared_ptr<const CommitTree>> GitObjects::tree_here(const std::string& commit) {
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

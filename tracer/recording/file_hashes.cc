#include "tracer/recording/file_hashes.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

namespace alibi::recording {
namespace {

constexpr size_t kChunk = 256 * 1024;
// A file changed this recently may change again without a new time stamp (clock ticks are 4 to 10 ms on local
// disks, up to 2 s on others): its hash is used but not kept.
constexpr int64_t kSettledAfterNs = 2'000'000'000;

constexpr std::array<std::string_view, 4> kToolNames = {"__pycache__", ".pytest_cache", ".alibi", ".git"};

// What lies there comes and goes with the tools that run, this one included. Not .git, whose branches and
// tags somebody may list on purpose.
bool is_of_tools(std::string_view folder) {
  while (!folder.empty()) {
    const size_t slash = folder.rfind('/');
    const std::string_view name = folder.substr(slash == std::string_view::npos ? 0 : slash + 1);
    if (name != ".git" && std::ranges::find(kToolNames, name) != kToolNames.end()) return true;
    folder = folder.substr(0, slash == std::string_view::npos ? 0 : slash);
  }
  return false;
}

Hash128 hash_of(const std::vector<std::string>& names) {
  ContentHasher hasher;
  for (const std::string& name : names) {
    if (std::ranges::find(kToolNames, name) != kToolNames.end()) continue;
    hasher.update(name.c_str(), name.size() + 1);
  }
  return hasher.finish();
}

Observed unobservable(const Error& error) {
  const bool absent = error.os_error == ENOENT || error.os_error == ENOTDIR;
  return {absent ? model::InputState::kAbsent : model::InputState::kOther, 0, {}};
}

}  // namespace

void FileHashes::remember(const FileStatus& status, const Observed& observed) {
  const int64_t now = static_cast<int64_t>(clock_->unix_ns());
  if (std::max(status.changed_ns, status.modified_ns) > now - kSettledAfterNs) return;
  if (cache_.size() >= kCached) cache_.clear();
  cache_.insert_or_assign(status, observed);
}

Observed FileHashes::file(const std::string& path) {
  // Looked at before it is opened: opening a device or a pipe can have effects of its own.
  const Result<FileStatus> seen = files_->status(path);
  if (!seen.ok()) return unobservable(seen.error());
  if (seen->type != FileType::kRegular) return {};
  if (const auto cached = cache_.find(*seen); cached != cache_.end()) return cached->second;

  FileStatus status;
  const Observed observed = read_file(path, &status);
  if (observed.state == model::InputState::kPresent) remember(status, observed);
  return observed;
}

Observed FileHashes::read_file(const std::string& path, FileStatus* status) {
  const Result<UniqueFd> file = files_->open_to_read(path);
  if (!file.ok()) return unobservable(file.error());
  const Result<FileStatus> before = files_->status(*file);
  if (!before.ok() || before->type != FileType::kRegular || before->size > kLargestContent ||
      files_->is_synthetic(*file)) {
    return {};
  }
  ContentHasher hasher;
  buffer_.resize(kChunk);
  uint64_t length = 0;
  while (length <=
         before->size) {  // a file that keeps growing ends where it ended at the start, or just after
    const Result<size_t> got = files_->read(*file, buffer_);
    if (!got.ok()) return {};
    if (*got == 0) break;
    hasher.update(buffer_.data(), *got);
    length += *got;
  }
  const Result<FileStatus> after = files_->status(*file);
  *status = *before;
  // Written to while it was read: the hash is of no version of it. Counted as recently changed, so not kept.
  if (!after.ok() || *after != *before) status->changed_ns = INT64_MAX;
  return {model::InputState::kPresent, length, hasher.finish()};
}

Observed FileHashes::directory(const std::string& path) {
  if (is_of_tools(path)) return {model::InputState::kPresent, 0, {}};
  const Result<FileStatus> seen = files_->status(path);
  if (!seen.ok()) return unobservable(seen.error());
  if (seen->type != FileType::kDirectory) return {};
  if (const auto cached = cache_.find(*seen); cached != cache_.end()) return cached->second;

  const Result<std::vector<std::string>> names = files_->names_in(path);
  if (!names.ok()) return unobservable(names.error());
  const Observed observed{model::InputState::kPresent, 0, hash_of(*names)};
  remember(*seen, observed);
  return observed;
}

std::optional<Hash128> FileHashes::directory_as_found(const std::string& path, const Hash128& now,
                                                      const TouchedPaths& touched) {
  if (!touched.any_in(path) || is_of_tools(path)) return std::nullopt;
  Result<std::vector<std::string>> names = files_->names_in(path);
  if (!names.ok() || hash_of(*names) != now) return std::nullopt;
  touched.put_back(path, &*names);
  const Hash128 found = hash_of(*names);
  return found == now ? std::nullopt : std::optional(found);
}

}  // namespace alibi::recording

#include "collector/plan_folder/plan_folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "collector/model/plan_errors.h"
#include "collector/plan_folder/folder_swap.h"
#include "collector/plan_folder/plan_files.h"
#include "collector/store/disk.h"
#include "tracer/base/unique_fd.h"

namespace alibi::plan_folder {
namespace {

constexpr uint64_t kLongestText = uint64_t{256} << 20;
constexpr uint64_t kLongestFolder = uint64_t{512} << 20;
constexpr size_t kMostSplits = 200'000;
constexpr int kAttempts = 50;

// Reads the files of one folder, whatever stands under its name by now.
class OpenFolder {
 public:
  explicit OpenFolder(const std::string& path)
      : path_(path), folder_(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)), error_(errno) {
    if (valid()) runner_ = UniqueFd(::openat(folder_.fd(), "runner", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  }

  bool valid() const { return folder_.valid(); }
  int error() const { return error_; }
  // Another folder has its name now, or another one is its runner/.
  bool was_replaced() const { return !is_named(folder_, path_) || !is_named(runner_, path_ + "/runner"); }
  // Sorted, without those that are hidden; none when it does not exist.
  std::vector<std::string> names_in(const std::string& directory) const {
    std::vector<std::string> names;
    const int fd = ::openat(folder_.fd(), directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(fd < 0 ? nullptr : ::fdopendir(fd), ::closedir);
    while (const dirent* entry = stream == nullptr ? nullptr : ::readdir(stream.get())) {
      if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
      if (names.size() > kMostSplits) break;
    }
    std::sort(names.begin(), names.end());
    return names;
  }
  // Nothing is added when it does not exist.
  Result<void> add(const std::string& name, ErrorCode code, FolderTexts* texts) {
    const UniqueFd file(::openat(folder_.fd(), name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!file.valid() && errno == ENOENT) return {};
    struct stat status {};
    if (!file.valid() || ::fstat(file.fd(), &status) != 0) {
      return os_error(code, errno, "cannot read " + path_ + "/" + name);
    }
    const auto size = static_cast<uint64_t>(status.st_size);
    if (!S_ISREG(status.st_mode)) return Error{code, 0, path_ + "/" + name + ": it is not a regular file"};
    read_ += size;
    if (size > kLongestText || read_ > kLongestFolder) {
      return Error{code, 0,
                   path_ + "/" + name + ": it is larger than any plan (" + std::to_string(size) + " bytes)"};
    }
    return read_all(file, name, code, size, &(*texts)[name]);
  }

 private:
  static bool is_named(const UniqueFd& opened, const std::string& path) {
    struct stat mine {};
    struct stat named {};
    if (::stat(path.c_str(), &named) != 0) return !opened.valid();
    return opened.valid() && ::fstat(opened.fd(), &mine) == 0 && mine.st_ino == named.st_ino &&
           mine.st_dev == named.st_dev;
  }
  Result<void> read_all(const UniqueFd& file, const std::string& name, ErrorCode code, uint64_t size,
                        std::string* text) const {
    text->resize(size);
    size_t filled = 0;
    while (filled < text->size()) {
      const ssize_t read = ::read(file.fd(), text->data() + filled, text->size() - filled);
      if (read < 0 && errno == EINTR) continue;
      if (read < 0) return os_error(code, errno, "cannot read " + path_ + "/" + name);
      if (read == 0) break;
      filled += static_cast<size_t>(read);
    }
    text->resize(filled);
    return {};
  }

  std::string path_;
  UniqueFd folder_;
  UniqueFd runner_;
  int error_;
  uint64_t read_ = 0;
};

Result<FolderTexts> read_texts(OpenFolder* folder) {
  using namespace collector;  // NOLINT: the codes
  struct Wanted {
    std::string path;
    ErrorCode code;
  };
  std::vector<Wanted> wanted = {{kManifest, kRunPlanLoad},        {kPlanJson, kRunPlanLoad},
                                {kTestFiles, kRunSequentialRead}, {kRunners, kRunRunnersRead},
                                {kPercentage, kRunPlanLoad},      {kDurations, kRunPlanLoad},
                                {kGithub, kRunPlanLoad}};
  const std::vector<std::string> splits = folder->names_in(kSplits);
  if (splits.size() > kMostSplits) {
    return Error{kRunSplitsRead, 0, std::string(kSplits) + ": it has more files than any plan"};
  }
  for (const std::string& name : splits) {
    if (name.starts_with(kSplitName)) wanted.push_back({std::string(kSplits) + "/" + name, kRunNodeRead});
  }
  FolderTexts texts;
  for (const Wanted& file : wanted) {
    if (Result<void> added = folder->add(file.path, file.code, &texts); !added)
      return std::move(added).error();
  }
  return texts;
}

Result<PlannedRun> read_once(const std::string& folder, bool* try_again) {
  const std::string path = folder_to_read(folder);
  OpenFolder opened(path);
  if (!opened.valid()) {
    // Between the two renames of a writer that cannot exchange names there is nothing for an instant.
    *try_again = opened.error() == ENOENT && store::exists(folder);
    if (opened.error() != ENOENT)
      return os_error(collector::kRunPlanStatus, opened.error(), "cannot open " + path);
    return Error{collector::kRunPlanLoad, ENOENT, "there is no plan in " + folder + ": run alibi plan first"};
  }
  const Result<FolderTexts> texts = read_texts(&opened);
  *try_again = opened.was_replaced();  // and is being cleared away: what could be read whole is whole
  if (!texts) return texts.error();
  Result<PlannedRun> planned =
      texts->contains(kPlanJson) ? parse_own_folder(*texts) : parse_peer_folder(*texts);
  if (planned) return planned;
  return Error{planned.error().code, 0, folder + "/" + planned.error().message};
}

}  // namespace

Result<void> write_plan(const std::string& folder, const PlannedRun& planned) {
  return write_plan(folder, planned, FolderDisk::real());
}

Result<void> write_plan(const std::string& folder, const PlannedRun& planned, const FolderDisk& disk) {
  if (Result<void> checked = check_plan(planned); !checked) return checked;
  for (const auto& [name, body] : planned.http_cache) {
    if (name.empty() || name.front() == '.' || name.find('/') != std::string::npos) {
      return Error{collector::kPlanCacheWrite, 0, "\"" + name + "\" is no name for a file of " + kHttpCache};
    }
  }
  return replace_folder(folder, render_plan(planned), disk);
}

Result<PlannedRun> read_plan(const std::string& folder) {
  for (int attempt = 1;; ++attempt) {
    bool try_again = false;
    Result<PlannedRun> planned = read_once(folder, &try_again);
    if (planned || !try_again || attempt == kAttempts) return planned;
  }
}

bool has_plan(const std::string& folder) {
  const std::string path = folder_to_read(folder);
  // One that lost a file is a broken plan, not none: a node must not make one of its own then.
  return store::exists(path + "/" + kRunners) || store::exists(path + "/" + kPlanJson);
}

}  // namespace alibi::plan_folder

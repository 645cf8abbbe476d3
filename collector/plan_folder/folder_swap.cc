#include "collector/plan_folder/folder_swap.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <set>

#include "collector/model/plan_errors.h"
#include "collector/store/disk.h"
#include "tracer/base/unique_fd.h"

namespace alibi::plan_folder {
namespace {

constexpr char kNew[] = ".new.";
constexpr char kOld[] = ".old.";
constexpr int kDeepest = 64;
constexpr int kLockPollMicroseconds = 20'000;
constexpr int kLockPolls = 500;

std::string parent_of(const std::string& path) {
  const size_t slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string name_of(const std::string& path) {
  return path.substr(path.find_last_of('/') + 1);
}

bool is_directory(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

std::string numbers() {
  uint64_t number = 0;
  if (::getrandom(&number, sizeof number, GRND_NONBLOCK) != static_cast<ssize_t>(sizeof number)) {
    number = static_cast<uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
  }
  return std::to_string(::getpid()) + "-" + std::to_string(number);
}

// Paths of what writers of `folder` left beside it.
std::vector<std::string> leftovers(const std::string& folder, const char* kind) {
  std::vector<std::string> found;
  const std::string start = name_of(folder) + kind;
  for (const std::string& name : store::names_in(parent_of(folder))) {
    if (!name.starts_with(start) || name.size() == start.size()) continue;
    if (name.find_first_not_of("0123456789-", start.size()) != std::string::npos) continue;
    if (is_directory(parent_of(folder) + "/" + name)) found.push_back(parent_of(folder) + "/" + name);
  }
  return found;
}

// Calls `each` for what is not the plan's: files and whole folders.
template <typename Each>
void for_others(const std::string& from, const std::string& relative, int depth, const Each& each) {
  for (const std::string& name : store::names_in(from)) {
    const std::string path = relative.empty() ? name : relative + "/" + name;
    if (is_of_plan(path)) continue;
    const bool is_folder = is_directory(from + "/" + name);
    each(path, is_folder);
    if (is_folder && depth < kDeepest) for_others(from + "/" + name, path, depth + 1, each);
  }
}

// Others' files are in both folders before the exchange, so that they are never away; what cannot be linked
// is moved behind it (absorb).
void link_others(const std::string& from, const std::string& to, const FolderDisk& disk) {
  for_others(from, "", 0, [&](const std::string& path, bool is_folder) {
    const std::string target = to + "/" + path;
    if (is_folder) {
      disk.make_directory(target);
    } else {
      disk.link(from + "/" + path, target);
    }
  });
}

// What `folder` has not of the others' files in `from` goes there; then `from` is no more.
void absorb(const std::string& from, const std::string& folder, const FolderDisk& disk) {
  for_others(from, "", 0, [&](const std::string& path, bool is_folder) {
    const std::string target = folder + "/" + path;
    if (store::exists(target)) return;
    if (is_folder) {
      disk.make_directory(target);
    } else {
      disk.rename(from + "/" + path, target);
    }
  });
  store::remove_tree(from);
}

// One writer at a time, by a lock on the folder above that leaves no file behind. Not held where the file
// system has no locks or another writer takes too long: names are unique, only clearing up is left out then.
UniqueFd lock(const std::string& directory) {
  UniqueFd file(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  for (int poll = 0; file.valid() && poll < kLockPolls; ++poll) {
    if (::flock(file.fd(), LOCK_EX | LOCK_NB) == 0) return file;
    if (errno != EWOULDBLOCK && errno != EINTR) break;
    ::usleep(kLockPollMicroseconds);
  }
  return UniqueFd();
}

void clear_up(const std::string& folder, const FolderDisk& disk) {
  if (!store::exists(folder)) {
    for (const std::string& old : leftovers(folder, kOld)) {
      if (disk.rename(old, folder) == 0) break;
    }
  }
  for (const char* kind : {kOld, kNew}) {
    for (const std::string& left : leftovers(folder, kind)) {
      if (store::exists(folder)) {
        absorb(left, folder, disk);
      } else if (kind == kNew) {
        store::remove_tree(left);
      }
    }
  }
}

Error write_error(const PlanFile& file, const std::string& folder, int error) {
  return os_error(file.code, error,
                  "cannot write " + folder + "/" + file.path + ", the plan is as it was before");
}

// All files, then all syncs: the first of them makes the later ones cheap.
Result<void> write_files(const std::string& fresh, const std::string& folder,
                         const std::vector<PlanFile>& files, const FolderDisk& disk) {
  std::set<std::string> directories = {""};
  for (const PlanFile& file : files) {
    for (size_t slash = file.path.find('/'); slash != std::string::npos;
         slash = file.path.find('/', slash + 1)) {
      const std::string directory = file.path.substr(0, slash);
      if (!directories.insert(directory).second) continue;
      if (const int error = disk.make_directory(fresh + "/" + directory); error != 0) {
        return write_error(file, folder, error);
      }
    }
    if (const int error = disk.write(fresh + "/" + file.path, file.bytes); error != 0) {
      return write_error(file, folder, error);
    }
  }
  if (directories.insert(kSplits).second) {  // no nodes: an empty folder says so
    const PlanFile splits{kSplits, "", collector::kPlanSplitsWrite};
    const int error = disk.make_directory(fresh + "/" + kSplits);
    if (error != 0) return write_error(splits, folder, error);
  }
  for (const PlanFile& file : files) {
    if (const int error = disk.sync(fresh + "/" + file.path); error != 0)
      return write_error(file, folder, error);
  }
  for (const std::string& directory : directories) {
    if (const int error = disk.sync(fresh + "/" + directory); error != 0) {
      return write_error(files.front(), folder, error);
    }
  }
  return {};
}

// `fresh` under the name `place`; what was there is at `*old` (empty: nothing was).
int put_in_place(const std::string& fresh, const std::string& place, std::string* old,
                 const FolderDisk& disk) {
  old->clear();
  if (!store::exists(place)) return disk.rename(fresh, place);
  const int exchanged = disk.exchange(fresh, place);
  if (exchanged == 0) {
    *old = fresh;
    return 0;
  }
  if (exchanged != EINVAL && exchanged != ENOSYS && exchanged != EOPNOTSUPP) return exchanged;
  const std::string aside = place + kOld + numbers();
  if (const int error = disk.rename(place, aside); error != 0) return error;
  if (const int error = disk.rename(fresh, place); error != 0) {
    disk.rename(aside, place);
    return error;
  }
  *old = aside;
  return 0;
}

Error swap_error(const std::string& folder, int error) {
  return os_error(collector::kPlanManifestWrite, error,
                  "cannot put the new plan in the place of " + folder + ", which is as it was before");
}

}  // namespace

bool is_of_plan(const std::string& path) {
  const std::string http = kHttpCache;
  const bool is_leftover = path.starts_with(kNew) || path.starts_with(std::string("runner") + kOld);
  return is_leftover || path == kManifest || path == "runner" || path.starts_with("runner/") ||
         path == kGithub || path.starts_with(http + "/");
}

std::string folder_to_read(const std::string& folder) {
  if (store::exists(folder)) return folder;
  const std::vector<std::string> old = leftovers(folder, kOld);
  return old.empty() ? folder : old.back();
}

namespace {

bool is_plan_file_in(const std::vector<PlanFile>& files, const std::string& path) {
  return std::any_of(files.begin(), files.end(), [&path](const PlanFile& file) { return file.path == path; });
}

// What readers of a plan take together is all in runner/, which changes last and in one step.
int put_inside(const std::string& fresh, const std::string& folder, const std::vector<PlanFile>& files,
               const FolderDisk& disk) {
  for (const PlanFile& file : files) {
    if (file.path.starts_with("runner/")) continue;
    for (size_t slash = file.path.find('/'); slash != std::string::npos;
         slash = file.path.find('/', slash + 1)) {
      disk.make_directory(folder + "/" + file.path.substr(0, slash));
    }
    const int error = disk.rename(fresh + "/" + file.path, folder + "/" + file.path);
    if (error != 0) return error;
  }
  if (!is_plan_file_in(files, kGithub)) ::unlink((folder + "/" + kGithub).c_str());
  for (const std::string& name : store::names_in(folder + "/" + kHttpCache)) {
    const std::string path = std::string(kHttpCache) + "/" + name;
    if (!is_plan_file_in(files, path)) store::remove_tree(folder + "/" + path);
  }
  std::string old;
  const int error = put_in_place(fresh + "/runner", folder + "/runner", &old, disk);
  if (error == 0 && !old.empty()) store::remove_tree(old);
  return error;
}

// For a folder that cannot change its name: a mount, or one below a folder that is not ours to write.
Result<void> replace_inside(const std::string& folder, const std::vector<PlanFile>& files,
                            const FolderDisk& disk) {
  const UniqueFd held = lock(folder);
  const std::string runner = folder + "/runner";
  if (held.valid()) {
    for (const std::string& left : leftovers(folder + "/", kNew)) store::remove_tree(left);
    for (const std::string& old : leftovers(runner, kOld)) {
      if (store::exists(runner) || disk.rename(old, runner) != 0) store::remove_tree(old);
    }
  }
  const std::string fresh = folder + "/" + kNew + numbers();
  if (const int error = disk.make_directory(fresh); error != 0) return swap_error(folder, error);
  Result<void> written = write_files(fresh, folder, files, disk);
  if (written) {
    const int error = put_inside(fresh, folder, files, disk);
    if (error != 0) written = swap_error(folder, error);
  }
  store::remove_tree(fresh);
  if (written) disk.sync(folder);
  return written;
}

// Errors of a folder that has to stay where it is.
bool is_fixed(int error) {
  return error == EBUSY || error == EXDEV || error == EACCES || error == EPERM || error == EROFS;
}

}  // namespace

Result<void> replace_folder(const std::string& given, const std::vector<PlanFile>& files,
                            const FolderDisk& disk) {
  // Of a symbolic link the folder that it means is replaced.
  const Result<std::string> resolved = store::absolute_path(given);
  const std::string folder = resolved ? *resolved : given;
  if (Result<void> made = store::make_directories(parent_of(folder)); !made) {
    return Error{collector::kPlanManifestWrite, made.error().os_error, made.error().message};
  }
  const UniqueFd held = lock(parent_of(folder));
  if (held.valid()) clear_up(folder, disk);
  struct stat status {};
  const bool is_there = ::lstat(folder.c_str(), &status) == 0;
  if (is_there && !S_ISDIR(status.st_mode)) return swap_error(folder, ENOTDIR);

  const std::string fresh = folder + kNew + numbers();
  if (const int error = disk.make_directory(fresh); error != 0) {
    return is_fixed(error) && is_directory(folder) ? replace_inside(folder, files, disk)
                                                   : swap_error(folder, error);
  }
  Result<void> written = write_files(fresh, folder, files, disk);
  std::string old;
  int error = 0;
  if (written) {
    if (is_there) {
      ::chmod(fresh.c_str(), status.st_mode & 07777);  // who may read it stays the same
      link_others(folder, fresh, disk);
    }
    error = put_in_place(fresh, folder, &old, disk);
    if (error != 0) written = swap_error(folder, error);
  }
  if (!written) {
    store::remove_tree(fresh);
    return is_fixed(error) && is_directory(folder) ? replace_inside(folder, files, disk) : written;
  }
  disk.sync(parent_of(folder));
  if (!old.empty()) absorb(old, folder, disk);
  return {};
}

}  // namespace alibi::plan_folder

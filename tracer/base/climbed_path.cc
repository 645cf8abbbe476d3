#include "tracer/base/climbed_path.h"

#include <limits.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace alibi {
namespace {

constexpr int kMostLinks = 40;  // as many as the kernel follows

class Climb {
 public:
  Climb(std::string_view path, std::vector<PassedFolder>* passed) : rest_(path), passed_(passed) {}

  std::string end() {
    while (!rest_.empty()) {
      const size_t end = std::min(rest_.find('/'), rest_.size());
      const std::string part = rest_.substr(0, end);
      rest_.erase(0, end + 1);
      if (part == "..")
        leave();
      else if (!part.empty() && part != ".")
        reached_ += '/' + part;
    }
    return reached_.empty() ? "/" : std::move(reached_);
  }

 private:
  void leave() {
    if (reached_.empty()) return;
    PassedFolder folder = look();
    const bool is_link = !folder.target.empty();
    const std::string target = folder.target;
    if (passed_ != nullptr) passed_->push_back(std::move(folder));
    reached_.resize(reached_.rfind('/'));
    if (!is_link || ++links_ > kMostLinks) return;
    if (target.front() == '/') reached_.clear();
    rest_.insert(0, target + "/../");
  }

  PassedFolder look() const {
    PassedFolder folder;
    folder.path = reached_;
    if (::lstat(reached_.c_str(), &folder.status) != 0) {
      folder.error = errno;
      return folder;
    }
    if (!S_ISLNK(folder.status.st_mode)) return folder;
    char target[PATH_MAX];
    const ssize_t length = ::readlink(reached_.c_str(), target, sizeof target);
    if (length > 0)
      folder.target.assign(target, static_cast<size_t>(length));
    else
      folder.error = errno;
    return folder;
  }

  std::string rest_;
  std::string reached_;  // empty: the root
  std::vector<PassedFolder>* passed_;
  int links_ = 0;
};

}  // namespace

std::string climbed_path(std::string_view path, std::vector<PassedFolder>* passed) {
  const int kept = errno;
  std::string end = Climb(path, passed).end();
  errno = kept;
  return end;
}

}  // namespace alibi

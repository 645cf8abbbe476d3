#include "session_paths.h"

namespace alibi::ruby {

void SessionPaths::note(const std::string& path) {
  if (paths_.size() < kMost) paths_.insert(path);
}

void SessionPaths::note_folder(const std::string& path) {
  if (folders_.size() < kMost) folders_.insert(path);
}

bool SessionPaths::covers(const std::string& path) const {
  if (paths_.count(path) != 0) return true;
  if (folders_.empty()) return false;
  for (std::string folder = path; !folder.empty();) {
    if (folders_.count(folder) != 0) return true;
    const size_t slash = folder.rfind('/');
    folder.resize(slash == std::string::npos ? 0 : slash);
  }
  return false;
}

}  // namespace alibi::ruby

#include "session_paths.h"

#include <mutex>
#include <unordered_set>

namespace alibi::python {
namespace {

// A session that makes more than this many files charges the rest to the disk: more runs, never fewer.
constexpr size_t kMost = 1 << 20;

std::mutex mutex;
std::unordered_set<std::string>& paths() {
  static auto* const made = new std::unordered_set<std::string>;
  return *made;
}
std::unordered_set<std::string>& folders() {
  static auto* const made = new std::unordered_set<std::string>;
  return *made;
}

}  // namespace

void SessionPaths::forget() {
  const std::lock_guard<std::mutex> lock(mutex);
  paths().clear();
  folders().clear();
}

void SessionPaths::note(const std::string& path) {
  const std::lock_guard<std::mutex> lock(mutex);
  if (paths().size() < kMost) paths().insert(path);
}

void SessionPaths::note_folder(const std::string& path) {
  const std::lock_guard<std::mutex> lock(mutex);
  if (folders().size() < kMost) folders().insert(path);
}

bool SessionPaths::covers(const std::string& path) {
  const std::lock_guard<std::mutex> lock(mutex);
  if (paths().count(path) != 0) return true;
  if (folders().empty()) return false;
  for (std::string folder = path; !folder.empty();) {
    if (folders().count(folder) != 0) return true;
    const size_t slash = folder.rfind('/');
    folder.resize(slash == std::string::npos ? 0 : slash);
  }
  return false;
}

}  // namespace alibi::python

#include "collector/change/project_files.h"

#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <utility>

#include "collector/store/disk.h"
#include "tracer/base/clock.h"
#include "tracer/base/file_system.h"
#include "tracer/base/hash.h"

namespace alibi::change {
namespace {

using collector::InputState;

struct Answer {
  InputState state = InputState::kOther;
  Hash128 hash;
};

Hash128 hash_of_facts(uint64_t first, uint64_t second) {
  const uint64_t facts[2] = {first, second};
  return hash128(facts, sizeof facts);
}

Answer failed() {
  const bool missing = errno == ENOENT || errno == ENOTDIR;
  return {missing ? InputState::kAbsent : InputState::kOther, {}};
}

Answer status_answer(const std::string& path, bool follow) {
  struct stat status {};
  if ((follow ? ::stat(path.c_str(), &status) : ::lstat(path.c_str(), &status)) != 0) return failed();
  const uint64_t size = S_ISREG(status.st_mode) ? static_cast<uint64_t>(status.st_size) : 0;
  return {InputState::kPresent, hash_of_facts(status.st_mode & S_IFMT, size)};
}

Answer truth(bool holds) {
  return {InputState::kPresent, hash_of_facts(holds ? 1 : 0, 0)};
}

Answer link_answer(const std::string& path) {
  char target[PATH_MAX];
  const ssize_t length = ::readlink(path.c_str(), target, sizeof target);
  if (length < 0) return failed();
  return {InputState::kPresent, hash128(target, static_cast<size_t>(length))};
}

// What the function of that name says now. False for a question that this version does not know.
bool ask(const std::string& path, std::string_view question, Answer* answer) {
  struct stat status {};
  const auto is = [&](mode_t kind, bool follow) {
    const int result = follow ? ::stat(path.c_str(), &status) : ::lstat(path.c_str(), &status);
    return result == 0 && (kind == 0 || (status.st_mode & S_IFMT) == kind);
  };
  constexpr std::string_view kAccess = "access:";
  if (question == "stat") {
    *answer = status_answer(path, true);
  } else if (question == "lstat") {
    *answer = status_answer(path, false);
  } else if (question == "readlink") {
    *answer = link_answer(path);
  } else if (question.starts_with(kAccess)) {
    int mode = 0;
    std::from_chars(question.data() + kAccess.size(), question.data() + question.size(), mode);
    *answer = truth(::access(path.c_str(), mode) == 0);
  } else if (question == "_path_exists") {
    *answer = truth(is(0, true));
  } else if (question == "_path_lexists") {
    *answer = truth(is(0, false));
  } else if (question == "_path_isfile") {
    *answer = truth(is(S_IFREG, true));
  } else if (question == "_path_isdir") {
    *answer = truth(is(S_IFDIR, true));
  } else if (question == "_path_islink") {
    *answer = truth(is(S_IFLNK, false));
  } else {
    return false;
  }
  return true;
}

}  // namespace

ProjectFiles::ProjectFiles() : hashes_(&FileSystem::real(), &Clock::real()) {}

void ProjectFiles::set_roots(std::string recorded_root, std::string root) {
  recorded_root_ = std::move(recorded_root);
  root_ = std::move(root);
}

std::string ProjectFiles::here(std::string_view recorded_path) const {
  if (recorded_root_ == root_ || !recorded_path.starts_with(recorded_root_))
    return std::string(recorded_path);
  const std::string_view rest = recorded_path.substr(recorded_root_.size());
  if (!rest.empty() && rest.front() != '/') return std::string(recorded_path);
  return root_ + std::string(rest);
}

const recording::Observed& ProjectFiles::content(const std::string& path) {
  const auto known = contents_.find(path);
  if (known != contents_.end()) return known->second;
  return contents_.emplace(path, hashes_.file(path)).first->second;
}

const recording::Observed& ProjectFiles::listing(const std::string& path) {
  const auto known = listings_.find(path);
  if (known != listings_.end()) return known->second;
  return listings_.emplace(path, hashes_.directory(path)).first->second;
}

bool ProjectFiles::exists(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0;
}

const absl::flat_hash_set<std::string>& ProjectFiles::names_in(const std::string& directory) {
  const auto known = names_.find(directory);
  if (known != names_.end()) return known->second;
  const std::vector<std::string> names = store::names_in(directory);
  return names_.emplace(directory, absl::flat_hash_set<std::string>(names.begin(), names.end()))
      .first->second;
}

bool ProjectFiles::answer_holds(const collector::Input& probe, std::string_view question) {
  Answer answer;
  if (!ask(here(probe.subject), question, &answer)) return false;
  return answer.state == probe.state && answer.hash == probe.hash;
}

bool is_inside(std::string_view path, std::string_view folder) {
  return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
}

}  // namespace alibi::change

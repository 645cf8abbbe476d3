#include "collector/planning/revision.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include "collector/plan_folder/plan_key.h"

namespace alibi::planning {
namespace {

constexpr uintmax_t kLargestHashed = uintmax_t{4} << 20;  // of larger ones size and time count

std::string hex_of(const std::string& bytes) {
  return plan_folder::digest_of({bytes});
}

std::string state_of_repository(const std::string& root);

std::string content_of(const std::filesystem::path& path) {
  std::error_code failed;
  const auto status = std::filesystem::symlink_status(path, failed);
  if (failed) return "?";
  if (std::filesystem::is_symlink(status)) return "->" + std::filesystem::read_symlink(path, failed).string();
  if (std::filesystem::is_directory(status))
    return std::filesystem::exists(path / ".git", failed) ? state_of_repository(path.string()) : "?";
  if (!std::filesystem::is_regular_file(status)) return "?";
  const uintmax_t size = std::filesystem::file_size(path, failed);
  if (failed) return "?";
  if (size > kLargestHashed) {
    const auto time = std::filesystem::last_write_time(path, failed).time_since_epoch().count();
    return std::to_string(size) + "@" + std::to_string(time);
  }
  std::ifstream file(path, std::ios::binary);
  return hex_of(std::string(std::istreambuf_iterator<char>(file), {}));
}

// `names`: with a zero byte after each.
std::string digest_of_files(const std::string& folder, const std::string& names) {
  std::string text;
  for (size_t start = 0; start < names.size();) {
    const size_t end = names.find('\0', start);
    if (end == std::string::npos) break;
    const std::string name = names.substr(start, end - start);
    start = end + 1;
    if (!is_product(name)) text += name + '\0' + content_of(std::filesystem::path(folder) / name) + '\0';
  }
  return text.empty() ? std::string() : hex_of(text);
}

// Names and contents of tracked files that differ from the commit. Not git's patch: its text depends on
// settings, and on how much of the history is there.
std::string changes_digest(const std::string& root, const origin::Git& git) {
  const Result<origin::GitAnswer> names = git.run(
      {"diff", "--name-only", "--no-renames", "--no-relative", "-z", "HEAD"}, {}, origin::kLongPatience);
  return names && names->status == 0 ? digest_of_files(root, names->text) : std::string();
}

// Of a submodule, or of a repository that lies in this one: what it has checked out, and what differs there.
std::string state_of_repository(const std::string& root) {
  const origin::GitCommand git(root);
  return origin::ask_or_nothing(git, {"rev-parse", "--verify", "--quiet", "HEAD"}) + "+" +
         changes_digest(root, git) + "+" + untracked_digest(root, git);
}

}  // namespace

bool is_product(std::string_view name) {
  for (const std::string_view folder :
       {".testoptimization", ".alibi", ".pytest_cache", "__pycache__", ".coverage"}) {
    for (size_t at = name.find(folder); at != std::string_view::npos; at = name.find(folder, at + 1)) {
      const size_t end = at + folder.size();
      if ((at == 0 || name[at - 1] == '/') && (end == name.size() || name[end] == '/')) return true;
    }
  }
  return name.ends_with(".pyc");
}

std::string untracked_digest(const std::string& root, const origin::Git& git) {
  const Result<origin::GitAnswer> names =
      git.run({"ls-files", "--others", "--exclude-standard", "--full-name", "-z", "--", ":/"}, {},
              origin::kLongPatience);
  if (!names || names->status != 0) return {};
  return digest_of_files(root, names->text);
}

Revision revision_of(const std::string& directory, const origin::Environment& environment,
                     const origin::Git& git) {
  Revision made;
  made.root = origin::repository_root(directory);
  if (made.root.empty()) return made;
  made.commit = origin::ask_or_nothing(git, {"rev-parse", "--verify", "--quiet", "HEAD"});
  if (const std::string changes = changes_digest(made.root, git); !changes.empty())
    made.commit.append("+").append(changes);
  made.untracked = untracked_digest(made.root, git);
  made.branch = origin::ask_or_nothing(git, {"symbolic-ref", "--quiet", "--short", "HEAD"});
  const std::string_view service = origin::value_of(environment, "DD_SERVICE");
  made.service = std::string(service);
  return made;
}

}  // namespace alibi::planning

#include "collector/planning/kept_tests.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "collector/framework/glob.h"
#include "collector/store/disk.h"

namespace alibi::planning {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMostFiles = 100'000;

// Below the first folder of the pattern everything counts, since tests can be made of any of it.
std::string root_of(const std::string& pattern) {
  const size_t slash = pattern.find('/');
  const std::string first = slash == std::string::npos ? "" : pattern.substr(0, slash);
  return first.find_first_of("*?[{") == std::string::npos ? first : "";
}

bool is_left_away(const std::string& name) {
  return name.starts_with('.') || name == "__pycache__" || name == "node_modules" || name.ends_with(".pyc");
}

std::string content_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

void add_files(const fs::path& folder, const fs::path& base, std::map<std::string, std::string>* hashes) {
  std::error_code failed;
  for (fs::recursive_directory_iterator at(folder, fs::directory_options::skip_permission_denied, failed),
       end;
       !failed && at != end; at.increment(failed)) {
    const std::string name = at->path().filename();
    if (is_left_away(name)) {
      if (at->is_directory(failed)) at.disable_recursion_pending();
      continue;
    }
    if (!at->is_regular_file(failed) || hashes->size() >= kMostFiles) continue;
    (*hashes)[at->path().lexically_relative(base).generic_string()] =
        plan_folder::hash_of_content(content_of(at->path()));
  }
}

// Nothing when there are too many to look at each time.
std::map<std::string, std::string> hashes_of(const KeptTests& kept) {
  std::map<std::string, std::string> hashes;
  const fs::path base(kept.directory);
  add_files(base / root_of(kept.terms.pattern), base, &hashes);
  for (const char* name :
       {"conftest.py", "pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg", ".rspec", "Gemfile.lock"}) {
    if (fs::exists(base / name)) hashes[name] = plan_folder::hash_of_content(content_of(base / name));
  }
  if (hashes.size() >= kMostFiles) hashes.clear();
  return hashes;
}

plan_folder::DiscoveryHistory history_of(const origin::Git& git) {
  plan_folder::DiscoveryHistory history;
  history.has_commit = [&git](const std::string& commit) {
    const Result<origin::GitAnswer> known = git.run({"cat-file", "-e", commit}, {}, origin::kShortPatience);
    return known && known->status == 0;
  };
  history.changed_since = [&git](const std::string& commit) -> Result<std::vector<std::string>> {
    std::vector<std::string> changed;
    const std::vector<std::string> questions[] = {
        {"diff", "--name-only", "--no-renames", "-z", commit, "HEAD"},
        {"status", "--porcelain=v1", "--no-renames", "-z"}};
    for (const auto& question : questions) {
      Result<std::string> answer = origin::ask(git, question, origin::kLongPatience);
      if (!answer) return std::move(answer).error();
      const bool is_status = question.front() == "status";
      for (size_t start = 0; start < answer->size();) {
        const size_t end = std::min(answer->find('\0', start), answer->size());
        const std::string entry = answer->substr(start, end - start);
        changed.push_back(is_status && entry.size() > 3 ? entry.substr(3) : entry);
        start = end + 1;
      }
    }
    return changed;
  };
  history.matches = [](const std::string& pattern, const std::string& path) {
    const Result<framework::Glob> glob = framework::Glob::compile(pattern);
    return !glob || glob->matches(path);
  };
  return history;
}

framework::Discovery discovery_of(plan_folder::DiscoveryCache cache) {
  framework::Discovery made;
  std::set<std::string> files;
  for (plan_folder::CachedTest& test : cache.tests) {
    files.insert(test.file);
    framework::DiscoveredTest found;
    found.name = std::move(test.name);
    found.suite = std::move(test.suite);
    found.module = std::move(test.module);
    found.parameters = std::move(test.parameters);
    found.file = std::move(test.file);
    made.tests.push_back(std::move(found));
  }
  made.files.assign(files.begin(), files.end());
  return made;
}

}  // namespace

FoundTests find_kept_tests(const KeptTests& kept, const origin::Git& git) {
  for (const std::string& path : {kept.import, kept.file}) {
    if (path.empty()) continue;
    Result<plan_folder::DiscoveryCache> cache = plan_folder::read_discovery(path);
    std::string why =
        cache ? plan_folder::why_not_usable(cache->metadata, kept.terms, hashes_of(kept), history_of(git))
              : cache.error().message;
    if (why.empty()) return {discovery_of(std::move(*cache)), ""};
    if (path == kept.import) return {std::nullopt, "the tests in " + path + " are listed anew: " + why};
  }
  return {};
}

void keep_tests(const KeptTests& kept, const framework::Discovery& discovery) {
  plan_folder::DiscoveryCache cache;
  for (const framework::DiscoveredTest& test : discovery.tests)
    cache.tests.push_back({test.name, test.suite, test.module, test.parameters, test.file});
  cache.metadata.source_commit = kept.commit;
  cache.metadata.terms = kept.terms;
  cache.metadata.file_hashes = hashes_of(kept);
  if (!store::make_directories(fs::path(kept.file).parent_path())) return;
  static_cast<void>(plan_folder::write_discovery(kept.file, cache));
}

}  // namespace alibi::planning

#include "collector/origin/changed_ranges.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>

#include "collector/model/error_codes.h"
#include "collector/origin/git_tags.h"
#include "collector/origin/references.h"

namespace alibi::origin {
namespace {

constexpr std::array<std::string_view, 7> kBaseBranches = {"main", "master",      "preprod", "prod",
                                                           "dev",  "development", "trunk"};
constexpr std::array<std::string_view, 2> kBaseFolders = {"release/", "hotfix/"};
constexpr size_t kMostCandidates = 30;
constexpr LineRange kWholeFile{1, std::numeric_limits<uint32_t>::max()};

bool take(std::string_view* text, std::string_view prefix) {
  if (!text->starts_with(prefix)) return false;
  text->remove_prefix(prefix.size());
  return true;
}

bool take_number(std::string_view* text, uint32_t* number) {
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), *number);
  if (error != std::errc()) return false;
  text->remove_prefix(static_cast<size_t>(end - text->data()));
  return true;
}

// A path as git quotes it: in '"', with escapes of C.
std::optional<std::string> take_quoted(std::string_view* text) {
  if (!take(text, "\"")) return std::nullopt;
  constexpr std::string_view kLetters = "abtnvfr", kMeanings = "\a\b\t\n\v\f\r";
  std::string path;
  while (!text->empty()) {
    const char letter = text->front();
    text->remove_prefix(1);
    if (letter == '"') return path;
    if (letter != '\\') {
      path += letter;
      continue;
    }
    if (text->empty()) break;
    const char escape = text->front();
    if (escape >= '0' && escape <= '3' && text->size() >= 3) {
      path += static_cast<char>((escape - '0') * 64 + ((*text)[1] - '0') * 8 + ((*text)[2] - '0'));
      text->remove_prefix(3);
      continue;
    }
    const size_t known = kLetters.find(escape);
    path += known == std::string_view::npos ? escape : kMeanings[known];
    text->remove_prefix(1);
  }
  return std::nullopt;
}

// The rest of a line; git ends names that have blanks with a tab there.
std::string path_in(std::string_view rest) {
  if (rest.starts_with('"')) return take_quoted(&rest).value_or(std::string());
  if (rest.ends_with('\t')) rest.remove_suffix(1);
  return std::string(rest);
}

std::string without_side(std::string path) {
  return path.starts_with("a/") || path.starts_with("b/") ? path.substr(2) : std::string();
}

// Of "a/x b/x", when both are the same; otherwise other lines say it.
std::string path_of_header(std::string_view rest) {
  if (rest.starts_with('"')) {
    take_quoted(&rest);
    return take(&rest, " ") ? without_side(path_in(rest)) : std::string();
  }
  if (rest.size() < 5 || rest.size() % 2 == 0) return {};
  const size_t half = rest.size() / 2;
  if (rest[half] != ' ' || rest.substr(2, half - 2) != rest.substr(half + 3)) return {};
  return without_side(std::string(rest.substr(half + 1)));
}

struct Hunk {
  uint32_t removed = 1;
  uint32_t start = 0;
  uint32_t added = 1;
};

// "@@ -12,3 +14 @@ def f():"
std::optional<Hunk> hunk_in(std::string_view line) {
  Hunk hunk;
  uint32_t old_start = 0;
  if (!take(&line, "@@ -") || !take_number(&line, &old_start)) return std::nullopt;
  if (take(&line, ",") && !take_number(&line, &hunk.removed)) return std::nullopt;
  if (!take(&line, " +") || !take_number(&line, &hunk.start)) return std::nullopt;
  if (take(&line, ",") && !take_number(&line, &hunk.added)) return std::nullopt;
  return take(&line, " @@") ? std::optional(hunk) : std::nullopt;
}

LineRange range_of(const Hunk& hunk) {
  const uint32_t first = std::max(hunk.start, 1U), more = hunk.added == 0 ? 0 : hunk.added - 1;
  return {first, first + std::min(more, std::numeric_limits<uint32_t>::max() - first)};
}

// Reads a diff line by line. Lines of a hunk are counted, since their text may look like anything.
class DiffReader {
 public:
  explicit DiffReader(std::map<std::string, std::vector<LineRange>, std::less<>>* files) : files_(*files) {}

  void read(std::string_view line) {
    if (line.starts_with('+') && added_ > 0) {
      --added_;
    } else if (line.starts_with('-') && removed_ > 0) {
      --removed_;
    } else if (!line.starts_with('\\')) {
      added_ = removed_ = 0;
      read_header(line);
    }
  }

  void end_file() {
    if (!path_.empty() && !deleted_) {
      std::vector<LineRange>& ranges = files_[path_];
      ranges.insert(ranges.end(), ranges_.begin(), ranges_.end());
    }
    path_.clear();
    ranges_.clear();
    deleted_ = false;
  }

 private:
  void read_header(std::string_view line) {
    if (const std::optional<Hunk> hunk = hunk_in(line)) {
      added_ = hunk->added;
      removed_ = hunk->removed;
      ranges_.push_back(range_of(*hunk));
    } else if (take(&line, "diff --git ")) {
      end_file();
      path_ = path_of_header(line);
    } else if (line.starts_with("deleted file mode ") || line == "+++ /dev/null") {
      deleted_ = true;
    } else if (take(&line, "+++ ")) {
      path_ = without_side(path_in(line));
    } else if (take(&line, "rename to ") || take(&line, "copy to ")) {
      path_ = path_in(line);
    } else if (line.starts_with("Binary files ") || line == "GIT binary patch") {
      ranges_.push_back(kWholeFile);
    }
  }

  std::map<std::string, std::vector<LineRange>, std::less<>>& files_;
  std::string path_;
  std::vector<LineRange> ranges_;
  bool deleted_ = false;
  uint32_t added_ = 0, removed_ = 0;  // lines of the hunk that are still to come
};

void join(std::vector<LineRange>* ranges) {
  std::ranges::sort(*ranges, {}, &LineRange::first);
  std::vector<LineRange> joined;
  for (const LineRange& range : *ranges) {
    if (!joined.empty() && range.first <= joined.back().last)
      joined.back().last = std::max(joined.back().last, range.last);
    else
      joined.push_back(range);
  }
  *ranges = std::move(joined);
}

bool is_base_branch(std::string_view branch) {
  return std::ranges::count(kBaseBranches, branch) != 0 ||
         std::ranges::any_of(kBaseFolders,
                             [&](std::string_view folder) { return branch.starts_with(folder); });
}

struct Candidate {
  std::string base;
  uint64_t distance = std::numeric_limits<uint64_t>::max();  // commits of HEAD since then
};

Candidate candidate_of(const Git& git, const std::string& reference) {
  Candidate candidate{ask_or_nothing(git, {"merge-base", reference, "HEAD"})};
  if (!is_commit_id(candidate.base)) return {};
  const std::string count = ask_or_nothing(git, {"rev-list", "--count", candidate.base + "..HEAD"});
  uint64_t distance = 0;
  if (std::from_chars(count.data(), count.data() + count.size(), distance).ec != std::errc()) return {};
  candidate.distance = distance;
  return candidate;
}

}  // namespace

ChangedRanges ChangedRanges::parse(std::string_view diff) {
  ChangedRanges changed;
  DiffReader reader(&changed.files_);
  while (!diff.empty()) {
    const size_t end = std::min(diff.find('\n'), diff.size());
    reader.read(diff.substr(0, end));
    diff.remove_prefix(std::min(end + 1, diff.size()));
  }
  reader.end_file();
  for (auto& [path, ranges] : changed.files_) join(&ranges);
  return changed;
}

bool ChangedRanges::is_modified(std::string_view file, uint32_t first, uint32_t last) const {
  while (take(&file, "./") || take(&file, "/")) continue;
  const auto found = files_.find(file);
  if (found == files_.end()) return false;
  if (first == 0 || last == 0) return true;
  const std::vector<LineRange>& ranges = found->second;
  const auto at = std::ranges::lower_bound(ranges, first, {}, &LineRange::last);
  return at != ranges.end() && at->first <= last;
}

Result<std::string> base_commit(const Git& git, const Tags& tags) {
  if (const std::string told(tag_of(tags, "git.pull_request.base_branch_sha")); is_commit_id(told))
    return told;
  const std::string branch(tag_of(tags, "git.branch"));
  if (is_base_branch(branch))
    return Error{collector::kGitFailed, 0,
                 "the branch " + branch + " is itself what others are compared with"};
  const std::string remote = "refs/remotes/" + remote_name(git) + "/";
  std::vector<std::string> command = {"for-each-ref", "--count=" + std::to_string(kMostCandidates),
                                      "--sort=-committerdate", "--format=%(refname)"};
  for (const std::string_view name : kBaseBranches) command.push_back(remote + std::string(name));
  for (const std::string_view folder : kBaseFolders) command.push_back(remote + std::string(folder));
  Candidate nearest;
  for (const std::string& reference : lines_of(ask_or_nothing(git, command))) {
    // "main/x" lies below the name main, and is none of them.
    if (!is_base_branch(std::string_view(reference).substr(std::min(remote.size(), reference.size()))))
      continue;
    Candidate candidate = candidate_of(git, reference);
    if (candidate.distance < nearest.distance) nearest = std::move(candidate);
  }
  if (nearest.base.empty())
    return Error{
        collector::kGitFailed, 0,
        "no base commit: the remote has no branch that this one could come from, or the clone is too "
        "shallow (DD_GIT_PULL_REQUEST_BASE_BRANCH_SHA names one)"};
  return nearest.base;
}

Result<ChangedRanges> changed_since(const Git& git, const std::string& base) {
  if (!is_commit_id(base))
    return Error{collector::kGitFailed, 0, "no commit to compare with: " + base.substr(0, 80)};
  // Whatever the user's configuration says about diffs.
  const Result<std::string> diff = ask(git,
                                       {"-c",
                                        "diff.noprefix=false",
                                        "-c",
                                        "diff.mnemonicPrefix=false",
                                        "diff",
                                        "-O/dev/null",
                                        "--unified=0",
                                        "--inter-hunk-context=0",
                                        "--no-color",
                                        "--no-ext-diff",
                                        "--no-textconv",
                                        "--find-renames",
                                        "--no-relative",
                                        "--src-prefix=a/",
                                        "--dst-prefix=b/",
                                        "--submodule=short",
                                        "--ignore-submodules=all",
                                        base,
                                        "HEAD",
                                        "--"},
                                       kLongPatience);
  if (!diff) return diff.error();
  return ChangedRanges::parse(*diff);
}

}  // namespace alibi::origin

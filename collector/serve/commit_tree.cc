#include "collector/serve/commit_tree.h"

#include <algorithm>

#include "collector/model/error_codes.h"

namespace alibi::serve {
namespace {

bool by_path(const TreeEntry& a, const TreeEntry& b) {
  return a.path < b.path;
}

bool is_plain(const TreeEntry& entry) {
  return entry.mode == "100644" || entry.mode == "100755";
}

TreeChange::Kind kind_of(const TreeEntry& entry, TreeChange::Kind kind) {
  return is_plain(entry) ? kind : TreeChange::Kind::kOther;
}

}  // namespace

Result<CommitTree> CommitTree::parse(std::string_view listing) {
  const Error damaged{collector::kNoRevision, 0, "git listed a commit in a form that is not understood"};
  CommitTree tree;
  while (!listing.empty()) {
    const size_t end = listing.find('\0');
    if (end == std::string_view::npos) return damaged;
    const std::string_view line = listing.substr(0, end);
    listing.remove_prefix(end + 1);
    // MODE SP TYPE SP OBJECT TAB PATH
    const size_t mode = line.find(' ');
    const size_t type = mode == std::string_view::npos ? mode : line.find(' ', mode + 1);
    const size_t object = type == std::string_view::npos ? type : line.find('\t', type + 1);
    if (object == std::string_view::npos || object + 1 == line.size()) return damaged;
    tree.entries_.push_back({std::string(line.substr(object + 1)), std::string(line.substr(0, mode)),
                             std::string(line.substr(type + 1, object - type - 1))});
  }
  std::sort(tree.entries_.begin(), tree.entries_.end(), by_path);
  return tree;
}

bool CommitTree::has(std::string_view path) const {
  const auto place =
      std::lower_bound(entries_.begin(), entries_.end(), path,
                       [](const TreeEntry& entry, std::string_view wanted) { return entry.path < wanted; });
  return place != entries_.end() && place->path == path;
}

uint64_t CommitTree::bytes() const {
  uint64_t total = 0;
  for (const TreeEntry& entry : entries_)
    total += sizeof(TreeEntry) + entry.path.size() + entry.object.size();
  return total;
}

std::vector<TreeChange> changes_between(const CommitTree& before, const CommitTree& after) {
  using Kind = TreeChange::Kind;
  std::vector<TreeChange> changes;
  auto old = before.entries().begin();
  auto now = after.entries().begin();
  while (old != before.entries().end() || now != after.entries().end()) {
    const bool only_old =
        now == after.entries().end() || (old != before.entries().end() && old->path < now->path);
    const bool only_new = !only_old && (old == before.entries().end() || now->path < old->path);
    if (only_old) {
      changes.push_back({kind_of(*old, Kind::kRemoved), old->path});
      ++old;
    } else if (only_new) {
      changes.push_back({kind_of(*now, Kind::kAdded), now->path});
      ++now;
    } else {
      const bool same_mode = old->mode == now->mode;
      if (!same_mode)
        changes.push_back({Kind::kOther, now->path});
      else if (old->object != now->object)
        changes.push_back({kind_of(*now, Kind::kEdited), now->path});
      ++old;
      ++now;
    }
  }
  return changes;
}

}  // namespace alibi::serve

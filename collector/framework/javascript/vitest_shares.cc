#include "collector/framework/javascript/vitest_shares.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>

namespace alibi::framework::javascript {
namespace {

std::string lower(const std::string& text) {
  std::string made = text;
  for (char& c : made) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return made;
}

std::string below(const std::string& folder, const std::string& file) {
  if (file.starts_with(folder + "/")) return file.substr(folder.size() + 1);
  return std::filesystem::path(file).lexically_relative(folder).generic_string();
}

// Texts of which those that stand in another one are asked for, whatever their case.
class Parts {
 public:
  void add(const std::string& text, size_t owner) {
    if (text.empty()) return;
    const std::string small = lower(text);
    owners_[small].push_back(owner);
    lengths_.insert(small.size());
    firsts_[static_cast<unsigned char>(small.front())] = true;
  }

  template <class Action>
  void each_in(const std::string& text, const Action& action) const {
    const std::string small = lower(text);
    for (size_t at = 0; at < small.size(); ++at) {
      if (!firsts_[static_cast<unsigned char>(small[at])]) continue;
      for (const size_t length : lengths_) {
        if (at + length > small.size()) break;
        const auto found = owners_.find(small.substr(at, length));
        if (found == owners_.end()) continue;
        for (const size_t owner : found->second) action(owner);
      }
    }
  }

 private:
  std::unordered_map<std::string, std::vector<size_t>> owners_;
  std::set<size_t> lengths_;
  std::vector<bool> firsts_ = std::vector<bool>(256);
};

// A file that is meant, by which other one, and what it is called in its project.
struct Meant {
  size_t by;
  std::string file;
  std::string name;
};

std::vector<Meant> meant_by(const Words& files, const std::vector<VitestProject>& projects) {
  std::vector<Meant> meant;
  for (const VitestProject& project : projects) {
    const bool inside = std::ranges::all_of(
        project.files, [&](const std::string& file) { return file.starts_with(project.folder + "/"); });
    Parts parts;
    for (size_t at = 0; at < files.size(); ++at) {
      // What is not in its folder begins with "../", which no file inside of it does.
      if (!inside || files[at].starts_with(project.folder + "/"))
        parts.add(below(project.folder, files[at]), at);
    }
    for (const std::string& file : project.files) {
      const std::string name = below(project.folder, file);
      std::set<size_t> by;
      parts.each_in(name, [&](size_t owner) { by.insert(owner); });
      for (const size_t owner : by) {
        if (files[owner] != file) meant.push_back({owner, file, name});
      }
    }
  }
  return meant;
}

class Division {
 public:
  Division(const Words& files, const std::vector<VitestProject>& projects)
      : files_(files), meant_(meant_by(files, projects)), names_(files.size()) {
    std::unordered_map<std::string, size_t> place;
    for (size_t at = 0; at < files.size(); ++at) place[files[at]] = at;
    for (const VitestProject& project : projects) {
      for (const std::string& file : project.files) {
        if (const auto found = place.find(file); found != place.end())
          names_[found->second].push_back(below(project.folder, file));
      }
    }
  }

  // Of those that are left, as many as do not leave each other out; the others are left.
  VitestShare next(std::vector<size_t>* left) const {
    std::vector<size_t> group = *left;
    std::set<std::string> left_out = others_of(group);
    for (;;) {
      std::vector<size_t> good;
      for (const size_t at : group) {
        if (!hits(left_out, at)) good.push_back(at);
      }
      if (good.size() == group.size()) break;
      if (good.empty() && group.size() == 1) {
        for (const std::string& name : names_[group.front()]) left_out.erase(name);
        break;
      }
      if (good.empty()) good.push_back(group.front());
      group = std::move(good);
      left_out = others_of(group);
    }
    VitestShare share;
    for (const size_t at : group) share.files.push_back(files_[at]);
    share.left_out.assign(left_out.begin(), left_out.end());
    std::erase_if(*left, [&](size_t at) { return std::ranges::binary_search(group, at); });
    return share;
  }

 private:
  std::set<std::string> others_of(const std::vector<size_t>& group) const {
    std::unordered_set<std::string> own;
    for (const size_t at : group) own.insert(files_[at]);
    std::set<std::string> names;
    for (const Meant& one : meant_) {
      if (std::ranges::binary_search(group, one.by) && !own.contains(one.file)) names.insert(one.name);
    }
    return names;
  }

  bool hits(const std::set<std::string>& left_out, size_t at) const {
    return std::ranges::any_of(names_[at], [&](const std::string& name) { return left_out.contains(name); });
  }

  const Words& files_;
  const std::vector<Meant> meant_;
  std::vector<Words> names_;  // of each file, in the projects that have it
};

}  // namespace

bool may_mean_others(const Words& files, const Words& all) {
  Parts names;
  for (const std::string& file : files) names.add(file.substr(file.rfind('/') + 1), 0);
  const std::unordered_set<std::string> own(files.begin(), files.end());
  return std::ranges::any_of(all, [&](const std::string& file) {
    bool found = false;
    if (!own.contains(file)) names.each_in(file, [&](size_t) { found = true; });
    return found;
  });
}

std::vector<VitestShare> vitest_shares(const Words& files, const std::vector<VitestProject>& projects) {
  const Division division(files, projects);
  std::vector<size_t> left;
  for (size_t at = 0; at < files.size(); ++at) left.push_back(at);
  std::vector<VitestShare> shares;
  while (!left.empty()) shares.push_back(division.next(&left));
  return shares;
}

}  // namespace alibi::framework::javascript

#include "collector/origin/references.h"

#include <algorithm>

namespace alibi::origin {
namespace {

constexpr size_t kShortestToken = 20;  // those of the known hosts are 20 to 93 characters

bool is_scheme(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9') || letter == '+' || letter == '-' || letter == '.';
  });
}

bool is_number(std::string_view text) {
  return std::ranges::all_of(text, [](char letter) { return letter >= '0' && letter <= '9'; });
}

// Where the host begins in "user:password@host/path".
size_t host_in(std::string_view rest) {
  const size_t end = std::min(rest.find_first_of("/?#"), rest.size());
  const size_t at = rest.substr(0, end).rfind('@');
  if (at != std::string_view::npos) return at + 1;
  // A password with a '/' in it: what looks like a port is none.
  const size_t colon = rest.substr(0, end).rfind(':');
  const bool bracket = rest.starts_with('[');
  if (colon == std::string_view::npos || bracket || is_number(rest.substr(colon + 1, end - colon - 1)))
    return 0;
  const size_t later = rest.rfind('@');
  return later == std::string_view::npos ? 0 : later + 1;
}

std::string without_user_of_ssh(std::string_view url) {
  const size_t at = url.find('@');
  if (at == std::string_view::npos) return std::string(url);
  const std::string_view user = url.substr(0, at);
  if (user.find('/') != std::string_view::npos) return std::string(url);  // a path
  const bool secret = user.size() >= kShortestToken || user.find(':') != std::string_view::npos;
  return std::string(secret ? url.substr(url.rfind('@') + 1) : url);
}

void clean(Tags* tags, std::string_view name, std::string (*change)(std::string_view)) {
  const auto found = tags->find(name);
  if (found == tags->end()) return;
  found->second = change(found->second);
  if (found->second.empty()) tags->erase(found);
}

std::string shortened(std::string_view reference) {
  return std::string(short_reference(reference));
}

}  // namespace

std::string_view short_reference(std::string_view reference) {
  for (const std::string_view prefix : {"refs/heads/", "refs/remotes/"})
    if (reference.starts_with(prefix)) reference.remove_prefix(prefix.size());
  for (const std::string_view prefix : {"refs/", "origin/", "tags/"})
    if (reference.starts_with(prefix)) reference.remove_prefix(prefix.size());
  return reference;
}

bool names_tag(std::string_view reference) {
  return reference.find("tags/") != std::string_view::npos;
}

bool is_commit_id(std::string_view text) {
  return (text.size() == 40 || text.size() == 64) && std::ranges::all_of(text, [](char letter) {
           return (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'f') ||
                  (letter >= 'A' && letter <= 'F');
         });
}

std::string without_credentials(std::string_view url) {
  const size_t scheme = url.find("://");
  if (scheme == std::string_view::npos || !is_scheme(url.substr(0, scheme))) return without_user_of_ssh(url);
  const std::string_view rest = url.substr(scheme + 3);
  return std::string(url.substr(0, scheme + 3)).append(rest.substr(host_in(rest)));
}

std::string text_without_credentials(std::string_view text) {
  std::string clean;
  while (!text.empty()) {
    const size_t begin = std::min(text.find("://"), text.size());
    const size_t end = std::min(text.find_first_of(" \t\r\n'\"", begin), text.size());
    clean += text.substr(0, begin);
    if (begin != text.size()) {
      const std::string_view rest = text.substr(begin + 3, end - begin - 3);
      clean.append("://").append(rest.substr(host_in(rest)));
    }
    text.remove_prefix(end);
  }
  return clean;
}

std::string clean_repository_url(std::string_view url) {
  constexpr std::string_view kBlank = " \t\r\n";
  const size_t first = url.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  url = url.substr(first, url.find_last_not_of(kBlank) + 1 - first);
  std::string clean = without_credentials(url);
  if (clean.find("://") != std::string::npos) clean.resize(std::min(clean.find_first_of("?#"), clean.size()));
  return clean;
}

std::string expanded_home(std::string_view path, std::string_view home) {
  const bool has_home = path == "~" || path.starts_with("~/");
  if (!has_home || home.empty()) return std::string(path);
  return std::string(home).append(path.substr(1));
}

void clean_references(Tags* tags, std::string_view home) {
  if (const std::string branch(tag_of(*tags, "git.branch")); names_tag(branch)) {
    if (tag_of(*tags, "git.tag").empty()) put(tags, "git.tag", branch);
    tags->erase("git.branch");
  }
  for (const char* const name : {"git.branch", "git.tag", "git.pull_request.base_branch"})
    clean(tags, name, shortened);
  clean(tags, "git.repository_url", clean_repository_url);
  for (const char* const name : {"ci.pipeline.url", "ci.job.url"}) clean(tags, name, without_credentials);
  if (const std::string path(tag_of(*tags, "ci.workspace_path")); !path.empty())
    put(tags, "ci.workspace_path", expanded_home(path, home));
}

}  // namespace alibi::origin

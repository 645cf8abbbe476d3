#include "collector/select/session_products.h"

#include <absl/container/flat_hash_set.h>

#include <algorithm>
#include <string_view>

#include "collector/select/input_detail.h"

namespace alibi::select {
namespace {

using collector::Input;
using collector::InputKind;

struct Made {
  bool folder = false;
  std::vector<uint32_t> tests;  // that made it
};
using MakersByKey = absl::flat_hash_map<std::string, Made>;  // path or variable

// A path is made here when it is, or when a folder above it is: one that was not there before.
// The nearest says by whom: visiting ends when `visit` returns true.
template <typename Visit>
void for_each_folder(std::string path, const Visit& visit) {
  for (bool itself = true; !path.empty(); itself = false) {
    if (visit(path, itself)) return;
    const size_t slash = path.rfind('/');
    path.resize(slash == std::string::npos ? 0 : slash);
  }
}

bool is_folder(const Input& input) {
  return parse_detail(input.detail).word == "folder";
}

MakersByKey makers_of_paths(const collector::SessionCoverage& coverage) {
  MakersByKey makers;
  for (const Input& input : coverage.inputs) {
    if (input.kind != InputKind::kWritten) continue;
    Made& made = makers[input.subject];
    made.folder = made.folder || is_folder(input);
  }
  for (uint32_t test = 0; test < coverage.tests.size(); ++test) {
    for (const uint32_t each : coverage.tests[test].evidence.inputs) {
      if (coverage.inputs[each].kind == InputKind::kWritten)
        makers[coverage.inputs[each].subject].tests.push_back(test);
    }
  }
  return makers;
}

}  // namespace

std::vector<bool> made_by_session(const collector::SessionCoverage& coverage) {
  absl::flat_hash_set<std::string_view> written, folders;
  for (const Input& input : coverage.inputs) {
    if (input.kind != InputKind::kWritten) continue;
    // What was there before and is only written to is an input to whoever read it before that.
    const std::string_view word = parse_detail(input.detail).word;
    if (word == "created") written.insert(input.subject);
    if (word == "folder") folders.insert(input.subject);
  }
  std::vector<bool> made(coverage.inputs.size());
  for (uint32_t i = 0; i < made.size(); ++i) {
    const Input& input = coverage.inputs[i];
    if (!can_be_written(input)) continue;
    made[i] = parse_detail(input.detail).by_session;
    for_each_folder(written_key(input), [&](const std::string& path, bool itself) {
      made[i] = made[i] || (itself ? written : folders).contains(path);
      return static_cast<bool>(made[i]);
    });
  }
  return made;
}

template <typename Makers>
void SessionProducts::find_makers_of_names(const collector::SessionCoverage& coverage, const Makers& makers) {
  absl::flat_hash_map<std::string_view, std::vector<uint32_t>> listings;
  for (uint32_t i = 0; i < coverage.inputs.size(); ++i) {
    const Input& input = coverage.inputs[i];
    if (input.kind == InputKind::kDirectory && parse_detail(input.detail).was_touched)
      listings[input.subject].push_back(i);
  }
  if (listings.empty()) return;
  for (const auto& [path, made] : makers) {
    const auto found = listings.find(std::string_view(path).substr(0, path.rfind('/')));
    if (found == listings.end()) continue;
    for (const uint32_t input : found->second) {
      std::vector<uint32_t>& tests = makers_of_names_[input];
      tests.insert(tests.end(), made.tests.begin(), made.tests.end());
    }
  }
}

SessionProducts::SessionProducts(const collector::SessionCoverage& coverage) {
  const MakersByKey makers = makers_of_paths(coverage);
  if (makers.empty()) return;
  for (uint32_t i = 0; i < coverage.inputs.size(); ++i) {
    if (!can_be_written(coverage.inputs[i])) continue;
    for_each_folder(written_key(coverage.inputs[i]), [&](const std::string& path, bool itself) {
      const auto found = makers.find(path);
      if (found == makers.end() || (!itself && !found->second.folder)) return false;
      std::vector<uint32_t>& tests = makers_[i];
      tests.insert(tests.end(), found->second.tests.begin(), found->second.tests.end());
      return true;
    });
  }
  find_makers_of_names(coverage, makers);
  for (auto* const each : {&makers_, &makers_of_names_}) {
    for (auto& [input, tests] : *each) {
      std::sort(tests.begin(), tests.end());
      tests.erase(std::unique(tests.begin(), tests.end()), tests.end());
    }
  }
}

const std::vector<uint32_t>& SessionProducts::found_in(const MakersOf& makers, uint32_t input) {
  static const std::vector<uint32_t> kNobody;
  const auto found = makers.find(input);
  return found == makers.end() ? kNobody : found->second;
}

}  // namespace alibi::select

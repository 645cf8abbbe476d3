#include "collector/select/session_products.h"

#include <absl/container/flat_hash_set.h>

#include <algorithm>
#include <string_view>

#include "collector/select/input_detail.h"

namespace alibi::select {
namespace {

using collector::Input;
using collector::InputKind;

using Makers = absl::flat_hash_map<std::string, std::vector<uint32_t>>;  // of a path or variable

// A path is made here when it, or a folder above it, is.
template <typename Visit>
void for_each_folder(std::string path, const Visit& visit) {
  while (!path.empty()) {
    visit(path);
    const size_t slash = path.rfind('/');
    path.resize(slash == std::string::npos ? 0 : slash);
  }
}

Makers makers_of_paths(const collector::SessionCoverage& coverage) {
  Makers makers;
  for (const Input& input : coverage.inputs) {
    if (input.kind == InputKind::kWritten) makers[input.subject];
  }
  for (uint32_t test = 0; test < coverage.tests.size(); ++test) {
    for (const uint32_t each : coverage.tests[test].evidence.inputs) {
      if (coverage.inputs[each].kind == InputKind::kWritten) makers[coverage.inputs[each].subject].push_back(test);
    }
  }
  return makers;
}

}  // namespace

std::vector<bool> made_by_session(const collector::SessionCoverage& coverage) {
  absl::flat_hash_set<std::string_view> written;
  for (const Input& input : coverage.inputs) {
    if (input.kind == InputKind::kWritten) written.insert(input.subject);
  }
  std::vector<bool> made(coverage.inputs.size());
  for (uint32_t i = 0; i < made.size(); ++i) {
    const Input& input = coverage.inputs[i];
    if (!can_be_written(input)) continue;
    made[i] = parse_detail(input.detail).word == "session";
    for_each_folder(written_key(input), [&](const std::string& path) { made[i] = made[i] || written.contains(path); });
  }
  return made;
}

SessionProducts::SessionProducts(const collector::SessionCoverage& coverage) {
  const Makers makers = makers_of_paths(coverage);
  if (makers.empty()) return;
  for (uint32_t i = 0; i < coverage.inputs.size(); ++i) {
    if (!can_be_written(coverage.inputs[i])) continue;
    for_each_folder(written_key(coverage.inputs[i]), [&](const std::string& path) {
      const auto found = makers.find(path);
      if (found == makers.end()) return;
      std::vector<uint32_t>& tests = makers_[i];
      tests.insert(tests.end(), found->second.begin(), found->second.end());
    });
  }
  for (auto& [input, tests] : makers_) {
    std::sort(tests.begin(), tests.end());
    tests.erase(std::unique(tests.begin(), tests.end()), tests.end());
  }
}

const std::vector<uint32_t>& SessionProducts::makers_of(uint32_t input) const {
  static const std::vector<uint32_t> kNobody;
  const auto found = makers_.find(input);
  return found == makers_.end() ? kNobody : found->second;
}

}  // namespace alibi::select

#include "collector/planning/variables.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "collector/plan_folder/plan_key.h"
#include "collector/store/evidence_folder.h"
#include "collector/store/store.h"
#include "tracer/base/hash.h"

namespace alibi::planning {
namespace {

using collector::Input;
using collector::InputKind;
using collector::InputState;

bool looks_secret(std::string name) {
  std::ranges::transform(name, name.begin(), [](unsigned char letter) { return std::toupper(letter); });
  for (const char* word : {"KEY", "TOKEN", "SECRET", "PASS", "CREDENTIAL", "AUTH"}) {
    if (name.find(word) != std::string::npos) return true;
  }
  return false;
}

bool is_as_recorded(const Input& input, const Environment& now) {
  const auto found = now.find(input.subject);
  if (found == now.end()) return input.state == InputState::kAbsent;
  return input.state == InputState::kPresent &&
         hash128(found->second.data(), found->second.size()) == input.hash;
}

}  // namespace

std::map<std::string, std::string> variables_of_evidence(const std::string& data, const Environment& now) {
  std::map<std::string, std::string> states;
  Result<store::Store> store = store::Store::open(data, store::Store::Access::kRead);
  if (!store) return states;
  const Result<std::set<std::string>> files = store->newest_evidence();
  if (!files) return states;
  for (const std::string& file : *files) {
    const Result<store::EvidenceReader> tables = store::read_evidence_tables(store->evidence_path(file));
    if (!tables) continue;
    for (const Input& input : tables->coverage().inputs) {
      if (input.kind == InputKind::kEnvironment && input.subject != "*" && is_as_recorded(input, now))
        states[input.subject] = state_of_variable(input.subject, now);
    }
  }
  return states;
}

std::string state_of_variable(const std::string& name, const Environment& environment) {
  const auto found = environment.find(name);
  if (found == environment.end()) return {};
  return looks_secret(name) ? "set" : plan_folder::digest_of({found->second});
}

std::vector<std::string> changed_variables(const std::map<std::string, std::string>& planned,
                                           const Environment& now) {
  std::vector<std::string> changed;
  for (const auto& [name, state] : planned) {
    if (state_of_variable(name, now) != state) changed.push_back(name);
  }
  return changed;
}

}  // namespace alibi::planning

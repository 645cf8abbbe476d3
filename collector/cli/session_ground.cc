// What tests of a session rest on besides the project's sources (change/ground.h).
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "collector/cli/session_case.h"
#include "collector/report/reason_text.h"
#include "collector/select/session_products.h"

namespace alibi::cli {
namespace {

using collector::Input;
using collector::InputKind;
using collector::InputState;

// Variables are compared by planning, options by their files and by what nodes are given.
bool is_of_ground(const Input& input) {
  if (input.state == InputState::kOther) return false;
  if (input.kind == InputKind::kOption)
    return input.subject.starts_with('/') && (input.detail == "conftest" || input.detail == "ini");
  return input.kind == InputKind::kFile || input.kind == InputKind::kDirectory ||
         input.kind == InputKind::kProbe;
}

bool is_installed(const std::string& path) {
  return path.find("/site-packages/") != std::string::npos ||
         path.find("/dist-packages/") != std::string::npos;
}

std::string path_now(const std::string& recorded, const std::string& recorded_root, const std::string& root) {
  const std::string below = report::relative_to(recorded, recorded_root);
  return below == recorded ? recorded : root + "/" + below;
}

}  // namespace

SessionCase::IsUsed SessionCase::used_by(const std::vector<std::string>& tests) {
  look();
  if (change_.empty()) return [](const select::Fact&) { return true; };
  auto batches = std::make_shared<std::map<size_t, select::TestSet>>();
  for (const std::string& test : tests) {
    size_t subject = 0;
    if (closures().find(hash128(test.data(), test.size()), &subject))
      (*batches)[subject / select::TestSet::kSize].add(subject % select::TestSet::kSize);
  }
  return [this, batches](const select::Fact& fact) {
    return std::ranges::any_of(*batches, [&](const auto& batch) {
      return !(select::ClosureIndex::Batch(closures(), batch.first).tests(fact) & batch.second).empty();
    });
  };
}

void SessionCase::add_packages(const IsUsed& is_used, change::Ground* ground) {
  const auto imports = [&](const std::string& module) {
    change::NameId name = change::kNoName;
    if (change_.empty()) return true;
    return names_.find(module, &name) && is_used({select::FactKind::kImport, name});
  };
  std::set<std::string> modules;
  for (const uint32_t index : state_.packages_behind(coverage_, imports)) {
    const collector::Distribution& each = coverage_.distributions[index];
    ground->distributions.push_back(each);
    modules.insert(each.modules.begin(), each.modules.end());
  }
  // One place of a module says which package it is; what has no metadata is known by all of its files.
  std::set<std::string> by_content;
  for (const collector::Distribution& each : ground->distributions) {
    if (each.version.starts_with("content ")) by_content.insert(each.modules.begin(), each.modules.end());
  }
  std::set<std::pair<std::string, std::string>> seen;
  for (const collector::ImportedModule& module : coverage_.imported) {
    const std::string top = module.module.substr(0, module.module.find('.'));
    if (!modules.contains(top)) continue;
    const size_t end = module.path.find("/" + top);
    if (!by_content.contains(top) && !seen.emplace(top, module.path.substr(0, end)).second) continue;
    ground->imported.push_back(
        {module.module, path_now(module.path, coverage_.description.root, ground->root)});
  }
  for (const change::ModuleReference& each : module_references()) {
    if (each.recorded_absent && !each.relative && imports(each.module)) ground->absent.push_back(each.module);
  }
}

// The commit has most of them; which, the one who made the plan knows.
void SessionCase::add_sources(const IsUsed& is_used, change::Ground* ground) {
  for (uint32_t i = 0; i < coverage_.files.size(); ++i) {
    const collector::SourceFile& file = coverage_.files[i];
    if (file.unreadable || is_installed(file.path)) continue;
    if (!is_used({select::FactKind::kLoaded, i}) && !is_used({select::FactKind::kImported, i})) continue;
    Input source;
    source.hash = file.hash;
    source.subject = path_now(file.path, coverage_.description.root, ground->root);
    source.detail = "source";
    ground->inputs.push_back(std::move(source));
  }
}

change::Ground SessionCase::ground_besides(const std::vector<std::string>& tests) {
  change::Ground ground;
  ground.root = project_.root;
  ground.interpreter = project_.interpreter.version;
  ground.ignored = project_.ignored_packages;
  const IsUsed is_used = used_by(tests);
  const std::vector<bool> made = select::made_by_session(coverage_);
  for (uint32_t i = 0; i < coverage_.inputs.size(); ++i) {
    if (made[i] || !is_of_ground(coverage_.inputs[i]) || !is_used({select::FactKind::kInput, i})) continue;
    Input input = coverage_.inputs[i];
    input.subject = path_now(input.subject, coverage_.description.root, ground.root);
    ground.inputs.push_back(std::move(input));
  }
  add_sources(is_used, &ground);
  add_packages(is_used, &ground);
  return ground;
}

std::vector<bool> SessionCase::read_whole_environment(const std::vector<std::string>& tests) {
  std::vector<bool> read(tests.size());
  const auto whole = std::ranges::find_if(coverage_.inputs, [](const Input& input) {
    return input.kind == InputKind::kEnvironment && input.subject == "*";
  });
  if (whole == coverage_.inputs.end()) return read;
  const auto index = static_cast<uint32_t>(whole - coverage_.inputs.begin());
  for (size_t i = 0; i < tests.size(); ++i) {
    size_t subject = 0;
    if (!closures().find(hash128(tests[i].data(), tests[i].size()), &subject)) continue;
    read[i] = select::ClosureIndex::Batch(closures(), subject / select::TestSet::kSize)
                  .tests({select::FactKind::kInput, index})
                  .has(subject % select::TestSet::kSize);
  }
  return read;
}

}  // namespace alibi::cli

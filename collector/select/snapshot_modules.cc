// The part of a snapshot that knows modules: which file a name means, who imports whom.
#include <algorithm>
#include <utility>

#include "collector/select/dotted_name.h"
#include "collector/select/found_or.h"
#include "collector/select/input_detail.h"
#include "collector/select/snapshot.h"

namespace alibi::select {
namespace {

const std::vector<uint32_t> kNoFiles;
const std::vector<std::pair<uint32_t, uint32_t>> kNoPairs;

void sort_out(std::vector<uint32_t>* values) {
  std::sort(values->begin(), values->end());
  values->erase(std::unique(values->begin(), values->end()), values->end());
}

}  // namespace

void Snapshot::index_modules() {
  const auto without_suffix = [](const std::string& path) {
    constexpr std::string_view kInit = "/__init__.py";
    if (path.ends_with(kInit)) return path.substr(0, path.size() - kInit.size());
    const size_t dot = path.rfind('.');
    return dot == std::string::npos || path.find('/', dot) != std::string::npos ? path : path.substr(0, dot);
  };
  for (uint32_t file = 0; file < file_count(); ++file) {
    const std::string stem = without_suffix(coverage_.files[file].path);
    const size_t slash = stem.rfind('/');
    if (slash == std::string::npos) continue;
    stems_by_last_name_[stem.substr(slash + 1)].push_back(file);
    file_by_stem_.emplace(stem, file);
    stems_.push_back(stem);
  }
  for (uint32_t file = 0; file < file_count(); ++file) {
    const std::string stem = without_suffix(coverage_.files[file].path);
    const size_t slash = stem.rfind('/');
    if (slash == std::string::npos) continue;
    const auto package = file_by_stem_.find(stem.substr(0, slash));
    const NameId name = names_.id_of(stem.substr(slash + 1));
    if (package == file_by_stem_.end()) continue;
    if (!coverage_.files[package->second].path.ends_with("/__init__.py")) continue;
    submodules_[{package->second, name}].push_back(file);
    submodules_named_[name].emplace_back(package->second, file);
  }
  for (const collector::Input& input : coverage_.inputs) {
    if (input.kind != collector::InputKind::kImport) continue;
    const InputDetail detail = parse_detail(input.detail);
    uint32_t file = 0;
    if (detail.location.empty() || !find_file(detail.location, &file)) continue;
    std::vector<uint32_t>& files = recorded_modules_[input.subject];
    if (std::find(files.begin(), files.end(), file) == files.end()) files.push_back(file);
  }
}

// As recorded; else every file whose path could be meant.
std::vector<uint32_t> Snapshot::module_files(const std::string& module) const {
  if (const auto recorded = recorded_modules_.find(module); recorded != recorded_modules_.end())
    return recorded->second;
  std::vector<uint32_t> files;
  // "a.b.c", or Ruby's "a/b/c".
  const auto candidates = stems_by_last_name_.find(module.substr(module.find_last_of("./") + 1));
  if (candidates == stems_by_last_name_.end()) return files;
  std::string suffix = "/" + module;
  std::replace(suffix.begin(), suffix.end(), '.', '/');
  for (const uint32_t file : candidates->second) {
    const std::string& path = coverage_.files[file].path;
    const auto is = [&](const char* end) { return path.ends_with(suffix + end); };
    if (is(".py") || is("/__init__.py") || is(".rb")) files.push_back(file);
  }
  return files;
}

Snapshot::ResolvedModule Snapshot::resolve(uint32_t file, uint16_t level, const std::string& module) const {
  if (level == 0) return {module, {}};
  std::string folder = coverage_.files[file].path;
  for (uint16_t i = 0; i < level && !folder.empty(); ++i) {
    const size_t slash = folder.rfind('/');
    folder.resize(slash == std::string::npos ? 0 : slash);
  }
  std::string stem = folder;
  if (!module.empty()) {
    std::string below = module;
    std::replace(below.begin(), below.end(), '.', '/');
    stem += "/" + below;
  }
  return {{}, stem};
}

std::vector<uint32_t> Snapshot::files_of(const ResolvedModule& reference) const {
  if (!reference.module.empty()) return module_files(reference.module);
  const auto found = file_by_stem_.find(reference.stem);
  return found == file_by_stem_.end() ? std::vector<uint32_t>() : std::vector<uint32_t>{found->second};
}

const std::vector<uint32_t>& Snapshot::submodules(uint32_t file, NameId name) const {
  return found_or(submodules_, FileAndName(file, name), kNoFiles);
}

const std::vector<std::pair<uint32_t, uint32_t>>& Snapshot::submodules_named(NameId name) const {
  return found_or(submodules_named_, name, kNoPairs);
}

void Snapshot::link_imports() {
  for (const collector::Statement& ran : coverage_.statements) {
    std::vector<uint32_t>& edges = imports_[ran.file];
    edges.insert(edges.end(), ran.imports.begin(), ran.imports.end());
  }
  for (uint32_t file = 0; file < file_count(); ++file) {
    if (!usable_[file]) continue;
    std::vector<uint32_t>& edges = imports_[file];
    const auto add = [&](const ResolvedModule& reference) {
      for (const uint32_t target : files_of(reference)) edges.push_back(target);
    };
    for (const StatementUnit& statement : units_[file]->statements) {
      for (const change::ImportRead& read : statement.reads.imports) {
        const std::string& module = names_.text(read.module);
        for (size_t dot = module.find('.'); dot != std::string::npos; dot = module.find('.', dot + 1))
          add(resolve(file, read.level, module.substr(0, dot)));
        add(resolve(file, read.level, module));
        for (const NameId name : read.names)
          add(resolve(file, read.level,
                      module.empty() ? names_.text(name) : module + "." + names_.text(name)));
      }
      for (const auto& [level, module] : statement.stars) {
        for (const uint32_t target : files_of(resolve(file, level, names_.text(module))))
          starred_by_[target].push_back(file);
      }
    }
    sort_out(&edges);
    std::erase(edges, file);
    for (uint32_t i = 0; i < units_[file]->statements.size(); ++i) link_plain_imports({file, i});
  }
  find_tried_imports();
}

// Not packages around what is imported: a module that is loaded already is found without them. A name is
// taken for a submodule only where the package binds none of that name.
void Snapshot::link_plain_imports(UnitRef unit) {
  const StatementUnit& made = statement(unit);
  if (made.kind != change::StatementKind::kImport || made.class_name != change::kNoName) return;
  const auto link = [&](const std::string& dotted, uint16_t level) {
    const std::vector<uint32_t> targets = files_of(resolve(unit.file, level, dotted));
    if (targets.size() == 1) plain_imports_[targets.front()].push_back(unit);  // else it is any of them
    return targets;
  };
  for (const auto& [level, module] : made.stars) link(names_.text(module), level);
  for (const change::ImportRead& read : made.reads.imports) {
    const std::string& module = names_.text(read.module);
    const std::vector<uint32_t> packages = link(module, read.level);
    for (const NameId name : read.names) {
      if (packages.size() == 1 && module_binders(packages.front(), name).empty())
        link(module.empty() ? names_.text(name) : module + "." + names_.text(name), read.level);
    }
  }
}

void Snapshot::find_tried_imports() {
  std::vector<uint32_t> found;
  const auto add = [&](uint32_t file) {
    if (tried_[file]) return;
    tried_[file] = true;
    found.push_back(file);
  };
  for (const collector::Statement& ran : coverage_.statements) {
    const std::vector<UnitRef> units = statements_at(ran.file, ran.line);
    const bool plain = std::all_of(units.begin(), units.end(), [&](UnitRef unit) {
      return statement(unit).kind == change::StatementKind::kImport;
    });
    if (!plain || units.empty()) std::for_each(ran.imports.begin(), ran.imports.end(), add);
  }
  const auto add_own = [&](const collector::Evidence& evidence) {
    for (const uint32_t each : evidence.inputs) {
      const collector::Input& input = coverage_.inputs[each];
      if (input.kind != collector::InputKind::kImport) continue;
      const InputDetail detail = parse_detail(input.detail);
      uint32_t file = 0;
      if (detail.importing.empty() && find_file(detail.location, &file)) add(file);
    }
  };
  add_own(coverage_.session);
  for (const collector::Collection& collection : coverage_.collections) add_own(collection.evidence);
  for (size_t i = 0; i < found.size(); ++i) {
    for (const uint32_t imported : imports_[found[i]]) add(imported);
  }
}

std::vector<uint32_t> Snapshot::imports_running(UnitRef function) const {
  std::vector<uint32_t> files;
  for (const auto& [statement, bag] : bags_) {
    if (std::find(bag.functions.begin(), bag.functions.end(), function) != bag.functions.end())
      files.push_back(statement.file);
  }
  sort_out(&files);
  return files;
}

// Collects each module once.
class Snapshot::References {
 public:
  explicit References(const Snapshot& snapshot) : snapshot_(snapshot) {
    for (const collector::Input& input : snapshot_.coverage_.inputs) {
      if (input.kind != collector::InputKind::kImport) continue;
      looked_for_.insert(input.subject);
      if (input.state == collector::InputState::kAbsent) absent_.insert(input.subject);
    }
    for (const collector::Statement& ran : snapshot_.coverage_.statements) imported_.insert(ran.file);
  }

  void add(const ResolvedModule& module) {
    const bool relative = module.module.empty();
    change::ModuleReference reference{relative ? module.stem : module.module, relative, {}, false};
    if (!seen_.insert(std::to_string(relative) + reference.module).second) return;
    for (const uint32_t file : snapshot_.files_of(module))
      reference.locations.push_back(snapshot_.coverage_.files[file].path);
    found_.push_back(std::move(reference));
  }

  void add(uint32_t file, const change::Reads& reads) {
    for (const change::ImportRead& read : reads.imports) {
      const std::string& module = snapshot_.names_.text(read.module);
      for (size_t dot = module.find('.'); dot != std::string::npos; dot = module.find('.', dot + 1))
        add(snapshot_.resolve(file, read.level, module.substr(0, dot)));
      const ResolvedModule whole = snapshot_.resolve(file, read.level, module);
      if (!module.empty() && !is_idle(file, whole)) add(whole);
      const std::vector<uint32_t> packages = snapshot_.files_of(whole);
      for (const NameId name : read.names) {
        // A bound name is found before a submodule.
        const bool bound = std::any_of(packages.begin(), packages.end(), [&](uint32_t package) {
          return snapshot_.units(package) == nullptr || !snapshot_.module_binders(package, name).empty();
        });
        const std::string& text = snapshot_.names_.text(name);
        if (bound) continue;
        const ResolvedModule part =
            snapshot_.resolve(file, read.level, module.empty() ? text : module + "." + text);
        if (!is_idle(file, part)) add(part);
      }
    }
  }

  std::vector<change::ModuleReference> take() {
    for (change::ModuleReference& reference : found_) {
      reference.recorded_absent =
          !reference.relative && reference.locations.empty() && absent_.erase(reference.module) != 0;
    }
    for (const std::string& module : absent_) {
      if (snapshot_.module_files(module).empty() && seen_.insert("0" + module).second)
        found_.push_back({module, false, {}, true});
    }
    return std::move(found_);
  }

 private:
  // An import beside the module that never ran (`if WIN: from ._windows import ...`): nothing was found
  // or looked for under such a name. Other modules may be the library's, and be hidden by a new file; and
  // what a file ran that was loaded before the recording began is not known.
  bool is_idle(uint32_t file, const ResolvedModule& module) const {
    if (!module.module.empty() || !imported_.contains(file) || !snapshot_.files_of(module).empty())
      return false;
    std::string name = module.stem;
    std::replace(name.begin(), name.end(), '/', '.');
    for (size_t dot = 0; dot != std::string::npos; dot = name.find('.', dot + 1)) {
      if (looked_for_.contains(name.substr(dot == 0 ? 0 : dot + 1))) return false;
    }
    return true;
  }

  const Snapshot& snapshot_;
  absl::flat_hash_set<uint32_t> imported_;  // while it was recorded
  absl::flat_hash_set<std::string> looked_for_;
  absl::flat_hash_set<std::string> seen_;
  absl::flat_hash_set<std::string> absent_;
  std::vector<change::ModuleReference> found_;
};

std::vector<change::ModuleReference> Snapshot::module_references() const {
  References references(*this);
  for (uint32_t file = 0; file < file_count(); ++file) {
    if (!usable_[file]) continue;
    for (const FunctionUnit& function : units_[file]->functions) references.add(file, function.reads);
    for (const StatementUnit& statement : units_[file]->statements) references.add(file, statement.reads);
  }
  return references.take();
}

}  // namespace alibi::select

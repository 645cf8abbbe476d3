#include "collector/model/test_view.h"

#include <algorithm>
#include <iterator>

namespace alibi::collector {
namespace {

void merge_lines(std::vector<uint32_t>* lines, const std::vector<uint32_t>& more) {
  if (lines->empty()) {
    *lines = more;
    return;
  }
  std::vector<uint32_t> merged;
  merged.reserve(lines->size() + more.size());
  std::set_union(lines->begin(), lines->end(), more.begin(), more.end(), std::back_inserter(merged));
  lines->swap(merged);
}

// "pkg.sub:name", "pkg.sub" and "pkg" all belong to the distribution that provides "pkg".
std::string_view top_level(std::string_view import) {
  return import.substr(0, import.find_first_of(".: "));
}

// The recorder's remarks about an input, one per line: "at:<file>" where an import was found, "import:<module
// file>" and "line:<number>" for what was read while that module's body ran, and single words ("stat",
// "whole", "script").
struct Remarks {
  std::string_view at;
  std::string_view word;

  explicit Remarks(std::string_view detail) {
    while (!detail.empty()) {
      const size_t end = detail.find('\n');
      const std::string_view line = detail.substr(0, end);
      detail.remove_prefix(end == std::string_view::npos ? detail.size() : end + 1);
      if (line.starts_with("at:"))
        at = line.substr(3);
      else if (!line.starts_with("import:") && !line.starts_with("line:") && word.empty())
        word = line;
    }
  }
};

void add_import(const Input& input, const std::string& path, const std::string& root, InputsView* view) {
  const Remarks remarks(input.detail);
  if (remarks.word == "whole" || remarks.word == "script") {
    view->whole_modules.insert(path);
  } else {
    view->imports.emplace(input.subject,
                          input.state == InputState::kAbsent ? "absent" : relative_path(remarks.at, root));
  }
}

void add_input(const Input& input, const std::string& root, InputsView* view) {
  const std::string path = relative_path(input.subject, root);
  const bool absent = input.state == InputState::kAbsent;
  switch (input.kind) {
    case InputKind::kFile:
    case InputKind::kDirectory:
      if (absent) {
        view->absent.insert(path);
      } else if (input.state == InputState::kPresent) {
        (input.kind == InputKind::kFile ? view->files : view->directories).emplace(path, input.hash);
      } else {
        view->unhashable.insert(path);
      }
      return;
    case InputKind::kProbe:
      if (absent)
        view->absent.insert(path);
      else
        view->probes.emplace(path, Remarks(input.detail).word);
      return;
    case InputKind::kEnvironment:
      view->environment.emplace(input.subject, InputsView::Variable{absent, input.hash});
      return;
    case InputKind::kProcess:
      view->processes.insert(input.subject);
      return;
    case InputKind::kSocket:
      view->sockets.insert(input.subject);
      return;
    case InputKind::kImport:
      add_import(input, path, root, view);
      return;
    case InputKind::kWritten:
      view->written.insert(path);
      return;
    case InputKind::kOption:
      if (input.detail == "ini bytes") return;  // of the file whose values are shown
      view->options.emplace(path, InputsView::Variable{absent, input.hash});
      return;
  }
}

class PackageFinder {
 public:
  explicit PackageFinder(const SessionCoverage& coverage) : coverage_(coverage) {
    for (const Distribution& distribution : coverage.distributions) {
      for (const std::string& module : distribution.modules) by_module_.emplace(module, &distribution);
    }
  }

  void add(const std::vector<uint32_t>& names, InputsView* view) const {
    for (uint32_t index : names) {
      const NameReference& name = coverage_.names[index];
      if (name.kind != NameKind::kImport || name.level != 0) continue;
      const auto range = by_module_.equal_range(top_level(name.name));
      for (auto found = range.first; found != range.second; ++found) {
        view->packages.emplace(found->second->name, found->second->version);
        if (found->second->editable) view->editable.insert(found->second->name);
      }
    }
  }

 private:
  const SessionCoverage& coverage_;
  std::multimap<std::string_view, const Distribution*, std::less<>> by_module_;  // namespaces have several
};

bool runs_on_import(CodeKind kind) {
  return kind == CodeKind::kModule || kind == CodeKind::kClassBody;
}

// A function's packages are those it names, and those its file's import-time code names: `import numpy`
// stands at the top of the file and `numpy.array` in the function.
void add_packages(const SessionCoverage& coverage, const std::set<uint32_t>& files,
                  const std::set<uint32_t>& units, InputsView* view) {
  if (coverage.distributions.empty()) return;
  const PackageFinder finder(coverage);
  for (uint32_t unit : units) finder.add(coverage.units[unit].names, view);
  for (const CodeUnit& unit : coverage.units) {
    if (runs_on_import(unit.kind) && files.count(unit.file) != 0) finder.add(unit.names, view);
  }
}

}  // namespace

std::string relative_path(std::string_view path, std::string_view root) {
  while (root.size() > 1 && root.back() == '/') root.remove_suffix(1);
  if (root.empty() || root == "/" || path.size() <= root.size() + 1) return std::string(path);
  if (path.substr(0, root.size()) != root || path[root.size()] != '/') return std::string(path);
  return std::string(path.substr(root.size() + 1));
}

std::map<uint32_t, std::vector<uint32_t>> lines_by_file(const SessionCoverage& coverage,
                                                        const Evidence& evidence) {
  std::map<uint32_t, std::vector<uint32_t>> files;
  for (const FileLines& own : evidence.files) files[own.file] = own.lines;
  std::map<uint32_t, std::vector<uint32_t>> statement_lines;
  for (uint32_t index : evidence.statements) {
    const Statement& statement = coverage.statements[index];
    statement_lines[statement.file].push_back(statement.line);
    for (const FileLines& ran : statement.files) merge_lines(&files[ran.file], ran.lines);
  }
  for (auto& [file, lines] : statement_lines) {
    std::sort(lines.begin(), lines.end());
    merge_lines(&files[file], lines);
  }
  return files;
}

EvidenceView view_evidence(const SessionCoverage& coverage, const Evidence& evidence) {
  const std::string& root = coverage.description.root;
  EvidenceView view;
  std::set<uint32_t> files;
  for (auto& [file, lines] : lines_by_file(coverage, evidence)) {
    files.insert(file);
    view.files.emplace(relative_path(coverage.files[file].path, root), std::move(lines));
  }
  std::set<uint32_t> units(evidence.units.begin(), evidence.units.end());
  std::set<uint32_t> names(evidence.names.begin(), evidence.names.end());
  for (uint32_t index : evidence.statements) {
    const Statement& statement = coverage.statements[index];
    units.insert(statement.units.begin(), statement.units.end());
    names.insert(statement.names.begin(), statement.names.end());
    ImportRunView run{relative_path(coverage.files[statement.file].path, root), statement.line, {}};
    for (uint32_t file : statement.imports) {
      run.imports.push_back(relative_path(coverage.files[file].path, root));
    }
    view.imports_run.push_back(std::move(run));
  }
  for (uint32_t index : units) {
    const CodeUnit& unit = coverage.units[index];
    if (runs_on_import(unit.kind)) continue;
    view.scopes.insert(ScopeView{relative_path(coverage.files[unit.file].path, root), unit.scope_line,
                                 unit.qualified_name, unit.kind, unit.fingerprint});
    names.insert(unit.names.begin(), unit.names.end());
  }
  for (uint32_t name : names) {
    view.names.emplace(name_kind_name(coverage.names[name].kind), coverage.names[name].name);
  }
  for (uint32_t index : evidence.inputs) add_input(coverage.inputs[index], root, &view.inputs);
  add_packages(coverage, files, units, &view.inputs);
  for (const StateWrite& write : evidence.state_writes) {
    view.state_writes.push_back(StateWriteView{relative_path(coverage.files[write.file].path, root),
                                               write.kind, write.name, write.attribute});
  }
  view.drops = evidence.drops;
  return view;
}

}  // namespace alibi::collector

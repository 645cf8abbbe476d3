#include "collector/report/line_table.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "collector/model/test_view.h"

namespace alibi::report {

void LineTable::add_lines(const std::string& context, const collector::SessionCoverage& coverage,
                          const collector::Evidence& evidence, const Runs& runs) {
  for (const auto& [index, lines] : collector::lines_by_file(coverage, evidence)) {
    File& file = files_[coverage.files[index].path];
    for (uint32_t line : lines) file.lines[line] += runs;
    std::vector<uint32_t>& known = file.contexts[context];
    std::vector<uint32_t> both;
    std::set_union(known.begin(), known.end(), lines.begin(), lines.end(), std::back_inserter(both));
    known.swap(both);
  }
}

void LineTable::add_executed(const std::string& context, const std::string& path,
                             const std::vector<uint32_t>& lines) {
  std::vector<uint32_t>& known = files_[path].contexts[context];
  std::vector<uint32_t> both;
  std::set_union(known.begin(), known.end(), lines.begin(), lines.end(), std::back_inserter(both));
  known.swap(both);
}

void LineTable::add_functions(const collector::SessionCoverage& coverage, const collector::Evidence& evidence,
                              const Runs& runs) {
  std::set<uint32_t> units(evidence.units.begin(), evidence.units.end());
  for (uint32_t index : evidence.statements) {
    const std::vector<uint32_t>& ran = coverage.statements[index].units;
    units.insert(ran.begin(), ran.end());
  }
  for (uint32_t index : units) {
    const collector::CodeUnit& unit = coverage.units[index];
    if (unit.kind != collector::CodeKind::kFunction) continue;
    files_[coverage.files[unit.file].path].functions[{unit.qualified_name, unit.scope_line}] += runs;
  }
}

void LineTable::add_test(const collector::SessionCoverage& coverage, const collector::TestCoverage& test) {
  add_lines(test.id, coverage, test.evidence, Runs{1, false});
  add_functions(coverage, test.evidence, Runs{1, false});
}

void LineTable::add_session(const collector::SessionCoverage& coverage) {
  add_lines("", coverage, coverage.session, Runs{0, true});
  add_functions(coverage, coverage.session, Runs{0, true});
  for (const collector::Collection& collection : coverage.collections) {
    add_lines("", coverage, collection.evidence, Runs{0, true});
    add_functions(coverage, collection.evidence, Runs{0, true});
  }
  for (const collector::SourceFile& file : coverage.files) {
    if (!file.lines.empty()) outlines_[file.path] = Outline{file.lines, file.functions};
  }
  if (coverage.description.started_unix_ns >= started_unix_ns_) {
    started_unix_ns_ = coverage.description.started_unix_ns;
    root_ = coverage.description.root;
  }
}

std::map<std::string, LineTable::File> LineTable::files() const {
  std::map<std::string, File> files = files_;
  for (const auto& [path, outline] : outlines_) {
    File& file = files[path];
    for (uint32_t line : outline.lines) file.lines.try_emplace(line);
    for (const collector::Function& function : outline.functions) {
      file.functions.try_emplace({function.name, function.line});
    }
  }
  return files;
}

}  // namespace alibi::report

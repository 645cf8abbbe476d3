#include "collector/report/line_table.h"

#include <algorithm>
#include <iterator>

#include "collector/model/test_view.h"

namespace alibi::report {

void LineTable::add(const std::string& context, const collector::SessionCoverage& coverage,
                    const collector::Evidence& evidence, uint64_t tests) {
  for (const auto& [index, lines] : collector::lines_by_file(coverage, evidence)) {
    File& file = files_[coverage.files[index].path];
    for (uint32_t line : lines) file.tests_by_line[line] += tests;
    std::vector<uint32_t>& known = file.contexts[context];
    std::vector<uint32_t> both;
    std::set_union(known.begin(), known.end(), lines.begin(), lines.end(), std::back_inserter(both));
    known.swap(both);
  }
}

void LineTable::add_test(const collector::SessionCoverage& coverage, const collector::TestCoverage& test) {
  add(test.id, coverage, test.evidence, 1);
  std::set<uint32_t> units(test.evidence.units.begin(), test.evidence.units.end());
  for (uint32_t index : test.evidence.statements) {
    const std::vector<uint32_t>& ran = coverage.statements[index].units;
    units.insert(ran.begin(), ran.end());
  }
  for (uint32_t index : units) {
    const collector::CodeUnit& unit = coverage.units[index];
    if (unit.kind != collector::CodeKind::kFunction) continue;
    files_[coverage.files[unit.file].path].functions[{unit.qualified_name, unit.scope_line}] += 1;
  }
}

void LineTable::add_session(const collector::SessionCoverage& coverage) {
  add("", coverage, coverage.session, 0);
  for (const collector::CodeUnit& unit : coverage.units) {
    if (unit.kind != collector::CodeKind::kFunction) continue;
    files_[coverage.files[unit.file].path].functions.try_emplace({unit.qualified_name, unit.scope_line}, 0);
  }
  if (coverage.description.started_unix_ns >= started_unix_ns_) {
    started_unix_ns_ = coverage.description.started_unix_ns;
    root_ = coverage.description.root;
  }
}

}  // namespace alibi::report

#include "collector/ship/coverage_report.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <vector>

#include "collector/model/test_view.h"

namespace alibi::ship {
namespace {

using collector::Evidence;
using collector::SessionCoverage;
using collector::TestCoverage;
using Lines = std::vector<uint32_t>;                        // sorted
using Covered = std::map<std::string, Lines, std::less<>>;  // by path in the repository; empty: only read

void unite(Lines* lines, const Lines& more) {
  if (more.empty()) return;
  Lines united;
  united.reserve(lines->size() + more.size());
  std::set_union(lines->begin(), lines->end(), more.begin(), more.end(), std::back_inserter(united));
  lines->swap(united);
}

void unite(Covered* covered, const Covered& more) {
  for (const auto& [path, lines] : more) unite(&(*covered)[path], lines);
}

class Coverage {
 public:
  Coverage(const SessionCoverage& session, const std::string& root) : session_(session), root_(root + "/") {
    for (const collector::SourceFile& file : session.files) paths_.push_back(in_repository(file.path));
    know_imports();
    of_session_ = of(session.session);
    for (const collector::Collection& collection : session.collections)
      of_collections_.push_back(of(collection.evidence));
  }

  Covered of_test(const TestCoverage& test) const {
    Covered covered = of_session_;
    unite(&covered, of(test.evidence));
    for (const uint32_t collection : test.collections) unite(&covered, of_collections_[collection]);
    return covered;
  }

 private:
  std::optional<std::string> in_repository(const std::string& path) const {
    if (!path.starts_with(root_)) return std::nullopt;
    return path.substr(root_.size());
  }

  // Import-time lines of each file, and the files whose bodies ran under its statements.
  void know_imports() {
    import_lines_.resize(session_.files.size());
    imports_.resize(session_.files.size());
    for (const collector::Statement& statement : session_.statements) {
      unite(&import_lines_[statement.file], {statement.line});
      auto& imports = imports_[statement.file];
      imports.insert(statement.imports.begin(), statement.imports.end());
      for (const collector::FileLines& more : statement.files) {
        if (more.file == statement.file)
          unite(&import_lines_[more.file], more.lines);
        else
          imports.insert(more.file);
      }
    }
  }

  Covered of(const Evidence& evidence) const {
    std::map<uint32_t, Lines> files = lines_by_file(session_, evidence);
    std::vector<uint32_t> open;
    for (const auto& [file, lines] : files) open.push_back(file);
    while (!open.empty()) {
      const uint32_t file = open.back();
      open.pop_back();
      for (const uint32_t imported : imports_[file]) {
        if (files.try_emplace(imported, import_lines_[imported]).second) open.push_back(imported);
      }
    }
    Covered covered;
    for (auto& [file, lines] : files) {
      if (paths_[file]) covered[*paths_[file]] = std::move(lines);
    }
    for (const uint32_t number : evidence.inputs) {
      const collector::Input& input = session_.inputs[number];
      if (input.kind != collector::InputKind::kFile || input.state != collector::InputState::kPresent)
        continue;
      if (const std::optional<std::string> path = in_repository(input.subject)) covered.try_emplace(*path);
    }
    return covered;
  }

  const SessionCoverage& session_;
  const std::string root_;
  std::vector<std::optional<std::string>> paths_;
  std::vector<Lines> import_lines_;
  std::vector<std::set<uint32_t>> imports_;
  Covered of_session_;
  std::vector<Covered> of_collections_;
};

payload::CoverageEvent event_of(uint64_t session_id, uint64_t suite_id, Covered covered) {
  payload::CoverageEvent event;
  event.session_id = session_id;
  event.suite_id = suite_id;
  for (auto& [path, lines] : covered) event.files.push_back({path, std::move(lines)});
  return event;
}

}  // namespace

void coverage_of(const SessionCoverage& session, const Reporting& reporting,
                 const std::map<std::string, TestPlace>& places, const CoverageSink& sink) {
  const Coverage coverage(session, reporting.root);
  std::map<uint64_t, Covered> suites;
  for (const TestCoverage& test : session.tests) {
    const auto place = places.find(test.id);
    if (place == places.end()) continue;
    Covered covered = coverage.of_test(test);
    if (covered.empty()) continue;
    if (reporting.wants_suites) {
      unite(&suites[place->second.suite_id], covered);
      continue;
    }
    payload::CoverageEvent event = event_of(reporting.session_id, place->second.suite_id, std::move(covered));
    event.span_id = place->second.span_id;
    sink(std::move(event));
  }
  for (auto& [suite, covered] : suites) sink(event_of(reporting.session_id, suite, std::move(covered)));
}

}  // namespace alibi::ship

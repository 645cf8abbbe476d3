#include "collector/store/index_refresh.h"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <map>
#include <set>
#include <utility>

#include "collector/model/error_codes.h"
#include "collector/model/test_view.h"
#include "collector/store/evidence_folder.h"
#include "collector/store/session_directory.h"

namespace alibi::store {
namespace {

// Clocks of file systems step by milliseconds: within this time a change may leave no trace.
constexpr uint64_t kTooRecentNs = 2'000'000'000;

TestRow row_of(const collector::SessionCoverage& tables, const collector::TestCoverage& test,
               const std::string& evidence, uint64_t position) {
  TestRow row;
  row.id = test.id;
  row.evidence = evidence;
  row.position = position;
  row.outcome = test.outcome;
  row.duration_ns = test.duration_ns;
  row.complete = test.complete;
  if (test.evidence.statements.empty()) {  // of thousands of tests in a module one triggers the import
    row.files = test.evidence.files.size();
    for (const collector::FileLines& file : test.evidence.files) row.lines += file.lines.size();
  } else {
    for (const auto& [file, lines] : collector::lines_by_file(tables, test.evidence)) {
      row.files += 1;
      row.lines += lines.size();
    }
  }
  row.scopes = test.evidence.units.size();
  for (const collector::DropCount& drop : test.evidence.drops) row.drops += drop.count;
  return row;
}

uint64_t now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000U + static_cast<uint64_t>(now.tv_nsec);
}

TestRow row_of(TestSummary test, const std::string& evidence, uint64_t position) {
  return TestRow{std::move(test.id), evidence,   position,   test.outcome, test.duration_ns,
                 test.complete,      test.files, test.lines, test.scopes,  test.drops};
}

// False when the section is damaged.
bool read_section(const EvidenceReader& reader, size_t section, uint64_t position, IndexedRows* rows) {
  const std::string& evidence = rows->session.evidence;
  Result<std::vector<TestSummary>> summaries = reader.summarize(section);
  if (!summaries) return false;
  const bool plain = std::all_of(summaries->begin(), summaries->end(),
                                 [](const TestSummary& test) { return test.statements == 0; });
  if (plain) {
    for (TestSummary& test : *summaries) rows->tests.push_back(row_of(std::move(test), evidence, position++));
    return true;
  }
  // Lines that an import ran beside a test's own are counted once.
  const Result<std::vector<collector::TestCoverage>> tests = reader.read_tests(section);
  if (!tests) return false;
  for (const collector::TestCoverage& test : *tests)
    rows->tests.push_back(row_of(reader.coverage(), test, evidence, position++));
  return true;
}

void read_tests(const EvidenceReader& reader, IndexedRows* rows) {
  uint64_t position = 0;
  uint64_t lost = 0;
  for (size_t section = 0; section < reader.test_sections(); ++section) {
    if (!read_section(reader, section, position, rows)) lost += reader.items(section);
    position += reader.items(section);
  }
  rows->session.tests = rows->tests.size();
  if (lost != 0) rows->session.unreadable = std::to_string(lost) + " tests are in damaged parts of the file";
  if (reader.cut_short()) rows->session.unreadable = "the end of the file is missing or damaged";
}

const char* advice_for(ErrorCode code) {
  if (code == collector::kEvidenceVersion)
    return "; use the version of alibi that wrote it, or remove it and its tests run";
  if (code == collector::kNotEvidence) return "; copy it again, or remove it and its tests run";
  return "";
}

// Rows of a file as far as it can be read. A file that cannot be read at all is listed with the reason, so
// that it is neither forgotten nor tried again at every opening while nothing changes.
IndexedRows rows_of_file(const std::string& data, const EvidenceFile& file, OldNames old_names) {
  IndexedRows rows;
  const std::string folder = data + "/evidence/";
  const Result<WholeEvidence> whole = read_evidence(folder + file.name);
  if (whole) {
    rows = rows_of(whole->reader.coverage(), file.name, whole->bytes, whole->reader.raw_bytes());
    read_tests(whole->reader, &rows);
    if (rows.session.unreadable.empty() && whole->proper_name != file.name &&
        old_names == OldNames::kRenameOld &&
        std::rename((folder + file.name).c_str(), (folder + whole->proper_name).c_str()) == 0) {
      rows.session.evidence = whole->proper_name;
    }
  } else {
    rows.session.evidence = file.name;
    rows.session.bytes = file.bytes;
    rows.session.unreadable = whole.error().message + advice_for(whole.error().code);
  }
  const bool settled = file.changed_ns + kTooRecentNs < now_ns();
  if (!rows.session.unreadable.empty() && settled) rows.session.changed_ns = file.changed_ns;
  return rows;
}

// A good file was read whole: only its length is looked at again, the rest by whoever reads its tests.
bool is_current(const EvidenceFile& file, const std::map<std::string, EvidenceIndex::KnownFile>& known) {
  const auto found = known.find(file.name);
  if (found == known.end() || found->second.bytes != file.bytes) return false;
  return found->second.readable || found->second.changed_ns == file.changed_ns;
}

}  // namespace

IndexedRows rows_of(const collector::SessionCoverage& coverage, const std::string& evidence, uint64_t bytes,
                    uint64_t raw_bytes) {
  IndexedRows rows;
  const collector::SessionDescription& description = coverage.description;
  SessionRow& session = rows.session;
  session.evidence = evidence;
  session.id = description.id;
  session.started_unix_ns = description.started_unix_ns;
  session.root = description.root;
  session.environment_name = description.environment_name;
  session.interpreter = description.interpreter;
  session.complete = description.complete;
  session.exit_status = description.exit_status;
  const Savings savings = savings_of(description);
  session.left_out = savings.tests;
  session.saved_ns = savings.nanoseconds;
  session.bytes = bytes;
  session.tests = coverage.tests.size();
  session.processes = coverage.processes.size();
  session.unshared_bytes = raw_bytes;
  for (const collector::DropCount& drop : coverage.losses.drops) session.losses += drop.count;
  for (const collector::SourceFile& file : coverage.files) session.unshared_bytes += file.size;
  rows.tests.reserve(coverage.tests.size());
  for (size_t index = 0; index < coverage.tests.size(); ++index) {
    rows.tests.push_back(row_of(coverage, coverage.tests[index], evidence, index));
  }
  return rows;
}

bool is_behind(const std::string& data, EvidenceIndex* index) {
  const Result<std::map<std::string, EvidenceIndex::KnownFile>> known = index->known_files();
  if (!known) return true;
  const std::vector<EvidenceFile> files = evidence_files(data);
  if (files.size() != known->size()) return true;
  for (const EvidenceFile& file : files) {
    if (!is_current(file, *known)) return true;
  }
  return false;
}

Result<void> refresh(const std::string& data, OldNames old_names, const IndexProgress& progress,
                     EvidenceIndex* index) {
  const Result<std::map<std::string, EvidenceIndex::KnownFile>> known = index->known_files();
  if (!known) return known.error();
  std::vector<EvidenceFile> wanting;
  std::set<std::string> present;
  for (EvidenceFile& file : evidence_files(data)) {
    present.insert(file.name);
    if (!is_current(file, *known)) wanting.push_back(std::move(file));
  }
  for (const auto& [name, file] : *known) {
    if (present.count(name) != 0) continue;
    if (Result<void> removed = index->remove(name); !removed) return removed;
  }
  for (size_t done = 0; done < wanting.size(); ++done) {
    if (progress) progress(done, wanting.size());
    const IndexedRows rows = rows_of_file(data, wanting[done], old_names);
    if (rows.session.evidence != wanting[done].name) {
      if (Result<void> removed = index->remove(wanting[done].name); !removed) return removed;
    }
    if (Result<void> added = index->add(rows.session, rows.tests); !added) return added;
  }
  return {};
}

}  // namespace alibi::store

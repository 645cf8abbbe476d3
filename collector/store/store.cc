#include "collector/store/store.h"

#include <unistd.h>

#include <cctype>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "collector/model/error_codes.h"
#include "collector/model/test_view.h"
#include "collector/store/disk.h"
#include "collector/store/evidence_encoder.h"

namespace alibi::store {
namespace {

constexpr char kSuffix[] = ".evidence";
constexpr size_t kLongestId = 150;  // of the 255 bytes a file name may have

struct Rows {
  SessionRow session;
  std::vector<TestRow> tests;
};

Rows rows_of(const collector::SessionCoverage& coverage, const std::string& evidence, uint64_t bytes) {
  Rows rows;
  const collector::SessionDescription& description = coverage.description;
  rows.session.evidence = evidence;
  rows.session.id = description.id;
  rows.session.started_unix_ns = description.started_unix_ns;
  rows.session.root = description.root;
  rows.session.environment_name = description.environment_name;
  rows.session.interpreter = description.interpreter;
  rows.session.complete = description.complete;
  rows.session.exit_status = description.exit_status;
  rows.session.bytes = bytes;
  rows.session.tests = coverage.tests.size();
  rows.session.processes = coverage.processes.size();
  for (const collector::DropCount& drop : coverage.losses.drops) rows.session.losses += drop.count;
  return rows;
}

TestRow row_of(const collector::SessionCoverage& tables, const collector::TestCoverage& test,
               const std::string& evidence, uint64_t position) {
  TestRow row;
  row.id = test.id;
  row.evidence = evidence;
  row.position = position;
  row.outcome = test.outcome;
  row.duration_ns = test.duration_ns;
  row.complete = test.complete;
  for (const auto& [file, lines] : collector::lines_by_file(tables, test.evidence)) {
    row.files += 1;
    row.lines += lines.size();
  }
  row.scopes = test.evidence.units.size();
  for (const collector::DropCount& drop : test.evidence.drops) row.drops += drop.count;
  return row;
}

// Rows of a file as far as it can be read. A file that cannot be read at all is listed with the reason, so
// that it is neither forgotten nor tried again at every opening.
Rows rows_of_file(const std::string& path, const std::string& evidence) {
  Rows rows;
  rows.session.evidence = evidence;
  Result<std::string> bytes = read_file(path);
  if (!bytes) {
    rows.session.unreadable = bytes.error().message;
    return rows;
  }
  const uint64_t size = bytes->size();
  Result<EvidenceReader> reader = EvidenceReader::open(std::move(*bytes));
  if (!reader) {
    rows.session.bytes = size;
    rows.session.unreadable = reader.error().message;
    return rows;
  }
  rows = rows_of(reader->coverage(), evidence, size);
  uint64_t position = 0;
  uint64_t lost = 0;
  for (size_t section = 0; section < reader->test_sections(); ++section) {
    const Result<std::vector<collector::TestCoverage>> tests = reader->read_tests(section);
    if (tests) {
      for (size_t index = 0; index < tests->size(); ++index) {
        rows.tests.push_back(row_of(reader->coverage(), (*tests)[index], evidence, position + index));
      }
    } else {
      lost += reader->items(section);
    }
    position += reader->items(section);
  }
  rows.session.tests = rows.tests.size();
  if (lost != 0) rows.session.unreadable = std::to_string(lost) + " tests are in damaged parts of the file";
  if (reader->cut_short()) rows.session.unreadable = "the end of the file is missing or damaged";
  return rows;
}

Result<void> bring_up_to_date(const std::string& data, EvidenceIndex* index) {
  Result<std::set<std::string>> known = index->known_files();
  if (!known) return std::move(known).error();
  std::set<std::string> present;
  for (const std::string& name : names_in(data + "/evidence")) {
    if (name.ends_with(kSuffix)) present.insert(name);
  }
  for (const std::string& name : *known) {
    if (present.count(name) != 0) continue;
    if (Result<void> removed = index->remove(name); !removed) return removed;
  }
  for (const std::string& name : present) {
    if (known->count(name) != 0) continue;
    const Rows rows = rows_of_file(data + "/evidence/" + name, name);
    if (Result<void> added = index->add(rows.session, rows.tests); !added) return added;
  }
  return {};
}

bool is_behind(const std::string& data, EvidenceIndex* index) {
  const Result<std::set<std::string>> known = index->known_files();
  if (!known) return true;
  std::set<std::string> present;
  for (const std::string& name : names_in(data + "/evidence")) {
    if (name.ends_with(kSuffix)) present.insert(name);
  }
  return *known != present;
}

}  // namespace

std::string evidence_name(const collector::SessionDescription& description) {
  char digits[24];
  std::snprintf(digits, sizeof digits, "%020llu",
                static_cast<unsigned long long>(description.started_unix_ns));
  std::string id = description.id.substr(0, kLongestId);
  for (char& letter : id) {
    const bool plain =
        std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '-' || letter == '_';
    if (!plain) letter = '_';
  }
  return std::string(digits) + "-" + id + kSuffix;
}

Result<EvidenceIndex> Store::open_index(const std::string& data, Access access, std::string* problem) {
  const std::string path = data + "/index.sqlite";
  if (access == Access::kRead) {
    if (exists(path)) {
      Result<EvidenceIndex> index = EvidenceIndex::open(path, EvidenceIndex::Place::kFileReadOnly);
      if (index && !is_behind(data, &*index)) return index;
      *problem = index ? "it is behind the evidence files" : index.error().message;
    }
  } else {
    if (Result<void> made = make_directories(data); !made) *problem = made.error().message;
    // Twice: a broken index is thrown away and made again from the files.
    for (int attempt = 0; attempt < 2; ++attempt) {
      Result<EvidenceIndex> index = EvidenceIndex::open(path, EvidenceIndex::Place::kFile);
      const Result<void> current = index ? bring_up_to_date(data, &*index) : Result<void>(index.error());
      if (current) {
        problem->clear();
        return index;
      }
      *problem = current.error().message;
      for (const char* part : {"", "-journal", "-wal", "-shm"}) ::unlink((path + part).c_str());
    }
  }
  Result<EvidenceIndex> index = EvidenceIndex::open("", EvidenceIndex::Place::kMemory);
  if (!index) return index;
  if (Result<void> current = bring_up_to_date(data, &*index); !current) return std::move(current).error();
  return index;
}

Result<Store> Store::open(std::string data, Access access) {
  std::string problem;
  Result<EvidenceIndex> index = open_index(data, access, &problem);
  if (!index) return std::move(index).error();
  return Store(std::move(data), std::move(*index), std::move(problem));
}

Result<std::string> Store::add(const collector::SessionCoverage& coverage) {
  Result<std::string> bytes = encode_evidence(coverage);
  if (!bytes) return bytes;
  if (Result<void> made = make_directories(data_ + "/evidence"); !made) return std::move(made).error();
  const std::string name = evidence_name(coverage.description);
  const std::string path = evidence_path(name);
  if (Result<void> written = write_file(path, *bytes, Durability::kSynced); !written)
    return std::move(written).error();
  Rows rows = rows_of(coverage, name, bytes->size());
  for (size_t index = 0; index < coverage.tests.size(); ++index) {
    rows.tests.push_back(row_of(coverage, coverage.tests[index], name, index));
  }
  // The evidence is stored; an index that could not take it is brought up to date at the next opening.
  if (Result<void> added = index_.add(rows.session, rows.tests); !added)
    index_problem_ = added.error().message;
  return path;
}

Result<void> Store::remove(const std::string& evidence) {
  const std::string path = evidence_path(evidence);
  if (::unlink(path.c_str()) != 0 && errno != ENOENT)
    return os_error(collector::kCannotWrite, errno, "cannot remove " + path);
  return index_.remove(evidence);
}

Result<TestReader::Found> TestReader::read(const TestRow& row) {
  auto place = files_.find(row.evidence);
  if (place == files_.end()) {
    const std::string path = store_.evidence_path(row.evidence);
    Result<std::string> bytes = read_file(path);
    if (!bytes) return std::move(bytes).error();
    Result<EvidenceReader> reader = EvidenceReader::open(std::move(*bytes));
    if (!reader) return Error{reader.error().code, 0, path + ": " + reader.error().message};
    place = files_.emplace(row.evidence, std::make_unique<OpenFile>(std::move(*reader))).first;
  }
  OpenFile& file = *place->second;
  uint64_t first = 0;
  const size_t section = file.reader.section_of(row.position, &first);
  const std::string where = store_.evidence_path(row.evidence) + ": ";
  if (section == file.reader.test_sections())
    return Error{collector::kNotEvidence, 0, where + "holds no such test"};
  if (section != file.section) {
    Result<std::vector<collector::TestCoverage>> tests = file.reader.read_tests(section);
    if (!tests) return Error{tests.error().code, 0, where + tests.error().message};
    file.tests = std::move(*tests);
    file.section = section;
  }
  const collector::TestCoverage& test = file.tests[row.position - first];
  if (test.id != row.id) return Error{collector::kNotEvidence, 0, where + "does not match the index"};
  return Found{&file.reader.coverage(), &test};
}

}  // namespace alibi::store

#include "collector/store/store.h"

#include <unistd.h>

#include <cerrno>
#include <utility>

#include "collector/model/error_codes.h"
#include "collector/store/disk.h"
#include "collector/store/evidence_encoder.h"
#include "collector/store/evidence_folder.h"
#include "tracer/base/hash.h"

namespace alibi::store {
namespace {

Result<EvidenceIndex> refreshed(const std::string& data, OldNames old_names, const IndexProgress& progress,
                                Result<EvidenceIndex> index) {
  if (!index) return index;
  if (Result<void> current = refresh(data, old_names, progress, &*index); !current)
    return std::move(current).error();
  return index;
}

Result<EvidenceIndex> empty_index() {
  return EvidenceIndex::open("", EvidenceIndex::Place::kMemory);
}

}  // namespace

Result<EvidenceIndex> Store::open_to_read(const std::string& data, const IndexProgress& progress,
                                          std::string* problem) {
  const std::string path = data + "/index.sqlite";
  if (exists(path)) {
    Result<EvidenceIndex> index = EvidenceIndex::open(path, EvidenceIndex::Place::kFileReadOnly);
    if (index && !is_behind(data, &*index)) return index;
    *problem = index ? "it is behind the evidence files" : index.error().message;
    if (index) {
      index = refreshed(data, OldNames::kLeaveOld, progress, index->copy());
      if (index) return index;
      *problem = index.error().message;
    }
  }
  return refreshed(data, OldNames::kLeaveOld, progress, empty_index());
}

Result<EvidenceIndex> Store::open_to_write(const std::string& data, const IndexProgress& progress,
                                           std::string* problem) {
  const std::string path = data + "/index.sqlite";
  if (Result<void> made = make_data_folder(data); !made) *problem = made.error().message;
  // Twice: a broken index is thrown away and made again from the files.
  for (int attempt = 0; attempt < 2; ++attempt) {
    Result<EvidenceIndex> index = refreshed(data, OldNames::kRenameOld, progress,
                                            EvidenceIndex::open(path, EvidenceIndex::Place::kFile));
    if (index) {
      problem->clear();
      return index;
    }
    *problem = index.error().message;
    for (const char* part : {"", "-journal", "-wal", "-shm"}) ::unlink((path + part).c_str());
  }
  return refreshed(data, OldNames::kRenameOld, progress, empty_index());
}

Result<Store> Store::open(std::string data, Access access, const IndexProgress& progress) {
  std::string problem;
  Result<EvidenceIndex> index = access == Access::kRead ? open_to_read(data, progress, &problem)
                                                        : open_to_write(data, progress, &problem);
  if (!index) return std::move(index).error();
  return Store(std::move(data), std::move(*index), std::move(problem));
}

Result<std::string> Store::add(const collector::SessionCoverage& coverage) {
  Result<std::string> bytes = encode_evidence(coverage);
  if (!bytes) return bytes;
  if (Result<void> made = make_directories(data_ + "/evidence"); !made) return std::move(made).error();
  const std::string name = evidence_name(coverage.description, hash64(bytes->data(), bytes->size()));
  const std::string path = evidence_path(name);
  if (Result<void> written = write_file(path, *bytes, Durability::kSynced); !written)
    return std::move(written).error();
  const IndexedRows rows = rows_of(coverage, name, bytes->size(), raw_bytes_of(*bytes));
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
    Result<WholeEvidence> whole = read_evidence(path);
    if (!whole) return Error{whole.error().code, 0, path + ": " + whole.error().message};
    place = files_.emplace(row.evidence, std::make_unique<OpenFile>(std::move(whole->reader))).first;
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

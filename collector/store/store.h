// The evidence of many sessions below one data folder: immutable evidence files, and an index that is brought
// up to date whenever the store is opened. Used by all commands; one thread, any number of processes at once.
//
// The files are the truth. A session is stored when its file has its final name; everything after that
// (index, removal of the session's directory) can fail or be killed without loss and is made good by the next
// opening.
#ifndef ALIBI_COLLECTOR_STORE_STORE_H_
#define ALIBI_COLLECTOR_STORE_STORE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "collector/model/session_coverage.h"
#include "collector/store/evidence_index.h"
#include "collector/store/evidence_reader.h"
#include "collector/store/index_refresh.h"
#include "tracer/base/result.h"

namespace alibi::store {

class Store {
 public:
  enum class Access {
    kRead,  // writes nothing: an index that is missing or behind is brought up to date in memory
    kWrite  // keeps the index file and the names of old files up to date; the caller holds the merge lock
  };
  // Works on an empty or missing folder too: no sessions.
  static Result<Store> open(std::string data, Access access, const IndexProgress& progress = {});

  // Makes the evidence durable and indexes it. The path of the file that now holds it.
  Result<std::string> add(const collector::SessionCoverage& coverage);

  Result<std::vector<SessionRow>> sessions() { return index_.sessions(); }
  // See EvidenceIndex: ordered by test id, then newest first.
  Result<std::vector<TestRow>> latest_tests() { return index_.latest_tests(); }
  Result<std::vector<TestRow>> newest_per_test(const std::string& environment, size_t most) {
    return index_.newest_per_test(environment, most);
  }
  Result<std::vector<TestRow>> all_tests(const std::string& environment) {
    return index_.all_tests(environment);
  }
  Result<uint64_t> count_tests() { return index_.count_tests(); }
  Result<std::set<std::string>> newest_evidence() { return index_.newest_files(); }
  // The file and its rows; for retention.h, which decides.
  Result<void> remove(const std::string& evidence);

  const std::string& data() const { return data_; }
  std::string evidence_path(const std::string& evidence) const { return data_ + "/evidence/" + evidence; }
  // Why the index file is not used; empty when it is.
  const std::string& index_problem() const { return index_problem_; }

 private:
  Store(std::string data, EvidenceIndex index, std::string problem)
      : data_(std::move(data)), index_(std::move(index)), index_problem_(std::move(problem)) {}

  static Result<EvidenceIndex> open_to_read(const std::string& data, const IndexProgress& progress,
                                            std::string* problem);
  static Result<EvidenceIndex> open_to_write(const std::string& data, const IndexProgress& progress,
                                             std::string* problem);

  std::string data_;
  EvidenceIndex index_;
  std::string index_problem_;
};

// Reads evidence of single tests, keeping each file's tables and its last section: cheap when tests come in
// order.
class TestReader {
 public:
  explicit TestReader(const Store& store) : store_(store) {}

  struct Found {
    const collector::SessionCoverage* coverage = nullptr;  // tables and session evidence, without tests
    const collector::TestCoverage* test = nullptr;         // valid until the next call
  };
  Result<Found> read(const TestRow& row);

 private:
  struct OpenFile {
    explicit OpenFile(EvidenceReader opened) : reader(std::move(opened)) {}
    EvidenceReader reader;
    size_t section = SIZE_MAX;
    std::vector<collector::TestCoverage> tests;
  };

  const Store& store_;
  std::map<std::string, std::unique_ptr<OpenFile>> files_;
};

}  // namespace alibi::store

#endif  // ALIBI_COLLECTOR_STORE_STORE_H_

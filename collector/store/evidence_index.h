// The SQLite index over the evidence files: which sessions there are, which tests each holds and where. A
// cache: everything in it can be computed from the files again, and is when it is missing, broken or behind.
//
// Used by Store only, one thread; several processes may have it open. Nothing here is believed about evidence
// itself: what a test touched is always read from the file with its checksums.
#ifndef ALIBI_COLLECTOR_STORE_EVIDENCE_INDEX_H_
#define ALIBI_COLLECTOR_STORE_EVIDENCE_INDEX_H_

#include <sqlite3.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "collector/store/index_rows.h"
#include "tracer/base/result.h"

namespace alibi::store {

class EvidenceIndex {
 public:
  enum class Place { kFile, kFileReadOnly, kMemory };
  static Result<EvidenceIndex> open(const std::string& path, Place place);
  // In memory, with the same content: what a reader brings up to date for itself.
  Result<EvidenceIndex> copy();

  struct KnownFile {
    uint64_t bytes = 0;
    uint64_t changed_ns = 0;  // see SessionRow
    bool readable = false;
  };
  Result<std::map<std::string, KnownFile>> known_files();
  // One transaction: all rows of the session or none. Replaces an entry of the same name.
  Result<void> add(const SessionRow& session, const std::vector<TestRow>& tests);
  Result<void> remove(const std::string& evidence);

  Result<std::vector<SessionRow>> sessions();  // oldest first
  Result<uint64_t> count_tests();              // all evidence of all tests
  // Evidence of tests, ordered by test id and then newest first: of every environment the newest of each
  // test; of one environment the newest `most` of each test; of one environment all there is.
  Result<std::vector<TestRow>> latest_tests();
  Result<std::vector<TestRow>> newest_per_test(const std::string& environment, size_t most);
  Result<std::vector<TestRow>> all_tests(const std::string& environment);
  // The files that hold, for some test in some environment, the newest evidence or the newest complete one.
  Result<std::set<std::string>> newest_files();

 private:
  explicit EvidenceIndex(sqlite3* database) : database_(database, sqlite3_close) {}

  // A session as the searches go through them.
  struct StoredSession {
    uint64_t number = 0;
    std::string evidence;
    std::string environment_name;
  };

  Result<void> run(const char* sql);
  Result<void> in_transaction(const std::function<Result<void>()>& change);
  Result<void> forget(const std::string& evidence);
  Result<void> insert(const SessionRow& session, const std::vector<TestRow>& tests);
  Result<std::vector<uint32_t>> number_tests(const std::vector<TestRow>& tests);

  Result<std::vector<StoredSession>> newest_sessions();
  Result<uint32_t> highest_test_number();
  class PackedTestsReader;
  class NewestRows;
  Result<std::vector<TestRow>> newest_rows(const std::string* environment, size_t most);

  std::unique_ptr<sqlite3, int (*)(sqlite3*)> database_;
};

}  // namespace alibi::store

#endif  // ALIBI_COLLECTOR_STORE_EVIDENCE_INDEX_H_

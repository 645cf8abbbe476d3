// The SQLite index over the evidence files: which sessions there are, which tests each holds and where. A
// cache: everything in it can be computed from the files again, and is when it is missing, broken or behind.
//
// Used by Store only, one thread; several processes may have it open. Nothing here is believed about evidence
// itself: what a test touched is always read from the file with its checksums.
#ifndef ALIBI_COLLECTOR_STORE_EVIDENCE_INDEX_H_
#define ALIBI_COLLECTOR_STORE_EVIDENCE_INDEX_H_

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "collector/model/session_coverage.h"
#include "tracer/base/result.h"

namespace alibi::store {

struct SessionRow {
  std::string evidence;  // file name; sorts by age
  std::string id;
  uint64_t started_unix_ns = 0;
  std::string root;
  std::string environment_name;
  std::string interpreter;
  bool complete = false;
  int32_t exit_status = -1;
  uint64_t bytes = 0;
  uint64_t tests = 0;
  uint64_t processes = 0;
  uint64_t losses = 0;     // sum over all reasons
  std::string unreadable;  // why the file cannot be used; empty when it can
};

struct TestRow {
  std::string id;
  std::string evidence;
  uint64_t position = 0;  // among the tests of the file
  collector::Outcome outcome = collector::kNeverEnded;
  uint64_t duration_ns = 0;
  bool complete = false;
  uint64_t files = 0;
  uint64_t lines = 0;
  uint64_t scopes = 0;
  uint64_t drops = 0;
};

class EvidenceIndex {
 public:
  enum class Place { kFile, kFileReadOnly, kMemory };
  static Result<EvidenceIndex> open(const std::string& path, Place place);

  Result<std::set<std::string>> known_files();
  // One transaction: all rows of the session or none. Replaces an entry of the same name.
  Result<void> add(const SessionRow& session, const std::vector<TestRow>& tests);
  Result<void> remove(const std::string& evidence);

  Result<std::vector<SessionRow>> sessions();   // oldest first
  Result<std::vector<TestRow>> latest_tests();  // the newest evidence of every test, by id
  Result<uint64_t> count_tests();               // all evidence of all tests
  // The files that hold, for some test in some environment, the newest evidence or the newest complete one.
  Result<std::set<std::string>> newest_files();

 private:
  explicit EvidenceIndex(sqlite3* database) : database_(database, sqlite3_close) {}

  class Statement;
  Result<void> run(const char* sql);
  Error error(const char* doing) const;

  std::unique_ptr<sqlite3, int (*)(sqlite3*)> database_;
};

}  // namespace alibi::store

#endif  // ALIBI_COLLECTOR_STORE_EVIDENCE_INDEX_H_

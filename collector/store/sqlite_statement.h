// A prepared statement of SQLite that binds and reads columns in order and reports failure once, at the end.
// Used by EvidenceIndex only; lives shorter than the database it was made for.
#ifndef ALIBI_COLLECTOR_STORE_SQLITE_STATEMENT_H_
#define ALIBI_COLLECTOR_STORE_SQLITE_STATEMENT_H_

#include <sqlite3.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "tracer/base/result.h"

namespace alibi::store {

// What SQLite says about the last failure, as an error of the store.
Error sqlite_error(sqlite3* database, const char* doing);

class SqliteStatement {
 public:
  SqliteStatement(sqlite3* database, const char* sql) : database_(database) {
    status_ = sqlite3_prepare_v2(database, sql, -1, &statement_, nullptr);
  }
  ~SqliteStatement() { sqlite3_finalize(statement_); }
  SqliteStatement(const SqliteStatement&) = delete;
  SqliteStatement& operator=(const SqliteStatement&) = delete;

  // The bytes must stay until the next reset.
  SqliteStatement& bind(std::string_view text);
  SqliteStatement& bind_bytes(std::string_view bytes);
  SqliteStatement& bind(uint64_t number);

  bool step();  // true while there is a row to read
  void reset();

  std::string text();
  std::string_view bytes();  // valid until the next step
  uint64_t number() { return static_cast<uint64_t>(sqlite3_column_int64(statement_, column_++)); }

  bool done() const { return status_ == SQLITE_DONE; }
  // After the last step.
  Result<void> finish(const char* doing) const;

 private:
  void keep(int status) {
    if (status != SQLITE_OK) status_ = status;
  }

  sqlite3* database_;
  sqlite3_stmt* statement_ = nullptr;
  int status_ = SQLITE_OK;
  int bound_ = 0;
  int column_ = 0;
};

}  // namespace alibi::store

#endif  // ALIBI_COLLECTOR_STORE_SQLITE_STATEMENT_H_

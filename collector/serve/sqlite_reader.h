// A connection that reads, for as long as somebody reads. Used by the SQLite database only.
#ifndef ALIBI_COLLECTOR_SERVE_SQLITE_READER_H_
#define ALIBI_COLLECTOR_SERVE_SQLITE_READER_H_

#include <string>
#include <utility>

#include "collector/serve/sqlite_database.h"
#include "collector/serve/sqlite_schema.h"
#include "collector/store/sqlite_statement.h"

namespace alibi::serve {

class SqliteDatabase::Reader {
 public:
  Reader(SqliteDatabase* database, Result<Connection> connection)
      : database_(database), connection_(std::move(connection)) {}
  ~Reader() {
    if (!connection_) return;
    const std::lock_guard<std::mutex> lock(database_->idle_mutex_);
    constexpr size_t kMostIdle = 8;
    if (database_->idle_.size() < kMostIdle) database_->idle_.push_back(std::move(*connection_));
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  bool ok() const { return connection_.ok(); }
  Error error() const { return connection_.error(); }
  sqlite3* get() { return connection_->get(); }

  // Calls `take` for each row of a statement that has been bound.
  template <typename Take>
  Result<void> rows(store::SqliteStatement* statement, const char* doing, Take take) {
    while (statement->step()) take(statement);
    if (statement->done()) return {};
    return database_error(get(), doing);
  }

 private:
  SqliteDatabase* database_;
  Result<Connection> connection_;
};

}  // namespace alibi::serve

#endif  // ALIBI_COLLECTOR_SERVE_SQLITE_READER_H_

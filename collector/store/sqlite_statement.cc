#include "collector/store/sqlite_statement.h"

#include "collector/model/error_codes.h"

namespace alibi::store {

Error sqlite_error(sqlite3* database, const char* doing) {
  return Error{collector::kIndexFailed, 0,
               std::string("the index of the store failed while ") + doing + ": " + sqlite3_errmsg(database)};
}

SqliteStatement& SqliteStatement::bind(std::string_view text) {
  if (statement_ != nullptr)
    keep(sqlite3_bind_text64(statement_, ++bound_, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8));
  return *this;
}

SqliteStatement& SqliteStatement::bind_bytes(std::string_view bytes) {
  // A null pointer would be NULL, not an empty string of bytes.
  const char* start = bytes.empty() ? "" : bytes.data();
  if (statement_ != nullptr)
    keep(sqlite3_bind_blob64(statement_, ++bound_, start, bytes.size(), SQLITE_STATIC));
  return *this;
}

SqliteStatement& SqliteStatement::bind(uint64_t number) {
  if (statement_ != nullptr)
    keep(sqlite3_bind_int64(statement_, ++bound_, static_cast<sqlite3_int64>(number)));
  return *this;
}

bool SqliteStatement::step() {
  if (status_ != SQLITE_OK && status_ != SQLITE_ROW) return false;
  status_ = sqlite3_step(statement_);
  column_ = 0;
  return status_ == SQLITE_ROW;
}

void SqliteStatement::reset() {
  if (statement_ == nullptr || (status_ != SQLITE_ROW && !done())) return;
  sqlite3_reset(statement_);
  bound_ = 0;
  status_ = SQLITE_OK;
}

std::string SqliteStatement::text() {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column_));
  const int length = sqlite3_column_bytes(statement_, column_++);
  return bytes == nullptr ? std::string() : std::string(bytes, static_cast<size_t>(length));
}

std::string_view SqliteStatement::bytes() {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column_));
  const int length = sqlite3_column_bytes(statement_, column_++);
  return bytes == nullptr ? std::string_view() : std::string_view(bytes, static_cast<size_t>(length));
}

Result<void> SqliteStatement::finish(const char* doing) const {
  if (done()) return {};
  return sqlite_error(database_, doing);
}

}  // namespace alibi::store

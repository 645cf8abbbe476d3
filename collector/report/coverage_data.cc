#include <sqlite3.h>

#include <memory>
#include <utility>

#include "collector/model/error_codes.h"
#include "collector/report/exporters.h"

namespace alibi::report {
namespace {

// As coverage.py 5 to 7 makes it; has_arcs 0: lines, not branches.
constexpr char kSchema[] = R"(
  CREATE TABLE coverage_schema (version integer);
  INSERT INTO coverage_schema (version) VALUES (7);
  CREATE TABLE meta (key text, value text, unique (key));
  INSERT INTO meta (key, value) VALUES ('has_arcs', '0'), ('version', '7.0.0');
  CREATE TABLE file (id integer primary key, path text, unique (path));
  CREATE TABLE context (id integer primary key, context text, unique (context));
  CREATE TABLE line_bits (file_id integer, context_id integer, numbits blob,
    foreign key (file_id) references file (id), foreign key (context_id) references context (id),
    unique (file_id, context_id));
  CREATE TABLE arc (file_id integer, context_id integer, fromno integer, tono integer,
    foreign key (file_id) references file (id), foreign key (context_id) references context (id),
    unique (file_id, context_id, fromno, tono));
  CREATE TABLE tracer (file_id integer primary key, tracer text, foreign key (file_id) references file (id));
)";

// One bit per line; a line beyond this is no line of a file and would cost megabytes of zeros.
constexpr uint32_t kLastLine = 10'000'000;

std::string numbits(const std::vector<uint32_t>& lines) {
  std::string bits;
  for (uint32_t line : lines) {
    if (line > kLastLine) break;
    if (line / 8 >= bits.size()) bits.resize(line / 8 + 1, '\0');
    bits[line / 8] = static_cast<char>(bits[line / 8] | (1 << (line % 8)));
  }
  return bits;
}

class DataFile {
 public:
  Result<void> create() {
    sqlite3* database = nullptr;
    const int status =
        sqlite3_open_v2(":memory:", &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
    database_.reset(database);
    if (status != SQLITE_OK || sqlite3_exec(database, kSchema, nullptr, nullptr, nullptr) != SQLITE_OK ||
        sqlite3_exec(database, "BEGIN", nullptr, nullptr, nullptr) != SQLITE_OK) {
      return error();
    }
    return {};
  }

  // The row's number, 0 on failure.
  sqlite3_int64 insert(const char* sql, const std::string& text) {
    const Prepared statement = prepare(sql);
    if (statement == nullptr) return 0;
    sqlite3_bind_text(statement.get(), 1, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
    if (sqlite3_step(statement.get()) != SQLITE_DONE) return 0;
    return sqlite3_last_insert_rowid(database_.get());
  }

  bool add_lines(sqlite3_int64 file, sqlite3_int64 context, const std::string& bits) {
    const Prepared statement =
        prepare("INSERT INTO line_bits (file_id, context_id, numbits) VALUES (?, ?, ?)");
    if (statement == nullptr) return false;
    sqlite3_bind_int64(statement.get(), 1, file);
    sqlite3_bind_int64(statement.get(), 2, context);
    sqlite3_bind_blob(statement.get(), 3, bits.data(), static_cast<int>(bits.size()), SQLITE_TRANSIENT);
    return sqlite3_step(statement.get()) == SQLITE_DONE;
  }

  Result<std::string> bytes() {
    if (sqlite3_exec(database_.get(), "COMMIT", nullptr, nullptr, nullptr) != SQLITE_OK) return error();
    sqlite3_int64 size = 0;
    const std::unique_ptr<unsigned char, decltype(&sqlite3_free)> image(
        sqlite3_serialize(database_.get(), "main", &size, 0), sqlite3_free);
    if (image == nullptr) return error();
    return std::string(reinterpret_cast<const char*>(image.get()), static_cast<size_t>(size));
  }

  Error error() const {
    return Error{collector::kCannotWrite, 0,
                 std::string("cannot make the coverage.py data: ") + sqlite3_errmsg(database_.get())};
  }

 private:
  using Prepared = std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)>;
  Prepared prepare(const char* sql) {
    sqlite3_stmt* statement = nullptr;
    sqlite3_prepare_v2(database_.get(), sql, -1, &statement, nullptr);
    return {statement, sqlite3_finalize};
  }

  std::unique_ptr<sqlite3, decltype(&sqlite3_close)> database_{nullptr, sqlite3_close};
};

}  // namespace

Result<std::string> coverage_data(const LineTable& table) {
  DataFile data;
  if (Result<void> created = data.create(); !created) return std::move(created).error();
  std::map<std::string, sqlite3_int64> contexts;
  for (const auto& [path, file] : table.files()) {
    if (file.contexts.empty()) continue;
    const sqlite3_int64 file_id = data.insert("INSERT INTO file (path) VALUES (?)", path);
    if (file_id == 0) return data.error();
    for (const auto& [context, lines] : file.contexts) {
      sqlite3_int64& context_id = contexts[context];
      if (context_id == 0) context_id = data.insert("INSERT INTO context (context) VALUES (?)", context);
      if (context_id == 0 || !data.add_lines(file_id, context_id, numbits(lines))) return data.error();
    }
  }
  return data.bytes();
}

}  // namespace alibi::report

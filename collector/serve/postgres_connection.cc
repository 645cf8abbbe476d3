#include "collector/serve/postgres_connection.h"

#include <absl/container/flat_hash_map.h>
#include <endian.h>
#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <list>
#include <vector>

#include "collector/model/error_codes.h"
#include "collector/serve/postgres_schema.h"
#include "collector/serve/stored_text.h"

namespace alibi::serve {
namespace {

constexpr size_t kMostInPipeline = 4000;  // statements
constexpr size_t kRowsInStatement = 16;

struct Finished {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
using Handle = std::unique_ptr<PGconn, Finished>;
struct Cleared {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Answered = std::unique_ptr<PGresult, Cleared>;

class PostgresRow : public SqlRow {
 public:
  PostgresRow(const PGresult* result, int row) : result_(result), row_(row) {}

  uint64_t number() override {
    const char* text = PQgetvalue(result_, row_, column_);
    int64_t value = 0;
    std::from_chars(text, text + PQgetlength(result_, row_, column_++), value);
    return static_cast<uint64_t>(value);
  }
  std::string text() override {
    const char* text = PQgetvalue(result_, row_, column_);
    return {text, static_cast<size_t>(PQgetlength(result_, row_, column_++))};
  }
  std::string bytes() override {
    size_t length = 0;
    const auto* escaped = reinterpret_cast<const unsigned char*>(PQgetvalue(result_, row_, column_++));
    unsigned char* const bytes = PQunescapeBytea(escaped, &length);
    if (bytes == nullptr) return {};
    std::string copy(reinterpret_cast<const char*>(bytes), length);
    PQfreemem(bytes);
    return copy;
  }

 private:
  const PGresult* result_;
  int row_;
  int column_ = 0;
};

// The values of one row as libpq takes them.
class Parameters {
 public:
  Parameters(const SqlValue* values, size_t count) : numbers_(count) {
    for (size_t i = 0; i < count; ++i) {
      const SqlValue& value = values[i];
      std::string_view bytes = value.text.data() == nullptr ? "" : value.text;
      if (value.kind == SqlValue::Kind::kNumber) {
        numbers_[i] = htobe64(value.number);
        bytes = {reinterpret_cast<const char*>(&numbers_[i]), sizeof(uint64_t)};
      } else if (value.kind == SqlValue::Kind::kText && !can_be_stored(bytes)) {
        bytes = changed_.emplace_back(storable(bytes));
      }
      starts_.push_back(bytes.data());
      lengths_.push_back(static_cast<int>(bytes.size()));
    }
    formats_.assign(count, 1);  // binary
  }
  int size() const { return static_cast<int>(starts_.size()); }
  const char* const* starts() const { return starts_.data(); }
  const int* lengths() const { return lengths_.data(); }
  const int* formats() const { return formats_.data(); }

 private:
  std::vector<uint64_t> numbers_;
  std::list<std::string> changed_;
  std::vector<const char*> starts_;
  std::vector<int> lengths_, formats_;
};

class PostgresConnection : public SqlConnection {
 public:
  explicit PostgresConnection(Handle handle) : handle_(std::move(handle)) {}

  Result<void> run(const std::string& sql, const SqlRows& rows, const char* doing,
                   const Take& take) override {
    size_t first = 0;
    const std::string many = rows.size() < kRowsInStatement ? "" : for_many_rows(sql, rows.columns());
    if (!many.empty()) {
      first = rows.size() - rows.size() % kRowsInStatement;
      const Result<void> done = run_all(many, rows, {0, first, kRowsInStatement}, doing, take);
      if (!done) return done;
    }
    if (first == rows.size()) return {};
    return run_all(sql, rows, {first, rows.size(), 1}, doing, take);
  }

  Result<void> begin() override {
    const Result<std::string> begun = execute(handle_.get(), kBeginWriting, "beginning to write");
    return begun ? Result<void>() : begun.error();
  }
  // What failed before is rolled back by a COMMIT, which is no error to PostgreSQL.
  Result<void> commit() override {
    const Answered answer(PQexec(handle_.get(), "COMMIT"));
    if (PQresultStatus(answer.get()) == PGRES_COMMAND_OK &&
        std::strcmp(PQcmdStatus(answer.get()), "COMMIT") == 0)
      return {};
    return database_error(handle_.get(), "committing");
  }
  void roll_back() override { (void)execute(handle_.get(), "ROLLBACK", "rolling back"); }
  bool alive() const override { return !stuck_ && PQstatus(handle_.get()) == CONNECTION_OK; }

 private:
  struct Range {
    size_t first, end;
    size_t in_statement;  // rows that one statement takes
  };

  static std::string with_dollars(std::string sql) {
    for (size_t i = 0; i + 1 < sql.size(); ++i) {
      if (sql[i] == '?' && sql[i + 1] >= '1' && sql[i + 1] <= '9') sql[i] = '$';
    }
    return sql;
  }

  // Of an INSERT that answers nothing, with its values repeated; empty: it is none.
  static std::string for_many_rows(const std::string& sql, size_t columns) {
    const size_t start = sql.find(" VALUES(");
    if (!sql.starts_with("INSERT INTO ") || start == std::string::npos || sql.ends_with("RETURNING id") ||
        sql.ends_with("RETURNING 1"))
      return {};
    const size_t open = start + std::string_view(" VALUES").size();
    const size_t end = sql.find(')', open) + 1;
    std::string result = sql.substr(0, open);
    for (size_t copy = 0; copy < kRowsInStatement; ++copy) {
      if (copy > 0) result.push_back(',');
      for (size_t i = open; i < end; ++i) {
        result.push_back(sql[i]);
        if (sql[i] != '?') continue;
        size_t number = 0;
        const auto read = std::from_chars(sql.data() + i + 1, sql.data() + end, number);
        result += std::to_string(number + copy * columns);
        i = static_cast<size_t>(read.ptr - sql.data()) - 1;
      }
    }
    return result + sql.substr(end);
  }

  Result<void> run_all(const std::string& sql, const SqlRows& rows, Range range, const char* doing,
                       const Take& take) {
    const Result<std::string> name = prepared(sql, rows, range.in_statement, doing);
    if (!name) return name.error();
    if (range.end - range.first == range.in_statement) {
      const Parameters values(rows.row(range.first), range.in_statement * rows.columns());
      const Answered answer(PQexecPrepared(handle_.get(), name->c_str(), values.size(), values.starts(),
                                           values.lengths(), values.formats(), 0));
      return take_rows(answer.get(), range.first, doing, take);
    }
    const size_t step = kMostInPipeline * range.in_statement;
    for (size_t first = range.first; first < range.end; first += step) {
      const Range part{first, std::min(range.end, first + step), range.in_statement};
      const Result<void> done = run_pipeline(*name, rows, part, doing, take);
      if (!done) return done;
    }
    return {};
  }

  Result<std::string> prepared(const std::string& sql, const SqlRows& rows, size_t in_statement,
                               const char* doing) {
    if (const auto known = prepared_.find(sql); known != prepared_.end()) return known->second;
    constexpr Oid kInt8 = 20, kText = 25, kBytea = 17;
    std::vector<Oid> types;
    for (size_t i = 0; i < in_statement * rows.columns(); ++i) {
      const SqlValue::Kind kind = rows.row(0)[i % rows.columns()].kind;
      types.push_back(kind == SqlValue::Kind::kNumber ? kInt8
                      : kind == SqlValue::Kind::kText ? kText
                                                      : kBytea);
    }
    const std::string name = "s" + std::to_string(prepared_.size());
    const Answered answer(PQprepare(handle_.get(), name.c_str(), with_dollars(sql).c_str(),
                                    static_cast<int>(types.size()), types.data()));
    if (PQresultStatus(answer.get()) != PGRES_COMMAND_OK) return database_error(handle_.get(), doing);
    prepared_.emplace(sql, name);
    return name;
  }

  Result<void> take_rows(const PGresult* answer, size_t place, const char* doing, const Take& take) {
    const ExecStatusType status = PQresultStatus(answer);
    if (status == PGRES_COMMAND_OK) return {};
    if (status != PGRES_TUPLES_OK) return database_error(handle_.get(), doing);
    for (int i = 0; i < PQntuples(answer); ++i) {
      PostgresRow row(answer, i);
      take(place, &row);
    }
    return {};
  }

  Result<void> run_pipeline(const std::string& name, const SqlRows& rows, Range range, const char* doing,
                            const Take& take) {
    if (PQenterPipelineMode(handle_.get()) != 1) return database_error(handle_.get(), doing);
    bool sent = true;
    for (size_t i = range.first; i < range.end && sent; i += range.in_statement) {
      const Parameters values(rows.row(i), range.in_statement * rows.columns());
      sent = PQsendQueryPrepared(handle_.get(), name.c_str(), values.size(), values.starts(),
                                 values.lengths(), values.formats(), 0) == 1;
    }
    sent = sent && PQpipelineSync(handle_.get()) == 1;
    Result<void> result = sent ? Result<void>() : database_error(handle_.get(), doing);
    size_t place = range.first;
    // Each statement's answers end with a null pointer; the last is that of the end itself.
    while (sent && alive()) {
      const Answered answer(PQgetResult(handle_.get()));
      if (answer == nullptr) {
        place += range.in_statement;
        if (place > range.end) break;  // never, while the server keeps to the protocol
        continue;
      }
      if (PQresultStatus(answer.get()) == PGRES_PIPELINE_SYNC) break;
      if (result) result = take_rows(answer.get(), place, doing, take);
    }
    if (result && !alive()) result = database_error(handle_.get(), doing);
    if (PQexitPipelineMode(handle_.get()) == 1) return result;
    stuck_ = true;
    if (result) result = database_error(handle_.get(), doing);
    return result;
  }

  Handle handle_;
  bool stuck_ = false;                                      // in the middle of a pipeline
  absl::flat_hash_map<std::string, std::string> prepared_;  // names of statements
};

// What a commit promises must not depend on the cluster's settings; a server that stands still in a
// transaction must not stop the others for good.
constexpr const char* kWriting =
    "SET search_path TO alibi; SET lock_timeout='10s'; SET statement_timeout='60s';"
    "SET idle_in_transaction_session_timeout='30s';"
    "SELECT set_config('synchronous_commit', 'on', false) "
    "WHERE current_setting('synchronous_commit') IN ('off', 'local')";
constexpr const char* kReading =
    "SET search_path TO alibi; SET statement_timeout='60s'; SET default_transaction_read_only=on";

}  // namespace

Result<std::unique_ptr<SqlConnection>> PostgresServer::connect(bool writes) {
  // Later ones outweigh earlier ones: the URL may say otherwise, but for the encoding.
  const char* const keywords[] = {"connect_timeout",
                                  "keepalives_idle",
                                  "tcp_user_timeout",
                                  "fallback_application_name",
                                  "dbname",
                                  "client_encoding",
                                  nullptr};
  const char* const values[] = {"5", "15", "15000", "alibi serve", url_.c_str(), "UTF8", nullptr};
  Handle handle(PQconnectdbParams(keywords, values, 1));
  if (handle == nullptr || PQstatus(handle.get()) != CONNECTION_OK)
    return database_error(handle.get(), "being connected to");
  PQsetNoticeProcessor(
      handle.get(), [](void*, const char*) {}, nullptr);
  if (const auto set = execute(handle.get(), writes ? kWriting : kReading, "being opened"); !set)
    return set.error();
  if (writes) {
    if (Result<void> made = migrate(handle.get()); !made) return std::move(made).error();
  }
  return std::unique_ptr<SqlConnection>(std::make_unique<PostgresConnection>(std::move(handle)));
}

}  // namespace alibi::serve

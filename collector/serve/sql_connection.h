// What the server asks of a database that speaks SQL, so that one set of statements serves SQLite and
// PostgreSQL. A statement runs once for each of many rows of values: where a database is far away, they
// travel together.
//
// SqlDatabase is the user. A connection belongs to one thread at a time; a source makes connections on any.
// Statements name their values ?1, ?2, …, in both.
#ifndef ALIBI_COLLECTOR_SERVE_SQL_CONNECTION_H_
#define ALIBI_COLLECTOR_SERVE_SQL_CONNECTION_H_

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tracer/base/result.h"

namespace alibi::serve {

// Points at texts that its maker keeps.
struct SqlValue {
  enum class Kind : uint8_t { kNumber, kText, kBytes };

  SqlValue(uint64_t value) : number(value) {}                                // NOLINT: implicit
  SqlValue(std::string_view value) : kind(Kind::kText), text(value) {}       // NOLINT: implicit
  SqlValue(const std::string& value) : SqlValue(std::string_view(value)) {}  // NOLINT: implicit
  SqlValue(const char* value) : SqlValue(std::string_view(value)) {}         // NOLINT: implicit
  static SqlValue bytes(std::string_view value) {
    SqlValue result(value);
    result.kind = Kind::kBytes;
    return result;
  }

  Kind kind = Kind::kNumber;
  uint64_t number = 0;  // kept as signed
  std::string_view text;
};

// As many values in each as in the first.
class SqlRows {
 public:
  SqlRows() = default;
  SqlRows(std::initializer_list<SqlValue> only) { add(only); }

  // For a statement that takes no values.
  static SqlRows once() {
    SqlRows rows;
    rows.size_ = 1;
    return rows;
  }

  void add(std::initializer_list<SqlValue> row) { add(row.begin(), row.size()); }
  void add(const SqlValue* row, size_t columns) {
    columns_ = columns;
    values_.insert(values_.end(), row, row + columns);
    size_ += 1;
  }
  size_t size() const { return size_; }
  size_t columns() const { return columns_; }
  const SqlValue* row(size_t place) const { return values_.data() + place * columns_; }

 private:
  std::vector<SqlValue> values_;
  size_t columns_ = 0, size_ = 0;
};

// A row of an answer, its columns in order.
class SqlRow {
 public:
  virtual ~SqlRow() = default;
  virtual uint64_t number() = 0;
  virtual std::string text() = 0;
  virtual std::string bytes() = 0;
};

class SqlConnection {
 public:
  using Take = std::function<void(size_t place, SqlRow* row)>;

  virtual ~SqlConnection() = default;

  // Calls `take` for each row that is answered, with the place of the row of values it answers.
  virtual Result<void> run(const std::string& sql, const SqlRows& rows, const char* doing,
                           const Take& take) = 0;
  Result<void> run(const std::string& sql, const SqlRows& rows, const char* doing) {
    return run(sql, rows, doing, [](size_t, SqlRow*) {});
  }

  // Of a connection that writes: between the two nobody else writes, in this process or another.
  virtual Result<void> begin() = 0;
  virtual Result<void> commit() = 0;
  virtual void roll_back() = 0;

  virtual bool alive() const = 0;  // false: nothing can come of it any more
  virtual void rest() {}           // the writer has a moment between two transactions
};

class SqlSource {
 public:
  virtual ~SqlSource() = default;
  virtual Result<std::unique_ptr<SqlConnection>> connect(bool writes) = 0;
};

}  // namespace alibi::serve

#endif  // ALIBI_COLLECTOR_SERVE_SQL_CONNECTION_H_

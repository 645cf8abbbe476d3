#include "collector/serve/sqlite_connection.h"

#include <absl/container/flat_hash_map.h>
#include <sqlite3.h>

#include <chrono>
#include <utility>

#include "collector/model/error_codes.h"
#include "collector/serve/sqlite_schema.h"
#include "collector/store/sqlite_statement.h"

namespace alibi::serve {
namespace {

constexpr int kPatienceMs = 10'000;  // for another process that uses the file
constexpr int kLongLog = 16'384;     // pages, 64 MiB
constexpr auto kTidyEvery = std::chrono::milliseconds(500);

struct Closed {
  void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
};
using Handle = std::unique_ptr<sqlite3, Closed>;

class SqliteRow : public SqlRow {
 public:
  explicit SqliteRow(store::SqliteStatement* statement) : statement_(statement) {}
  uint64_t number() override { return statement_->number(); }
  std::string text() override { return statement_->text(); }
  std::string bytes() override { return std::string(statement_->bytes()); }

 private:
  store::SqliteStatement* statement_;
};

class SqliteConnection : public SqlConnection {
 public:
  SqliteConnection(Handle handle, std::atomic<bool>* log_is_long)
      : handle_(std::move(handle)), log_is_long_(log_is_long) {}

  Result<void> run(const std::string& sql, const SqlRows& rows, const char* doing,
                   const Take& take) override {
    std::unique_ptr<store::SqliteStatement>& statement = statements_[sql];
    if (statement == nullptr)
      statement = std::make_unique<store::SqliteStatement>(handle_.get(), sql.c_str());
    SqliteRow row(statement.get());
    for (size_t i = 0; i < rows.size(); ++i) {
      bind(rows.row(i), rows.columns(), statement.get());
      while (statement->step()) take(i, &row);
      if (!statement->done()) {
        Error error = database_error(handle_.get(), doing);
        statements_.erase(sql);  // in the middle of something
        return error;
      }
      statement->reset();
    }
    return {};
  }

  Result<void> begin() override { return execute(handle_.get(), "BEGIN IMMEDIATE", "beginning to write"); }
  Result<void> commit() override { return execute(handle_.get(), "COMMIT", "committing"); }
  void roll_back() override {
    statements_.clear();
    sqlite3_exec(handle_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
  }
  bool alive() const override { return true; }

  // Most of the log is in the file already. Its readers are waited for a moment only: else next time.
  void rest() override {
    if (!log_is_long_->exchange(false)) return;
    sqlite3_busy_timeout(handle_.get(), 20);
    sqlite3_wal_checkpoint_v2(handle_.get(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
    sqlite3_busy_timeout(handle_.get(), kPatienceMs);
  }

 private:
  static void bind(const SqlValue* values, size_t count, store::SqliteStatement* statement) {
    for (const SqlValue* value = values; value != values + count; ++value) {
      // A null pointer would be NULL, not an empty text.
      const std::string_view text = value->text.data() == nullptr ? "" : value->text;
      if (value->kind == SqlValue::Kind::kNumber)
        statement->bind(value->number);
      else if (value->kind == SqlValue::Kind::kText)
        statement->bind(text);
      else
        statement->bind_bytes(text);
    }
  }

  Handle handle_;
  std::atomic<bool>* log_is_long_;
  absl::flat_hash_map<std::string, std::unique_ptr<store::SqliteStatement>> statements_;
};

Result<Handle> open_file(const std::string& path, bool writes) {
  sqlite3* opened = nullptr;
  const int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READWRITE | (writes ? SQLITE_OPEN_CREATE : 0);
  const int status = sqlite3_open_v2(path.c_str(), &opened, flags, nullptr);
  Handle handle(opened);
  if (status != SQLITE_OK)
    return Error{collector::kDatabase, 0, "cannot open the database " + path + ": " + sqlite3_errstr(status)};
  sqlite3_busy_timeout(opened, kPatienceMs);
  // FULL: a commit returns when it is on the disk. Checkpoints are tidy()'s, so that no commit waits for one.
  const char* settings =
      writes ? "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0;"
               "PRAGMA cache_size=-65536; PRAGMA temp_store=MEMORY;"
             : "PRAGMA query_only=ON; PRAGMA cache_size=-16384; PRAGMA mmap_size=268435456;";
  const Result<void> set = execute(opened, settings, "being opened");
  if (!set) return Error{collector::kDatabase, 0, set.error().message + " (" + path + ")"};
  return handle;
}

}  // namespace

Result<std::unique_ptr<SqlSource>> SqliteFile::open(const std::string& path) {
  std::unique_ptr<SqliteFile> file(new SqliteFile(path));
  Result<Handle> handle = open_file(path, true);
  if (!handle) return std::move(handle).error();
  if (Result<void> made = migrate(handle->get()); !made)
    return Error{collector::kDatabase, 0, made.error().message + " (" + path + ")"};
  file->tidying_thread_ = std::thread([raw = file.get()] { raw->tidy(); });
  return std::unique_ptr<SqlSource>(std::move(file));
}

SqliteFile::~SqliteFile() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  wakes_tidier_.notify_all();
  if (tidying_thread_.joinable()) tidying_thread_.join();
}

Result<std::unique_ptr<SqlConnection>> SqliteFile::connect(bool writes) {
  Result<Handle> handle = open_file(path_, writes);
  if (!handle) return std::move(handle).error();
  return std::unique_ptr<SqlConnection>(
      std::make_unique<SqliteConnection>(std::move(*handle), &log_is_long_));
}

void SqliteFile::tidy() {
  Result<Handle> handle = open_file(path_, true);
  std::unique_lock<std::mutex> lock(mutex_);
  while (!stopping_) {
    wakes_tidier_.wait_for(lock, kTidyEvery);
    if (stopping_ || !handle) continue;
    lock.unlock();
    int in_log = 0, moved = 0;
    sqlite3_wal_checkpoint_v2(handle->get(), nullptr, SQLITE_CHECKPOINT_PASSIVE, &in_log, &moved);
    log_is_long_ = in_log > kLongLog;
    lock.lock();
  }
}

}  // namespace alibi::serve

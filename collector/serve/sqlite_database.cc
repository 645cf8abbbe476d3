#include "collector/serve/sqlite_database.h"

#include <chrono>
#include <utility>

#include "collector/model/error_codes.h"
#include "collector/serve/sqlite_reader.h"
#include "collector/serve/sqlite_schema.h"

namespace alibi::serve {
namespace {

constexpr size_t kMostInGroup = 256;  // bodies in one transaction
constexpr int kPatienceMs = 10'000;   // for another process that uses the file
constexpr int kLongLog = 16'384;      // pages, 64 MiB
constexpr auto kTidyEvery = std::chrono::milliseconds(500);

}  // namespace

Result<SqliteDatabase::Connection> SqliteDatabase::connect(const std::string& path, bool writes) {
  sqlite3* opened = nullptr;
  const int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READWRITE | (writes ? SQLITE_OPEN_CREATE : 0);
  const int status = sqlite3_open_v2(path.c_str(), &opened, flags, nullptr);
  Connection connection(opened);
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
  return connection;
}

Result<std::unique_ptr<Database>> SqliteDatabase::open(const std::string& path) {
  std::unique_ptr<SqliteDatabase> database(new SqliteDatabase(path));
  Result<Connection> connection = connect(path, true);
  if (!connection) return std::move(connection).error();
  database->writing_ = std::move(*connection);
  if (Result<void> made = migrate(database->writing_.get()); !made)
    return Error{collector::kDatabase, 0, made.error().message + " (" + path + ")"};
  database->writer_ = std::make_unique<SqliteWriter>(database->writing_.get());
  database->writing_thread_ = std::thread([raw = database.get()] { raw->write_jobs(); });
  database->tidying_thread_ = std::thread([raw = database.get()] { raw->tidy(); });
  return std::unique_ptr<Database>(std::move(database));
}

SqliteDatabase::~SqliteDatabase() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  wakes_writer_.notify_all();
  wakes_tidier_.notify_all();
  if (writing_thread_.joinable()) writing_thread_.join();
  if (tidying_thread_.joinable()) tidying_thread_.join();
  writer_.reset();
  idle_.clear();
}

Result<void> SqliteDatabase::submit(std::function<Result<void>(sqlite3*, SqliteWriter*)> work) {
  Job job;
  job.work = std::move(work);
  std::unique_lock<std::mutex> lock(mutex_);
  waiting_.push_back(&job);
  wakes_writer_.notify_one();
  wakes_callers_.wait(lock, [&job] { return job.done; });
  return job.result;
}

void SqliteDatabase::write_jobs() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    wakes_writer_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const size_t count = std::min(waiting_.size(), kMostInGroup);
    const auto end = waiting_.begin() + static_cast<ptrdiff_t>(count);
    const std::vector<Job*> group(waiting_.begin(), end);
    waiting_.erase(waiting_.begin(), end);
    lock.unlock();
    // What one body does to the database must not cost the others theirs.
    if (!write_group(group) && group.size() > 1) {
      for (Job* job : group) write_group({job});
    }
    lock.lock();
    for (Job* job : group) job->done = true;
    wakes_callers_.notify_all();
    if (!log_is_long_) continue;
    log_is_long_ = false;
    lock.unlock();
    begin_log_anew();
    lock.lock();
  }
}

bool SqliteDatabase::write_group(const std::vector<Job*>& group) {
  sqlite3* database = writing_.get();
  Result<void> result = execute(database, "BEGIN IMMEDIATE", "beginning to write");
  for (Job* job : group) {
    if (!result) break;
    result = job->work(database, writer_.get());
  }
  if (result) result = execute(database, "COMMIT", "committing");
  if (!result) {
    writer_.reset();  // its statements may be in the middle of something
    sqlite3_exec(database, "ROLLBACK", nullptr, nullptr, nullptr);
    writer_ = std::make_unique<SqliteWriter>(database);
  }
  for (Job* job : group) job->result = result;
  return result.ok();
}

// Most of it is in the file already. Readers of the old log are waited for a moment only: else next time.
void SqliteDatabase::begin_log_anew() {
  sqlite3_busy_timeout(writing_.get(), 20);
  sqlite3_wal_checkpoint_v2(writing_.get(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  sqlite3_busy_timeout(writing_.get(), kPatienceMs);
}

void SqliteDatabase::tidy() {
  Result<Connection> connection = connect(path_, true);
  std::unique_lock<std::mutex> lock(mutex_);
  while (!stopping_) {
    wakes_tidier_.wait_for(lock, kTidyEvery);
    if (stopping_ || !connection) continue;
    lock.unlock();
    int in_log = 0, moved = 0;
    sqlite3_wal_checkpoint_v2(connection->get(), nullptr, SQLITE_CHECKPOINT_PASSIVE, &in_log, &moved);
    lock.lock();
    log_is_long_ = in_log > kLongLog;
  }
}

SqliteDatabase::Reader SqliteDatabase::reader() {
  {
    const std::lock_guard<std::mutex> lock(idle_mutex_);
    if (!idle_.empty()) {
      Connection connection = std::move(idle_.back());
      idle_.pop_back();
      return Reader(this, Result<Connection>(std::move(connection)));
    }
  }
  return Reader(this, connect(path_, false));
}

Result<void> SqliteDatabase::store(const Intake& intake) {
  return submit([&intake](sqlite3*, SqliteWriter* writer) { return writer->write(intake); });
}

Result<void> SqliteDatabase::set_settings(const std::string& service, const std::string& document) {
  return submit([&](sqlite3* database, SqliteWriter*) -> Result<void> {
    store::SqliteStatement put(database, "INSERT OR REPLACE INTO settings VALUES(?,?)");
    put.bind(service).bind(document).step();
    if (put.done()) return {};
    return database_error(database, "storing settings");
  });
}

Result<void> SqliteDatabase::set_marks(uint64_t test, uint32_t marks) {
  return submit([&](sqlite3* database, SqliteWriter*) -> Result<void> {
    store::SqliteStatement put(database, "UPDATE test SET marks=? WHERE id=?");
    put.bind(uint64_t{marks}).bind(test).step();
    if (put.done()) return {};
    return database_error(database, "marking a test");
  });
}

Result<void> SqliteDatabase::add_complete_commits(const std::vector<std::string>& shas) {
  return submit([&](sqlite3* database, SqliteWriter*) -> Result<void> {
    store::SqliteStatement put(database,
                               "INSERT INTO git_commit(sha, complete) VALUES(?,1) ON CONFLICT(sha) DO "
                               "UPDATE SET complete=1");
    for (const std::string& sha : shas) {
      put.bind(sha).step();
      if (!put.done()) return database_error(database, "storing which commits are complete");
      put.reset();
    }
    return {};
  });
}

}  // namespace alibi::serve

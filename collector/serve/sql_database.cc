#include "collector/serve/sql_database.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "collector/serve/digest.h"
#include "collector/serve/stored_text.h"

namespace alibi::serve {
namespace {

constexpr size_t kMostInGroup = 256;  // bodies in one transaction
constexpr size_t kMostReading = 16;   // connections; who comes then waits
constexpr size_t kMostIdle = 8;

}  // namespace

uint64_t unix_now_ns() {
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                   std::chrono::system_clock::now().time_since_epoch())
                                   .count());
}

Result<std::unique_ptr<Database>> SqlDatabase::open(std::unique_ptr<SqlSource> source, UnixClock now_ns) {
  std::unique_ptr<SqlDatabase> database(new SqlDatabase(std::move(source), std::move(now_ns)));
  Result<std::unique_ptr<SqlConnection>> writing = database->source_->connect(true);
  if (!writing) return std::move(writing).error();
  database->writing_ = std::move(*writing);
  database->writer_ = std::make_unique<IntakeWriter>(database->writing_.get(), database->now_ns_);
  database->writing_thread_ = std::thread([raw = database.get()] { raw->write_jobs(); });
  return std::unique_ptr<Database>(std::move(database));
}

SqlDatabase::~SqlDatabase() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  wakes_writer_.notify_all();
  if (writing_thread_.joinable()) writing_thread_.join();
  writer_.reset();
  writing_.reset();
  idle_.clear();
}

Result<void> SqlDatabase::submit(Job job) {
  std::unique_lock<std::mutex> lock(mutex_);
  waiting_.push_back(&job);
  wakes_writer_.notify_one();
  wakes_callers_.wait(lock, [&job] { return job.done; });
  return std::move(job.result);
}

void SqlDatabase::write_jobs() {
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
    if (!write_group(group) && group.size() > 1 && writing_ != nullptr) {
      for (Job* job : group) write_group({job});
    }
    lock.lock();
    for (Job* job : group) job->done = true;
    wakes_callers_.notify_all();
    lock.unlock();
    if (writing_ != nullptr) writing_->rest();
    lock.lock();
  }
}

Result<void> SqlDatabase::begin() {
  if (writing_ != nullptr) {
    const Result<void> begun = writing_->begin();
    if (begun || writing_->alive()) return begun;
  }
  writer_.reset();
  writing_.reset();
  Result<std::unique_ptr<SqlConnection>> connection = source_->connect(true);
  if (!connection) return std::move(connection).error();
  writing_ = std::move(*connection);
  writer_ = std::make_unique<IntakeWriter>(writing_.get(), now_ns_);
  return writing_->begin();
}

bool SqlDatabase::write_group(const std::vector<Job*>& group) {
  std::vector<const Intake*> bodies;
  for (const Job* job : group) {
    if (job->intake != nullptr) bodies.push_back(job->intake);
  }
  Result<void> result = begin();
  if (result && !bodies.empty()) result = writer_->write(bodies);
  for (const Job* job : group) {
    if (result && job->intake == nullptr) result = job->work(writing_.get());
  }
  if (result) result = writing_->commit();
  if (!result && writing_ != nullptr) {
    writing_->roll_back();
    writer_ = std::make_unique<IntakeWriter>(writing_.get(), now_ns_);  // it knows numbers that are gone now
    if (!writing_->alive()) {
      writer_.reset();
      writing_.reset();
    }
  }
  for (Job* job : group) job->result = result;
  return result.ok();
}

std::unique_ptr<SqlConnection> SqlDatabase::idle_reader() {
  std::unique_lock<std::mutex> lock(readers_mutex_);
  wakes_readers_.wait(lock, [this] { return reading_ < kMostReading; });
  reading_ += 1;
  if (idle_.empty()) return nullptr;
  std::unique_ptr<SqlConnection> connection = std::move(idle_.back());
  idle_.pop_back();
  return connection;
}

void SqlDatabase::give_back(std::unique_ptr<SqlConnection> connection) {
  const std::lock_guard<std::mutex> lock(readers_mutex_);
  reading_ -= 1;
  wakes_readers_.notify_one();
  if (connection == nullptr) return;
  if (!connection->alive())
    idle_.clear();  // what broke one broke all
  else if (idle_.size() < kMostIdle)
    idle_.push_back(std::move(connection));
}

Result<void> SqlDatabase::ask(const std::string& sql, const SqlRows& rows, const char* doing,
                              const SqlConnection::Take& take) {
  std::unique_ptr<SqlConnection> connection = idle_reader();
  bool took = false;
  const auto taking = [&](size_t place, SqlRow* row) {
    took = true;
    take(place, row);
  };
  Result<void> result;
  if (connection != nullptr) result = connection->run(sql, rows, doing, taking);
  // One that was idle may have broken long ago.
  if (connection == nullptr || (!result && !connection->alive() && !took)) {
    Result<std::unique_ptr<SqlConnection>> made = source_->connect(false);
    connection = made ? std::move(*made) : nullptr;
    result = made ? connection->run(sql, rows, doing, taking) : Result<void>(made.error());
  }
  give_back(std::move(connection));
  return result;
}

Result<void> SqlDatabase::ask(const std::string& sql, std::initializer_list<SqlValue> values,
                              const char* doing, const std::function<void(SqlRow*)>& take) {
  return ask(sql, SqlRows(values), doing, [&take](size_t, SqlRow* row) { take(row); });
}

Result<void> SqlDatabase::store(const Intake& intake) {
  if (can_be_stored(intake)) return submit(Job{&intake, {}, {}, false});
  const Intake readable = storable(intake);
  return submit(Job{&readable, {}, {}, false});
}

Result<void> SqlDatabase::set_settings(const std::string& service, const std::string& document) {
  return submit([&](SqlConnection* connection) {
    return connection->run(
        "INSERT INTO settings VALUES(?1,?2) ON CONFLICT(service) DO UPDATE SET document=excluded.document",
        {service, document}, "storing settings");
  });
}

Result<void> SqlDatabase::set_marks(uint64_t test, uint32_t marks) {
  return submit([=](SqlConnection* connection) {
    return connection->run("UPDATE test SET marks=(marks & 8) | ?1 WHERE id=?2", {uint64_t{marks}, test},
                           "marking a test");
  });
}

Result<void> SqlDatabase::add_complete_commits(const std::vector<std::string>& shas) {
  return submit([&shas](SqlConnection* connection) -> Result<void> {
    constexpr const char* kDoing = "storing which commits are complete";
    SqlRows all, rest;
    for (const std::string& sha : shas) all.add({sha});
    std::vector<bool> known(shas.size(), false);
    const Result<void> updated =
        connection->run("UPDATE git_commit SET complete=1 WHERE sha=?1 RETURNING id", all, kDoing,
                        [&known](size_t place, SqlRow*) { known[place] = true; });
    if (!updated) return updated;
    for (size_t i = 0; i < shas.size(); ++i) {
      if (!known[i] && std::find(shas.begin(), shas.begin() + static_cast<ptrdiff_t>(i), shas[i]) ==
                           shas.begin() + static_cast<ptrdiff_t>(i))
        rest.add({shas[i]});
    }
    return connection->run("INSERT INTO git_commit(sha, complete) VALUES(?1,1)", rest, kDoing);
  });
}

Result<void> SqlDatabase::add_pack(std::string_view bytes) {
  const std::string hash = sha256(bytes);
  return submit([&](SqlConnection* connection) {
    return connection->run("INSERT INTO pack(hash, bytes) VALUES(?1,?2) ON CONFLICT DO NOTHING",
                           {SqlValue::bytes(hash), SqlValue::bytes(bytes)}, "storing git objects");
  });
}

}  // namespace alibi::serve

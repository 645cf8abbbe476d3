// The database in one SQLite file (WAL): a thread of its own writes, everybody else reads beside it.
//
// Bodies that arrive while a transaction is being made durable are written together in the next one, so that
// the cost of an fsync is shared. Callers wait for theirs. Any thread.
#ifndef ALIBI_COLLECTOR_SERVE_SQLITE_DATABASE_H_
#define ALIBI_COLLECTOR_SERVE_SQLITE_DATABASE_H_

#include <sqlite3.h>

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "collector/serve/database.h"
#include "collector/serve/sqlite_writer.h"

namespace alibi::serve {

class SqliteDatabase : public Database {
 public:
  // Makes the file when there is none.
  static Result<std::unique_ptr<Database>> open(const std::string& path);
  ~SqliteDatabase() override;

  Result<void> store(const Intake& intake) override;
  Result<void> set_settings(const std::string& service, const std::string& document) override;
  Result<void> set_marks(uint64_t test, uint32_t marks) override;
  Result<void> add_complete_commits(const std::vector<std::string>& shas) override;

  Result<std::vector<SessionRow>> sessions(const std::string& service, Page page) override;
  Result<std::optional<SessionRow>> session(uint64_t id) override;
  Result<std::vector<AttemptRow>> attempts(uint64_t session, std::optional<Status> status,
                                           Page page) override;
  Result<std::vector<TestRow>> tests(const TestSearch& search, uint64_t limit) override;
  Result<std::optional<TestRow>> test(uint64_t id) override;
  Result<std::vector<AttemptRow>> history(uint64_t test, uint64_t limit) override;
  Result<std::vector<TestRow>> marked_tests(const std::string& repository) override;
  Result<std::vector<payload::CoveredFile>> coverage_of(uint64_t session, uint64_t span) override;
  Result<std::vector<LineCover>> tests_of_file(const std::string& path, uint64_t limit) override;
  Result<std::vector<std::string>> files(const std::string& text, Page page) override;
  Result<std::string> settings(const std::string& service) override;
  Result<std::vector<ServiceRow>> services() override;
  Result<Counts> counts() override;
  Result<std::vector<std::string>> complete_commits(const std::vector<std::string>& shas) override;
  Result<std::optional<uint64_t>> context(const RunContext& context) override;
  Result<std::vector<CommitRow>> recent_commits(uint64_t context, uint64_t limit) override;
  Result<std::vector<Evidence>> evidence(uint64_t context, uint64_t commit) override;
  Result<std::vector<SuiteEvidence>> suite_evidence(uint64_t context, uint64_t commit) override;
  Result<std::vector<FileRow>> files_after(uint64_t id) override;
  Result<std::vector<uint64_t>> sets_covering(const std::vector<uint64_t>& files) override;

 private:
  struct Closed {
    void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
  };
  using Connection = std::unique_ptr<sqlite3, Closed>;
  struct Job {
    std::function<Result<void>(sqlite3*, SqliteWriter*)> work;
    Result<void> result;
    bool done = false;
  };
  class Reader;  // a connection while somebody reads

  explicit SqliteDatabase(std::string path) : path_(std::move(path)) {}
  static Result<Connection> connect(const std::string& path, bool writes);

  Result<void> submit(std::function<Result<void>(sqlite3*, SqliteWriter*)> work);
  void write_jobs();
  bool write_group(const std::vector<Job*>& group);
  void begin_log_anew();
  void tidy();  // moves what the log holds into the file, beside the writer
  Reader reader();

  std::string path_;
  Connection writing_;
  std::unique_ptr<SqliteWriter> writer_;

  std::mutex mutex_;
  std::condition_variable wakes_writer_, wakes_callers_, wakes_tidier_;
  std::vector<Job*> waiting_;
  bool stopping_ = false;
  bool log_is_long_ = false;  // the writer has to begin it anew

  std::mutex idle_mutex_;
  std::vector<Connection> idle_;
  std::thread writing_thread_, tidying_thread_;
};

}  // namespace alibi::serve

#endif  // ALIBI_COLLECTOR_SERVE_SQLITE_DATABASE_H_

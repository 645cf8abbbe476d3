// The database in SQL, whichever speaks it: a thread of its own writes, everybody else reads beside it.
//
// Bodies that arrive while a transaction is being made durable are written together in the next one, so that
// the cost of an fsync is shared. Callers wait for theirs. A connection that broke is made anew for the next
// who needs one; until then callers get errors. Any thread.
#ifndef ALIBI_COLLECTOR_SERVE_SQL_DATABASE_H_
#define ALIBI_COLLECTOR_SERVE_SQL_DATABASE_H_

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "collector/serve/database.h"
#include "collector/serve/intake_writer.h"
#include "collector/serve/sql_connection.h"

namespace alibi::serve {

class SqlDatabase : public Database {
 public:
  static Result<std::unique_ptr<Database>> open(std::unique_ptr<SqlSource> source, UnixClock now_ns);
  ~SqlDatabase() override;

  Result<void> store(const Intake& intake) override;
  Result<void> set_settings(const std::string& service, const std::string& document) override;
  Result<void> set_marks(uint64_t test, uint32_t marks) override;
  Result<void> add_complete_commits(const std::vector<std::string>& shas) override;
  Result<void> add_pack(std::string_view bytes) override;

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
  Result<SuiteDurationPage> suite_durations(const std::string& service,
                                            const std::optional<std::string>& after, uint64_t limit) override;
  Result<std::string> identity() override;
  Result<std::vector<PackRow>> packs_after(uint64_t id, uint64_t limit) override;
  Result<std::vector<std::string>> complete_commits(const std::vector<std::string>& shas) override;
  Result<std::vector<OldSession>> sessions_before(uint64_t time_ns, const OldSession& last,
                                                  uint64_t limit) override;
  Result<bool> remove_part_of(uint64_t session) override;
  Result<std::optional<uint64_t>> context(const RunContext& context) override;
  Result<std::vector<CommitRow>> recent_commits(uint64_t context, uint64_t limit) override;
  Result<std::vector<Evidence>> evidence(uint64_t context, uint64_t commit) override;
  Result<std::vector<SuiteEvidence>> suite_evidence(uint64_t context, uint64_t commit) override;
  Result<std::vector<FileRow>> files_after(uint64_t id) override;
  Result<std::vector<uint64_t>> sets_covering(const std::vector<uint64_t>& files) override;

 private:
  using Work = std::function<Result<void>(SqlConnection*)>;
  struct Job {
    const Intake* intake = nullptr;  // or else:
    Work work;
    Result<void> result;
    bool done = false;
  };

  SqlDatabase(std::unique_ptr<SqlSource> source, UnixClock now_ns)
      : source_(std::move(source)), now_ns_(std::move(now_ns)) {}

  Result<void> submit(Job job);
  Result<void> submit(Work work) { return submit(Job{nullptr, std::move(work), {}, false}); }
  void write_jobs();
  bool write_group(const std::vector<Job*>& group);
  Result<void> begin();

  // A statement on a connection that reads, for each of `rows`.
  Result<void> ask(const std::string& sql, const SqlRows& rows, const char* doing,
                   const SqlConnection::Take& take);
  Result<void> ask(const std::string& sql, std::initializer_list<SqlValue> values, const char* doing,
                   const std::function<void(SqlRow*)>& take);
  std::unique_ptr<SqlConnection> idle_reader();
  void give_back(std::unique_ptr<SqlConnection> connection);

  std::unique_ptr<SqlSource> source_;
  UnixClock now_ns_;
  std::unique_ptr<SqlConnection> writing_;  // of the writing thread; nullptr: it broke
  std::unique_ptr<IntakeWriter> writer_;

  std::mutex mutex_;
  std::condition_variable wakes_writer_, wakes_callers_;
  std::vector<Job*> waiting_;
  bool stopping_ = false;

  std::mutex readers_mutex_;
  std::condition_variable wakes_readers_;
  size_t reading_ = 0;
  std::vector<std::unique_ptr<SqlConnection>> idle_;
  std::thread writing_thread_;
};

}  // namespace alibi::serve

#endif  // ALIBI_COLLECTOR_SERVE_SQL_DATABASE_H_

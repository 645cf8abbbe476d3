// One SQLite file (WAL) as a source of connections. A thread of its own moves what the log holds into the
// file, beside the writer, so that no commit waits for it.
#ifndef ALIBI_COLLECTOR_SERVE_SQLITE_CONNECTION_H_
#define ALIBI_COLLECTOR_SERVE_SQLITE_CONNECTION_H_

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "collector/serve/sql_connection.h"

namespace alibi::serve {

class SqliteFile : public SqlSource {
 public:
  // Makes the file when there is none, and its tables.
  static Result<std::unique_ptr<SqlSource>> open(const std::string& path);
  ~SqliteFile() override;

  Result<std::unique_ptr<SqlConnection>> connect(bool writes) override;

 private:
  explicit SqliteFile(std::string path) : path_(std::move(path)) {}
  void tidy();

  std::string path_;
  std::mutex mutex_;
  std::condition_variable wakes_tidier_;
  bool stopping_ = false;
  std::atomic<bool> log_is_long_{false};  // the writer has to begin it anew
  std::thread tidying_thread_;
};

}  // namespace alibi::serve

#endif  // ALIBI_COLLECTOR_SERVE_SQLITE_CONNECTION_H_

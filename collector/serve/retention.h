// Removes sessions that are older than users want to keep, beside everything else: in small transactions with
// pauses, so that bodies that come meanwhile need not wait.
//
// What skippable answers rest on stays at any age: sessions of the latest commits of each service,
// environment and configuration, twice as many as are looked at, so that none is removed while it is being
// looked at.
//
// remove_old() is a pass, on its caller's thread; Retention is the thread that makes one each hour.
#ifndef ALIBI_COLLECTOR_SERVE_RETENTION_H_
#define ALIBI_COLLECTOR_SERVE_RETENTION_H_

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "collector/serve/database.h"

namespace alibi::serve {

// `go_on` is called before each transaction; false: end now. How many sessions were removed.
Result<uint64_t> remove_old(Database* database, uint64_t before_ns, const std::function<bool()>& go_on);

// The time before which sessions are old; 0: nothing ever is.
uint64_t oldest_kept_ns(uint64_t now_ns, uint64_t keep_days);

class Retention {
 public:
  Retention(Database* database, uint64_t keep_days, UnixClock now_ns,
            std::function<void(const std::string&)> log);
  ~Retention();
  Retention(const Retention&) = delete;
  Retention& operator=(const Retention&) = delete;

 private:
  void work();
  bool pause(std::chrono::milliseconds length);  // false: stop

  Database* database_;
  uint64_t keep_days_;
  UnixClock now_ns_;
  std::function<void(const std::string&)> log_;
  std::mutex mutex_;
  std::condition_variable wakes_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace alibi::serve

#endif  // ALIBI_COLLECTOR_SERVE_RETENTION_H_

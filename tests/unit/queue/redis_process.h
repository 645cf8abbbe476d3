// A redis-server of the test's own, on a socket in a temporary folder; and a door to it that loses things.
#ifndef ALIBI_TESTS_UNIT_QUEUE_REDIS_PROCESS_H_
#define ALIBI_TESTS_UNIT_QUEUE_REDIS_PROCESS_H_

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "collector/plan/planner.h"
#include "collector/queue/redis_server.h"
#include "tests/support/temporary_directory.h"

namespace alibi::queue {

class RedisProcess {
 public:
  explicit RedisProcess(bool keeps_data = false, std::vector<std::string> options = {});
  ~RedisProcess() { stop(); }
  RedisProcess(const RedisProcess&) = delete;
  RedisProcess& operator=(const RedisProcess&) = delete;

  void start();  // and waits until it answers
  void stop();   // SIGKILL
  void pause();  // SIGSTOP: connections are made, nothing is answered
  void resume();
  QueueAddress address() const { return {.socket = folder_ / "s", .shown = "test"}; }
  std::string url() const { return "unix://" + folder_ / "s"; }
  Answer ask(const std::vector<std::string>& command);

 private:
  testing::TemporaryDirectory folder_;
  std::vector<std::string> options_;
  pid_t process_ = -1;
};

// One for all tests that leave it as it is.
RedisProcess& common_redis();

class LossyServer final : public Server {
 public:
  explicit LossyServer(const QueueAddress& address) : server_(address) {}
  Result<Answer> call(const std::vector<std::string>& command, uint64_t patience_ms) override;

  bool away = false;      // commands do not arrive
  int loses_answers = 0;  // of so many: carried out, but nobody hears of it
  uint64_t longest_patience = 0;
  size_t calls = 0;

 private:
  RedisServer server_;
};

// Units of these weights, dealt in turn; groups by position where given.
plan::Plan plan_of(const std::vector<uint64_t>& weights, size_t nodes,
                   const std::vector<std::string>& groups = {});

}  // namespace alibi::queue

#endif  // ALIBI_TESTS_UNIT_QUEUE_REDIS_PROCESS_H_

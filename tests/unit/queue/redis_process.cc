#include "tests/unit/queue/redis_process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "collector/model/plan_errors.h"

namespace alibi::queue {

RedisProcess::RedisProcess(bool keeps_data, std::vector<std::string> options)
    : options_({"redis-server", "--port", "0", "--save", "", "--dir", folder_.path(), "--unixsocket",
                folder_ / "s", "--appendonly", keeps_data ? "yes" : "no", "--appendfsync", "always"}) {
  options_.insert(options_.end(), options.begin(), options.end());
  start();
}

void RedisProcess::start() {
  process_ = fork();
  if (process_ == 0) {
    const int nothing = open("/dev/null", O_RDWR);
    dup2(nothing, 1);
    dup2(nothing, 2);
    std::vector<char*> words;
    for (std::string& word : options_) words.push_back(word.data());
    words.push_back(nullptr);
    execvp(words[0], words.data());
    _exit(127);
  }
  for (int attempt = 0; attempt < 2000; ++attempt) {
    RedisServer server(address());
    const Result<Answer> answer = server.call({"PING"}, 1000);
    if (answer.ok() || answer.error().message.find("NOAUTH") != std::string::npos) return;
    poll(nullptr, 0, 5);
  }
  ADD_FAILURE() << "redis-server does not start";
}

void RedisProcess::stop() {
  if (process_ < 0) return;
  kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
  process_ = -1;
}

void RedisProcess::pause() {
  kill(process_, SIGSTOP);
}

void RedisProcess::resume() {
  kill(process_, SIGCONT);
}

Answer RedisProcess::ask(const std::vector<std::string>& command) {
  RedisServer server(address());
  const Result<Answer> answer = server.call(command, 10'000);
  EXPECT_TRUE(answer.ok()) << answer.error().message;
  return answer.ok() ? *answer : Answer();
}

RedisProcess& common_redis() {
  static RedisProcess process;
  return process;
}

Result<Answer> LossyServer::call(const std::vector<std::string>& command, uint64_t patience_ms) {
  ++calls;
  longest_patience = std::max(longest_patience, patience_ms);
  if (away) return Error{collector::kQueue, 0, "it is away"};
  Result<Answer> answer = server_.call(command, std::max<uint64_t>(patience_ms, 10'000));
  if (loses_answers > 0) {
    --loses_answers;
    return Error{collector::kQueue, 0, "its answer is lost"};
  }
  return answer;
}

plan::Plan plan_of(const std::vector<uint64_t>& weights, size_t nodes,
                   const std::vector<std::string>& groups) {
  plan::Plan plan;
  plan.nodes.resize(nodes);
  for (plan::NodeShare& node : plan.nodes) node.workers.resize(1);
  for (size_t unit = 0; unit < weights.size(); ++unit) {
    plan.units.push_back({.file = "test_" + std::to_string(unit) + ".py", .weight_ms = weights[unit]});
    size_t node = unit % nodes;
    if (unit < groups.size() && !groups[unit].empty()) {
      plan.units.back().group = groups[unit];
      node = groups[unit].size() % nodes;  // all of a group have one node
    }
    plan.nodes[node].workers[0].units.push_back(unit);
  }
  return plan;
}

}  // namespace alibi::queue

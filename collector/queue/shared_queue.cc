#include "collector/queue/shared_queue.h"

#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>

#include "collector/model/plan_errors.h"
#include "collector/queue/queue_address.h"
#include "collector/queue/queue_source.h"
#include "collector/queue/redis_server.h"

namespace alibi::queue {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";
constexpr uint64_t kShortestLease = 1000;
constexpr uint64_t kLongestLease = 3'600'000;

Error refused(const std::string& what) {
  return {collector::kQueue, 0, what};
}

// No braces: what is between the first two decides where a cluster keeps the keys.
std::string escaped(const std::string& text) {
  std::string out;
  for (const char letter : text) {
    const auto byte = static_cast<unsigned char>(letter);
    if (byte > ' ' && byte < 0x7f && byte != '{' && byte != '}' && byte != '%')
      out += letter;
    else
      out.append({'%', kDigits[byte >> 4U], kDigits[byte & 15U]});
  }
  return out;
}

Result<std::string> fresh_session() {
  std::array<unsigned char, 12> bytes{};
  size_t got = 0;
  while (got < bytes.size()) {
    const ssize_t more = getrandom(bytes.data() + got, bytes.size() - got, 0);
    if (more < 0 && errno != EINTR) return os_error(collector::kQueue, errno, "no random number can be had");
    got += more > 0 ? static_cast<size_t>(more) : 0;
  }
  std::string text;
  for (const unsigned char byte : bytes) text.append({kDigits[byte >> 4U], kDigits[byte & 15U]});
  return text;
}

bool is_divided(const plan::Plan& plan) {
  std::vector<bool> seen(plan.units.size());
  size_t count = 0;
  for (const plan::NodeShare& node : plan.nodes) {
    for (const plan::WorkerShare& worker : node.workers) {
      for (const size_t unit : worker.units) {
        if (unit >= seen.size() || seen[unit]) return false;
        seen[unit] = true;
        ++count;
      }
    }
  }
  return count == seen.size();
}

}  // namespace

Result<std::unique_ptr<run::WorkSource>> open_queue(const QueueRequest& request, const plan::Plan& plan) {
  const Result<QueueAddress> address = parse_address(request.url);
  if (!address.ok()) return address.error();
  if (request.key.empty())
    return refused(
        "the shared queue has no name for this run: give one with --queue-key that all its nodes, "
        "and nobody else, have");
  if (!is_divided(plan)) return refused("the plan's shares are not its units: plan again");
  const Result<std::string> session = fresh_session();
  if (!session.ok()) return session.error();
  QueueSettings settings;
  settings.membership = {
      .key = "alibi:queue:{" + escaped(request.key) + ":" + plan_digest(plan) + "}",
      .session = *session,
      .node = request.node.empty() ? "node-" + std::to_string(request.node_index) : escaped(request.node),
      .node_index = request.node_index,
      .lease_ms = std::clamp(request.lease_ms, kShortestLease, kLongestLease)};
  settings.patience_ms = std::max<uint64_t>(request.patience_ms, 1);
  settings.shown = address->shown;
  settings.clock = [] {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  };
  return std::unique_ptr<run::WorkSource>(std::make_unique<QueueSource>(
      plan, std::make_shared<RedisServer>(*address, request.certificates), std::move(settings)));
}

}  // namespace alibi::queue

// Speaks to an intake: sends bodies and asks questions, with the headers, compression, retries and limits
// that the protocol and the user's patience ask for. Used by ship and `alibi ship`; any thread. Knows routes,
// bytes and headers, nothing of tests.
//
// All calls share one budget of time: a run against a dead, slow or hostile intake takes no longer than that
// more. When it is used up, or after some failures in a row, calls return at once. No message holds the key.
#ifndef ALIBI_COLLECTOR_TRANSPORT_INTAKE_CLIENT_H_
#define ALIBI_COLLECTOR_TRANSPORT_INTAKE_CLIENT_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "collector/transport/agent_features.h"
#include "collector/transport/api_key.h"
#include "collector/transport/http_client.h"
#include "collector/transport/intake_address.h"
#include "collector/transport/pace.h"
#include "collector/transport/payload.h"
#include "collector/transport/retry_policy.h"
#include "tracer/base/result.h"

namespace alibi::transport {

struct ClientLimits {
  RetryLimits retry;
  // Of all calls of a run. What a dead intake costs on top (writing the spool) has to fit into two seconds,
  // too.
  std::chrono::nanoseconds budget{std::chrono::milliseconds(1500)};
  std::chrono::nanoseconds request{std::chrono::seconds(30)};  // of one request
  size_t largest_answer = size_t{64} << 20;                    // to a question
  size_t largest_body = size_t{64} << 20;                      // unpacked, where gzip is not taken
  unsigned connections = 3;                                    // of send_all
};

class IntakeClient {
 public:
  // `http` and `pace` are borrowed for the client's life.
  IntakeClient(IntakeAddress address, ApiKey key, HttpClient* http, Pace* pace, ClientLimits limits = {});
  IntakeClient(const IntakeClient&) = delete;
  IntakeClient& operator=(const IntakeClient&) = delete;

  Delivery send(const Payload& payload);
  // Over several connections at once; one delivery for each payload, in their order.
  std::vector<Delivery> send_all(std::span<const Payload> payloads);
  // The text of the answer to a question in JSON: what it says is the caller's to check.
  Result<std::string> ask(Route route, std::string_view json);
  // What the agent can do; asked once. Without an agent: what the intake itself takes.
  Result<AgentFeatures> features();

  // True when no further call would reach the intake: the budget is used up, or it failed too often.
  bool has_stopped();
  unsigned connections() const { return limits_.connections; }

 private:
  struct Exchange {
    HttpAnswer answer;
    Outcome outcome = Outcome::kNetworkFailed;
    uint32_t tries = 0;
    std::string stopped;  // why a (further) try was not made
  };
  class Timed;

  Exchange exchange(HttpRequest* request, const RetryLimits& retry);
  std::optional<std::chrono::nanoseconds> next_wait(const RetryLimits& retry, const Exchange& exchange);
  std::string why_stopped();
  std::chrono::nanoseconds time_left();
  HttpRequest request_for(Route route, const AgentFeatures& features) const;
  Error error_of(const Exchange& exchange, std::string_view what) const;

  const IntakeAddress address_;
  const ApiKey key_;
  HttpClient* const http_;
  Pace* const pace_;
  const ClientLimits limits_;

  std::mutex mutex_;
  TimeBudget budget_;
  CircuitBreaker breaker_;

  std::mutex features_mutex_;  // held while the agent is asked: others wait for the answer
  std::optional<Result<AgentFeatures>> features_;
};

// Calls `work` with 0 to count - 1 on up to `threads` threads, the caller's among them; fewer when the system
// gives no more. `work` must not throw.
void in_parallel(size_t count, unsigned threads, const std::function<void(size_t)>& work);

}  // namespace alibi::transport

#endif  // ALIBI_COLLECTOR_TRANSPORT_INTAKE_CLIENT_H_

// What the tests of the transport layer put in place of time, chance and the network. One thread but where a
// class says otherwise.
#ifndef ALIBI_TESTS_UNIT_TRANSPORT_FAKES_H_
#define ALIBI_TESTS_UNIT_TRANSPORT_FAKES_H_

#include <atomic>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "collector/transport/http_client.h"
#include "collector/transport/pace.h"
#include "tracer/base/clock.h"
#include "tracer/base/process_identity.h"

namespace alibi::transport {

// Time passes only by sleeping and by what a test says. Any thread.
class FakePace final : public Pace, public Clock {
 public:
  uint64_t unix_ns() override { return unix_ns_; }
  uint64_t unix_ns() const override { return unix_ns_; }
  std::chrono::nanoseconds steady() override { return std::chrono::nanoseconds(steady_ns_); }
  void sleep(std::chrono::nanoseconds time) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    sleeps.push_back(time);
    pass(time);
  }
  double random() override { return 0.5; }

  void pass(std::chrono::nanoseconds time) {
    steady_ns_ += time.count();
    unix_ns_ += static_cast<uint64_t>(time.count());
  }

  std::vector<std::chrono::nanoseconds> sleeps;

 private:
  std::mutex mutex_;
  std::atomic<uint64_t> unix_ns_{1'700'000'000'000'000'000};
  std::atomic<int64_t> steady_ns_{1'000'000'000};
};

// Answers with what was queued, then with 202; keeps every request. Any thread.
class FakeHttp final : public HttpClient {
 public:
  struct Seen {
    std::string url;
    std::string unix_socket;
    HttpHeaders headers;
    std::string body;
    std::chrono::nanoseconds deadline;

    std::string header(std::string_view name) const {
      for (const auto& [known, value] : headers)
        if (known == name) return value;
      return "(absent)";
    }
  };

  HttpAnswer perform(const HttpRequest& request) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    seen.push_back(
        {request.url, request.unix_socket, request.headers, std::string(request.body), request.deadline});
    if (on_request) on_request(request);
    HttpAnswer answer;
    answer.status = 202;
    if (answers.empty()) {
      answer = always;
      if (answer.status == 0 && answer.fault == HttpFault::kNone) answer.status = 202;
    } else {
      answer = answers.front();
      answers.pop_front();
    }
    return answer;
  }

  std::deque<HttpAnswer> answers;
  HttpAnswer always;  // when none is queued
  std::function<void(const HttpRequest&)> on_request;
  std::vector<Seen> seen;

 private:
  std::mutex mutex_;
};

inline HttpAnswer of_status(int status, std::string body = {}, HttpHeaders headers = {}) {
  HttpAnswer answer;
  answer.status = status;
  answer.body = std::move(body);
  answer.headers = std::move(headers);
  return answer;
}

inline HttpAnswer of_fault(HttpFault fault, std::string complaint = "it broke") {
  HttpAnswer answer;
  answer.fault = fault;
  answer.complaint = std::move(complaint);
  return answer;
}

}  // namespace alibi::transport

#endif  // ALIBI_TESTS_UNIT_TRANSPORT_FAKES_H_

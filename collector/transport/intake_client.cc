#include "collector/transport/intake_client.h"

#include <algorithm>
#include <atomic>
#include <new>
#include <system_error>
#include <thread>
#include <utility>

#include "collector/compression/gzip.h"
#include "collector/model/error_codes.h"

namespace alibi::transport {

using std::chrono::nanoseconds;

namespace {

constexpr uint32_t kTriesOfInfo = 2;
constexpr size_t kLargestInfo = size_t{1} << 20;
constexpr size_t kLargestHint = 16 * 1024;  // of an answer whose status is enough
constexpr size_t kLongestExcerpt = 200;
constexpr char kUserAgent[] = "alibi";

// What a refusing server says about it, as one line.
std::string excerpt_of(std::string_view body) {
  std::string text(body.substr(0, kLongestExcerpt));
  std::replace_if(
      text.begin(), text.end(), [](char letter) { return letter < ' ' || letter > '~'; }, ' ');
  const size_t end = text.find_last_not_of(' ');
  return end == std::string::npos ? std::string() : text.substr(0, end + 1);
}

ErrorCode code_of(Outcome outcome, HttpFault fault) {
  if (fault == HttpFault::kTooLarge && outcome == Outcome::kNotAnIntake) return collector::kAnswerTooLarge;
  switch (outcome) {
    case Outcome::kRateLimited:
      return collector::kRateLimited;
    case Outcome::kTimedOut:
      return collector::kTimedOut;
    case Outcome::kServerFailed:
    case Outcome::kUnauthorized:
    case Outcome::kNeverTaken:
      return collector::kRefused;
    case Outcome::kAccepted:
    case Outcome::kNetworkFailed:
    case Outcome::kNotAnIntake:
      break;
  }
  return collector::kNotReached;
}

// 401 is about the key alone, and keys are put right; 403 may as well be about the body.
Fate fate_of(Outcome outcome, int status) {
  if (outcome == Outcome::kAccepted) return Fate::kDelivered;
  return outcome == Outcome::kNeverTaken || status == 403 ? Fate::kNeverTaken : Fate::kTryLater;
}

Delivery failed(Fate fate, const Error& error) {
  Delivery delivery;
  delivery.fate = fate;
  delivery.code = error.code;
  delivery.reason = error.message;
  return delivery;
}

// The body in the form in which it goes out: packed or unpacked when it has the other.
Result<std::string> converted(const Payload& payload, Encoding wanted, size_t largest) {
  return wanted == Encoding::kGzip ? compression::gzip(payload.body)
                                   : compression::gunzip(payload.body, largest);
}

}  // namespace

// Counts the time of a call while it lives.
class IntakeClient::Timed {
 public:
  explicit Timed(IntakeClient* client) : client_(client) {
    const std::lock_guard<std::mutex> lock(client_->mutex_);
    client_->budget_.begin(client_->pace_->steady());
  }
  ~Timed() {
    const std::lock_guard<std::mutex> lock(client_->mutex_);
    client_->budget_.end(client_->pace_->steady());
  }
  Timed(const Timed&) = delete;
  Timed& operator=(const Timed&) = delete;

 private:
  IntakeClient* client_;
};

IntakeClient::IntakeClient(IntakeAddress address, ApiKey key, HttpClient* http, Pace* pace,
                           ClientLimits limits)
    : address_(std::move(address)),
      key_(std::move(key)),
      http_(http),
      pace_(pace),
      limits_(limits),
      budget_(limits.budget) {}

nanoseconds IntakeClient::time_left() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return budget_.left(pace_->steady());
}

std::string IntakeClient::why_stopped() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (breaker_.is_open()) return "it failed too often in a row to be tried again in this run";
  if (budget_.left(pace_->steady()) <= nanoseconds(0))
    return "the time that a run may spend on the intake is used up";
  return {};
}

bool IntakeClient::has_stopped() {
  return !why_stopped().empty();
}

std::optional<nanoseconds> IntakeClient::next_wait(const RetryLimits& retry, const Exchange& exchange) {
  TryReport report;
  report.tries = exchange.tries;
  report.outcome = exchange.outcome;
  report.asked_wait = rate_limit_wait(header_of(exchange.answer, "x-ratelimit-reset"), pace_->unix_ns());
  report.random = pace_->random();
  report.left = time_left();
  return wait_before_retry(retry, report);
}

IntakeClient::Exchange IntakeClient::exchange(HttpRequest* request, const RetryLimits& retry) {
  Exchange exchange;
  for (;;) {
    exchange.stopped = why_stopped();
    if (!exchange.stopped.empty()) return exchange;
    request->deadline = std::min(limits_.request, time_left());
    exchange.answer = http_->perform(*request);
    exchange.outcome = outcome_of(exchange.answer, request->use);
    ++exchange.tries;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      breaker_.saw(exchange.outcome);
    }
    const std::optional<nanoseconds> wait = next_wait(retry, exchange);
    if (!wait) return exchange;
    pace_->sleep(*wait);
  }
}

Error IntakeClient::error_of(const Exchange& exchange, std::string_view what) const {
  const HttpAnswer& answer = exchange.answer;
  std::string text = address_.label() + " did not take ";
  text.append(what);
  ErrorCode code = exchange.tries == 0 ? collector::kTimedOut : code_of(exchange.outcome, answer.fault);
  if (exchange.tries > 0 && answer.status != 0) {
    text += ": status " + std::to_string(answer.status);
    if (answer.status >= 300 && answer.status < 400) text += " (redirects are not followed)";
    if (exchange.outcome == Outcome::kUnauthorized && address_.mode == IntakeMode::kAgentless)
      text += " (is DD_API_KEY a key of this site?)";
    if (const std::string excerpt = excerpt_of(answer.body); answer.status >= 400 && !excerpt.empty())
      text += ": " + excerpt;
  }
  if (!answer.complaint.empty() && answer.status < 300) text += ": " + answer.complaint;
  if (!exchange.stopped.empty()) text += ": " + exchange.stopped;
  if (exchange.tries > 1) text += " (" + std::to_string(exchange.tries) + " tries)";
  return Error{code, 0, key_.redacted(std::move(text))};
}

Result<AgentFeatures> IntakeClient::features() {
  if (address_.mode == IntakeMode::kNone) return Error{collector::kBadAddress, 0, address_.why_none};
  if (address_.mode == IntakeMode::kAgentless) return AgentFeatures{AgentPrefix::kNone, true, {}};
  const std::lock_guard<std::mutex> lock(features_mutex_);
  if (features_) return *features_;
  const Timed timed(this);
  HttpRequest request;
  request.method = HttpMethod::kGet;
  request.url = address_.info_url();
  request.unix_socket = address_.unix_socket;
  request.headers = {{"User-Agent", kUserAgent}};
  request.largest_answer = kLargestInfo;
  RetryLimits retry = limits_.retry;
  retry.tries = std::min(retry.tries, kTriesOfInfo);
  const Exchange answered = exchange(&request, retry);
  if (answered.outcome != Outcome::kAccepted) return error_of(answered, "GET /info");
  Result<AgentFeatures> read = agent_features(answered.answer.body);
  if (!read) {
    read = Error{read.error().code, 0, address_.label() + ": " + read.error().message};
  } else if (read->prefix == AgentPrefix::kNone) {
    read = Error{
        collector::kRefused, 0,
        address_.label() + " has no proxy for test events (/evp_proxy/v2 or v4): bring the agent up to date"};
  }
  features_ = read;
  return read;
}

HttpRequest IntakeClient::request_for(Route route, const AgentFeatures& features) const {
  HttpRequest request;
  request.url = address_.url_of(route, features.prefix);
  request.unix_socket = address_.unix_socket;
  request.headers.emplace_back("User-Agent", kUserAgent);
  if (features.takes_gzip) request.headers.emplace_back("Accept-Encoding", "gzip");
  if (address_.mode == IntakeMode::kAgentless) {
    request.headers.emplace_back("dd-api-key", key_.header_value());
  } else {
    request.headers.emplace_back("X-Datadog-EVP-Subdomain", entry_of(route).subdomain);
    if (!address_.container.empty()) request.headers.emplace_back("Datadog-Container-ID", address_.container);
  }
  return request;
}

Delivery IntakeClient::send(const Payload& payload) {
  // Before the agent is asked for what it can do: its answer is of no use any more.
  const Result<AgentFeatures> features = this->features();
  if (!features) return failed(Fate::kTryLater, features.error());
  const RouteEntry& entry = entry_of(payload.route);
  const bool packed = entry.form == BodyForm::kGzipWhereAllowed && features->takes_gzip;
  const Encoding wanted = packed ? Encoding::kGzip : Encoding::kPlain;
  std::string other_form;
  if (payload.encoding != wanted && !has_stopped()) {
    Result<std::string> body = converted(payload, wanted, limits_.largest_body);
    if (!body) return failed(Fate::kNeverTaken, body.error());
    other_form = std::move(body).value();
  }
  const Timed timed(this);
  HttpRequest request = request_for(payload.route, *features);
  request.body = payload.encoding == wanted ? payload.body : other_form;
  request.headers.emplace_back("Content-Type", payload.content_type);
  if (packed) request.headers.emplace_back("Content-Encoding", "gzip");
  request.use = AnswerUse::kStatusOnly;
  request.largest_answer = kLargestHint;
  const Exchange done = exchange(&request, limits_.retry);
  Delivery delivery;
  if (done.tries == 0 || done.outcome != Outcome::kAccepted)
    delivery = failed(fate_of(done.outcome, done.answer.status), error_of(done, entry.name));
  else
    delivery.fate = Fate::kDelivered;
  delivery.status = done.answer.status;
  delivery.tries = done.tries;
  return delivery;
}

std::vector<Delivery> IntakeClient::send_all(std::span<const Payload> payloads) {
  const Timed timed(this);
  std::vector<Delivery> deliveries(payloads.size());
  in_parallel(payloads.size(), limits_.connections, [&](size_t at) {
    try {
      deliveries[at] = send(payloads[at]);
    } catch (const std::bad_alloc&) {
      deliveries[at].code = ErrorCode::kOutOfMemory;
    }
  });
  return deliveries;
}

Result<std::string> IntakeClient::ask(Route route, std::string_view json) {
  const Result<AgentFeatures> features = this->features();
  if (!features) return features.error();
  const Timed timed(this);
  HttpRequest request = request_for(route, *features);
  request.body = json;
  request.headers.emplace_back("Content-Type", "application/json");
  request.largest_answer = limits_.largest_answer;
  Exchange done = exchange(&request, limits_.retry);
  if (done.tries == 0 || done.outcome != Outcome::kAccepted) return error_of(done, entry_of(route).name);
  return std::move(done.answer.body);
}

void in_parallel(size_t count, unsigned threads, const std::function<void(size_t)>& work) {
  std::atomic<size_t> next{0};
  const auto drain = [&] {
    for (size_t at = next++; at < count; at = next++) work(at);
  };
  std::vector<std::thread> others;
  try {
    for (size_t started = 1; started < std::min<size_t>(threads, count); ++started)
      others.emplace_back(drain);
  } catch (const std::system_error&) {
    // The threads that there are do it all.
  }
  drain();
  for (std::thread& other : others) other.join();
}

}  // namespace alibi::transport

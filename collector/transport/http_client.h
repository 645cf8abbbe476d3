// One HTTP request and its answer: the seam between the intake client and the network. Implemented by
// CurlClient and by fakes of tests. `perform` may be called from several threads at once.
//
// An exchange always ends by its deadline, and never holds more than `largest_answer` bytes of a body. The
// status counts even when the body behind it is broken: an intake that said 202 has taken what was sent.
#ifndef ALIBI_COLLECTOR_TRANSPORT_HTTP_CLIENT_H_
#define ALIBI_COLLECTOR_TRANSPORT_HTTP_CLIENT_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace alibi::transport {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

enum class HttpMethod : uint8_t { kGet, kPost };
enum class AnswerUse : uint8_t {
  kWhole,       // a body that is cut off or damaged is a fault
  kStatusOnly,  // the status is enough: the body is a hint at most, and nobody waits for it for long
};

struct HttpRequest {
  HttpMethod method = HttpMethod::kPost;
  std::string url;          // http or https
  std::string unix_socket;  // connects there instead of to the URL's host
  HttpHeaders headers;
  std::string_view body;  // borrowed for the call
  std::chrono::nanoseconds deadline{std::chrono::seconds(30)};
  size_t largest_answer = 0;
  AnswerUse use = AnswerUse::kWhole;
};

enum class HttpFault : uint8_t {
  kNone,
  kUnreachable,  // no address, refused, no route
  kBroken,       // reset, ended early
  kTimedOut,
  kTooLarge,
  kUnreadable,  // not HTTP, or a body that is not the gzip that it says
  kInsecure,    // TLS: the certificate is not one to trust
  kImpossible,  // this request cannot be made at all
};

struct HttpAnswer {
  HttpFault fault = HttpFault::kNone;
  std::string complaint;  // one line about the fault
  int status = 0;         // 0: there was none
  HttpHeaders headers;    // names in lower case
  std::string body;       // decoded; with a fault, what came before it
};

// The last header of that name (in lower case); empty: there is none.
std::string_view header_of(const HttpAnswer& answer, std::string_view name);

class HttpClient {
 public:
  virtual ~HttpClient() = default;
  virtual HttpAnswer perform(const HttpRequest& request) = 0;
};

}  // namespace alibi::transport

#endif  // ALIBI_COLLECTOR_TRANSPORT_HTTP_CLIENT_H_

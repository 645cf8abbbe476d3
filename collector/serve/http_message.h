// A request and its answer, as the routes see them. Plain values, except that the body is read when the route
// asks for it, so that a body that is refused never takes memory.
#ifndef ALIBI_COLLECTOR_SERVE_HTTP_MESSAGE_H_
#define ALIBI_COLLECTOR_SERVE_HTTP_MESSAGE_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace alibi::serve {

struct HttpRequest {
  std::string method;
  std::string path;  // decoded, without the query
  std::vector<std::pair<std::string, std::string>> query;
  std::function<std::string(const char* name)> header;  // empty: it is not there
  std::string peer;
  bool from_loopback = false;

  // None: nothing was announced. A body in chunks has no length and counts as announced.
  bool has_body = false;
  std::optional<uint64_t> body_length;
  // Gives the body piece by piece; false: it did not come, or `take` refused a piece.
  std::function<bool(const std::function<bool(std::string_view)>& take)> read_body;

  std::string query_value(std::string_view name) const {
    for (const auto& [key, value] : query) {
      if (key == name) return value;
    }
    return {};
  }
};

struct Answer {
  int status = 200;
  std::string type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
};

// "%2F" and, in queries, "+"; what is no such thing stays.
std::string decoded(std::string_view text, bool plus_is_space);
std::vector<std::pair<std::string, std::string>> parse_query(std::string_view text);
std::string encoded(std::string_view text);  // for a query's value

}  // namespace alibi::serve

#endif  // ALIBI_COLLECTOR_SERVE_HTTP_MESSAGE_H_

// The keys that clients may use, as their hashes: the keys themselves are forgotten once they were read. Made
// at start, read by any thread.
#ifndef ALIBI_COLLECTOR_SERVE_API_KEYS_H_
#define ALIBI_COLLECTOR_SERVE_API_KEYS_H_

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "tracer/base/result.h"

namespace alibi::serve {

class ApiKeys {
 public:
  // One a line; empty lines and those that begin with # do not count. An error when there is none in it.
  static Result<ApiKeys> parse(std::string_view text);

  bool empty() const { return hashes_.empty(); }
  // Takes as long for a wrong key as for a right one.
  bool allow(std::string_view key) const;

 private:
  using Hash = std::array<unsigned char, 32>;
  std::vector<Hash> hashes_;
};

// The password of "Basic dXNlcjpwYXNzd29yZA==": how a browser sends a key. Empty: there is none.
std::string basic_password(std::string_view authorization);

}  // namespace alibi::serve

#endif  // ALIBI_COLLECTOR_SERVE_API_KEYS_H_

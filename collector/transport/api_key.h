// The key of the intake's owner, kept where no message can show it: it has no operator<<, and only the header
// of a request asks for its text. Used by intake_client; a value, any thread.
#ifndef ALIBI_COLLECTOR_TRANSPORT_API_KEY_H_
#define ALIBI_COLLECTOR_TRANSPORT_API_KEY_H_

#include <string>
#include <string_view>

#include "tracer/base/result.h"

namespace alibi::transport {

class ApiKey {
 public:
  ApiKey() = default;
  // White space around it (a file's last newline) is not part of a key. Refuses, without quoting it, what can
  // be no header's value.
  static Result<ApiKey> from(std::string_view text);

  bool empty() const { return text_.empty(); }
  const std::string& header_value() const { return text_; }
  // `text` without the key: what servers and libraries say may quote it. Keys of fewer than six characters
  // are words of local servers, not secrets.
  std::string redacted(std::string text) const;

 private:
  std::string text_;
};

}  // namespace alibi::transport

#endif  // ALIBI_COLLECTOR_TRANSPORT_API_KEY_H_

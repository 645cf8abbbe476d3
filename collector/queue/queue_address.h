// "rediss://user:password@host:6379/2" -> its parts. Pure. `shown` is what people see: never with a password.
#ifndef ALIBI_COLLECTOR_QUEUE_QUEUE_ADDRESS_H_
#define ALIBI_COLLECTOR_QUEUE_QUEUE_ADDRESS_H_

#include <cstdint>
#include <string>

#include "tracer/base/result.h"

namespace alibi::queue {

struct QueueAddress {
  std::string host, port = "6379";  // empty host: a socket
  std::string socket;               // absolute path
  bool tls = false;
  std::string user, password;
  uint32_t database = 0;
  std::string shown;
};

// redis://[[user]:password@]host[:port][/db], the same with rediss:// for TLS,
// unix://[[user]:password@]/path[?db=N]. An error for everything else.
Result<QueueAddress> parse_address(const std::string& url);

}  // namespace alibi::queue

#endif  // ALIBI_COLLECTOR_QUEUE_QUEUE_ADDRESS_H_

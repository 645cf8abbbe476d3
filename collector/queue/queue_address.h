// "redis://user:password@host:6379/2" -> its parts. Pure. `shown` is what people see: never with a password.
#ifndef ALIBI_COLLECTOR_QUEUE_QUEUE_ADDRESS_H_
#define ALIBI_COLLECTOR_QUEUE_QUEUE_ADDRESS_H_

#include <cstdint>
#include <string>

#include "tracer/base/result.h"

namespace alibi::queue {

struct QueueAddress {
  std::string host, port = "6379";  // empty host: a socket
  std::string socket;               // absolute path
  std::string user, password;
  uint32_t database = 0;
  std::string shown;
};

// redis://[[user]:password@]host[:port][/db], unix://[[user]:password@]/path[?db=N]. An error for everything
// else, rediss:// among it.
Result<QueueAddress> parse_address(const std::string& url);

}  // namespace alibi::queue

#endif  // ALIBI_COLLECTOR_QUEUE_QUEUE_ADDRESS_H_

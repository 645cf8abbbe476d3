// The door to the server that holds the queue: one command, one answer.
//
// Used by queue_protocol on the runner's thread. The real one is redis_server.h; tests put one in front of it
// that loses commands and answers. A failed call closes the connection, the next one opens it again: whether
// the command was carried out is not known then.
#ifndef ALIBI_COLLECTOR_QUEUE_SERVER_H_
#define ALIBI_COLLECTOR_QUEUE_SERVER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "tracer/base/result.h"

namespace alibi::queue {

struct Answer {
  enum class Kind : uint8_t { kNothing, kText, kNumber, kList, kError };
  Kind kind = Kind::kNothing;
  std::string text;  // of errors, too
  int64_t number = 0;
  std::vector<Answer> list;
};

class Server {
 public:
  virtual ~Server() = default;
  // Within patience_ms, also when a connection has to be made first. What the server refuses is an error.
  virtual Result<Answer> call(const std::vector<std::string>& command, uint64_t patience_ms) = 0;
};

}  // namespace alibi::queue

#endif  // ALIBI_COLLECTOR_QUEUE_SERVER_H_

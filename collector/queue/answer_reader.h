// Bytes of a Redis server -> one Answer, by hiredis's reader with bounds of our own: lists and bytes beyond
// them are refused before memory is taken for them. Used by redis_server; one answer, one reader.
#ifndef ALIBI_COLLECTOR_QUEUE_ANSWER_READER_H_
#define ALIBI_COLLECTOR_QUEUE_ANSWER_READER_H_

#include <memory>
#include <optional>
#include <string_view>

#include "collector/queue/server.h"

struct redisReader;

namespace alibi::queue {

inline constexpr size_t kMostAnswerBytes = size_t{16} << 20U;
inline constexpr int kMostAnswerItems = 1000;

class AnswerReader {
 public:
  AnswerReader();
  ~AnswerReader();
  AnswerReader(const AnswerReader&) = delete;
  AnswerReader& operator=(const AnswerReader&) = delete;

  // Nothing while the answer is not whole. An error (without a code of its own: kQueue) when the bytes are no
  // answer, too many, or more than one answer.
  Result<std::optional<Answer>> feed(std::string_view bytes);

 private:
  redisReader* reader_;
  size_t bytes_ = 0;
};

}  // namespace alibi::queue

#endif  // ALIBI_COLLECTOR_QUEUE_ANSWER_READER_H_

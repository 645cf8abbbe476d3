#include "collector/queue/answer_reader.h"

#include <hiredis/hiredis.h>

#include <utility>

#include "collector/model/plan_errors.h"

namespace alibi::queue {
namespace {

// The items of a list lie in it: only the outermost answer is allocated by itself.
Answer* place_of(const redisReadTask* task) {
  if (task->parent == nullptr) return new Answer();
  auto* const list = static_cast<Answer*>(task->parent->obj);
  return &list->list.at(static_cast<size_t>(task->idx));
}

// These are called by C code: nothing may be thrown through it. Without memory it hears of nothing made.
template <typename Fill>
void* made(const redisReadTask* task, Answer::Kind kind, const Fill& fill) {
  try {
    std::unique_ptr<Answer> own;
    Answer* const answer = place_of(task);
    if (task->parent == nullptr) own.reset(answer);
    answer->kind = kind;
    fill(answer);
    static_cast<void>(own.release());
    return answer;
  } catch (...) {
    return nullptr;
  }
}

void* make_text(const redisReadTask* task, char* text, size_t length) {
  const Answer::Kind kind = task->type == REDIS_REPLY_ERROR ? Answer::Kind::kError : Answer::Kind::kText;
  return made(task, kind, [&](Answer* answer) { answer->text.assign(text, length); });
}
void* make_list(const redisReadTask* task, int items) {
  if (items < 0 || items > kMostAnswerItems) return nullptr;
  return made(task, Answer::Kind::kList,
              [&](Answer* answer) { answer->list.resize(static_cast<size_t>(items)); });
}
void* make_number(const redisReadTask* task, long long number) {
  return made(task, Answer::Kind::kNumber, [&](Answer* answer) { answer->number = number; });
}
void* make_nothing(const redisReadTask* task) {
  return made(task, Answer::Kind::kNothing, [](Answer*) {});
}
void free_answer(void* answer) {
  delete static_cast<Answer*>(answer);
}

redisReplyObjectFunctions g_functions = {make_text, make_list, make_number, make_nothing, free_answer};

Error wrong(const std::string& what) {
  return {collector::kQueue, 0, what};
}

}  // namespace

AnswerReader::AnswerReader() : reader_(redisReaderCreateWithFunctions(&g_functions)) {}

AnswerReader::~AnswerReader() {
  if (reader_ != nullptr) redisReaderFree(reader_);
}

Result<std::optional<Answer>> AnswerReader::feed(std::string_view bytes) {
  if (reader_ == nullptr) return wrong("there is no memory for its answer");
  bytes_ += bytes.size();
  if (bytes_ > kMostAnswerBytes) return wrong("it answers with more than can be meant");
  if (redisReaderFeed(reader_, bytes.data(), bytes.size()) != REDIS_OK)
    return wrong("there is no memory for its answer");
  void* reply = nullptr;
  if (redisReaderGetReply(reader_, &reply) != REDIS_OK)
    return wrong("it does not speak as Redis does (" + std::string(reader_->errstr) + ")");
  if (reply == nullptr) return std::optional<Answer>();
  const std::unique_ptr<Answer> answer(static_cast<Answer*>(reply));
  if (reader_->pos < reader_->len) return wrong("it says more than it was asked");
  return std::optional<Answer>(std::move(*answer));
}

}  // namespace alibi::queue

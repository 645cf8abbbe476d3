// What lies in a session's directory that nobody has merged: how many shards, how large, which of them are
// damaged. Used by `alibi doctor`. Reads only, and no more than it is allowed to: counting is quick, judging
// a shard means reading it.
#ifndef ALIBI_COLLECTOR_STORE_SESSION_SURVEY_H_
#define ALIBI_COLLECTOR_STORE_SESSION_SURVEY_H_

#include <cstdint>
#include <string>

namespace alibi::store {

struct SessionSurvey {
  uint64_t shards = 0;
  uint64_t bytes = 0;       // of all of them
  uint64_t judged = 0;      // read whole; the others are only counted
  uint64_t damaged = 0;     // of those: partly or not readable
  uint64_t lost = 0;        // processes that could not make a shard
  std::string first_cause;  // of the first damaged one, by name
};

// Takes what it reads off `budget`, in bytes, and judges the shards for which that is enough.
SessionSurvey survey_session(const std::string& directory, uint64_t* budget);

}  // namespace alibi::store

#endif  // ALIBI_COLLECTOR_STORE_SESSION_SURVEY_H_

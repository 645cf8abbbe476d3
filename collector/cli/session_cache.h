// What was computed from one session and an interpreter's units, kept below DATA/derived: caches, made again
// when they are lacking or damaged, swept by `alibi gc` when their session is gone. Used by session_case.
#ifndef ALIBI_COLLECTOR_CLI_SESSION_CACHE_H_
#define ALIBI_COLLECTOR_CLI_SESSION_CACHE_H_

#include <string>

#include "collector/change/unit_store.h"
#include "tracer/base/result.h"

namespace alibi::cli {

class SessionCache {
 public:
  SessionCache(const std::string& data, const std::string& evidence, const change::Interpreter& interpreter,
               change::KeepUnits keep);

  Result<std::string> read(const char* kind) const;
  // What cannot be kept is computed again: no reason to trouble anyone.
  void keep(const char* kind, const std::string& bytes) const;

 private:
  std::string stem_;
  change::KeepUnits keep_;
};

}  // namespace alibi::cli

#endif  // ALIBI_COLLECTOR_CLI_SESSION_CACHE_H_

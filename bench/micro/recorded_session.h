// A session in a scratch folder, recorded through the C ABI as a glue does it: what the micro benchmarks
// measure on.
//
// Used on one thread. Ends the program with a message when recording cannot start: a benchmark has no other
// answer.
#ifndef ALIBI_BENCH_MICRO_RECORDED_SESSION_H_
#define ALIBI_BENCH_MICRO_RECORDED_SESSION_H_

#include <cstdint>
#include <string>

#include "tracer/abi/alibi.h"

namespace alibi::bench {

class RecordedSession {
 public:
  RecordedSession();
  ~RecordedSession();  // closes the shard and removes the folder
  RecordedSession(const RecordedSession&) = delete;
  RecordedSession& operator=(const RecordedSession&) = delete;

  alibi_session* abi() const { return session_; }
  alibi_hit_stream* stream() const { return stream_; }
  const std::string& directory() const { return directory_; }

  uint32_t define_file(const std::string& name);
  uint32_t define_code(uint32_t file, uint32_t first_line, uint32_t span, const std::string& name);
  uint32_t define_test(const std::string& id);
  // The whole of one test: switch, hits of `lines` probes from `base` on, end.
  void run_test(const std::string& id, uint32_t base, uint32_t lines);
  void close();  // the shard is complete; only directory() may be used from now on

 private:
  std::string directory_;
  alibi_session* session_ = nullptr;
  alibi_hit_stream* stream_ = nullptr;
};

inline alibi_text text_of(const std::string& value) {
  return {value.data(), value.size()};
}

}  // namespace alibi::bench

#endif  // ALIBI_BENCH_MICRO_RECORDED_SESSION_H_

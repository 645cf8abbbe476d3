// The evidence of one session of a large suite, made in memory: seeded, so that the same options give the
// same bytes. Used by the store's benchmarks. Tests of one module share two thirds of their scopes and most
// lines, as suites do; the rest is drawn at random, which packs worse than real code.
#ifndef ALIBI_BENCH_MICRO_LARGE_SESSION_H_
#define ALIBI_BENCH_MICRO_LARGE_SESSION_H_

#include <cstddef>
#include <cstdint>

#include "collector/model/session_coverage.h"

namespace alibi::bench {

struct LargeSession {
  size_t tests = 100'000;
  size_t scopes_per_test = 300;
  uint64_t number = 0;  // of the session: its id and its start
};

collector::SessionCoverage large_session(const LargeSession& options);

}  // namespace alibi::bench

#endif  // ALIBI_BENCH_MICRO_LARGE_SESSION_H_

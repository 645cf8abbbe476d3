// From a session's directory to stored evidence: reads the shards, merges, keeps sources, stores, puts
// damaged shards aside and removes the directory. Used by `alibi merge` and, for runs that were killed, by
// `alibi show`.
//
// Order of steps: nothing is removed before the evidence has its final name and is synced, and the directory
// leaves the place where it would be found again in one rename, so that no half of a session is ever merged.
#ifndef ALIBI_COLLECTOR_STORE_INTAKE_H_
#define ALIBI_COLLECTOR_STORE_INTAKE_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "collector/crash/crash.h"
#include "collector/model/loss_report.h"
#include "collector/model/session_coverage.h"
#include "collector/store/retention.h"
#include "tracer/base/result.h"

namespace alibi::store {

struct IntakeOptions {
  bool leave = false;            // the session's directory stays where it is
  uint64_t kept = kDefaultKept;  // sessions of each environment: see retention.h
  // What else is to be made of a session: called once its evidence is stored, before its directory goes. If
  // the process ends in between, it is called again when the directory is taken in the next time.
  std::function<void(const std::string& session, const collector::SessionCoverage&)> then = {};
};

struct IntakeProgress {
  std::function<void(const char* step, size_t done, size_t total)> report;  // may be empty
};

struct IntakeReport {
  std::string session_id;
  std::string evidence;  // path; empty when the session held nothing
  uint64_t tests = 0;
  uint64_t files = 0;
  uint64_t lines = 0;  // distinct lines that tests executed, over all files
  uint64_t processes = 0;
  uint64_t incomplete_tests = 0;
  uint64_t shard_bytes = 0;
  Garbage garbage;  // evidence of old sessions that gave way
  collector::LossReport losses;
  std::vector<collector::Crash> crashes;  // and hangs
  std::vector<std::string> warnings;      // what went wrong without costing evidence
};

// The caller holds no lock; waits for other merges of the same data folder.
Result<IntakeReport> take_in(const std::string& session_directory, const std::string& data,
                             const IntakeOptions& options = {}, const IntakeProgress& progress = {});

// What killed runs left below DATA/sessions, at most `limit`, oldest first, and the remains of killed
// removals. A session that cannot be merged is reported in `warnings` and stays. All evidence is kept,
// whatever `options` say.
std::vector<IntakeReport> take_in_leftovers(const std::string& data, size_t limit,
                                            std::vector<std::string>* warnings,
                                            const IntakeOptions& options = {});

}  // namespace alibi::store

#endif  // ALIBI_COLLECTOR_STORE_INTAKE_H_

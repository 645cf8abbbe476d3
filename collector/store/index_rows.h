// What the index knows of a session and of one test's evidence: plain values, filled by Store from evidence
// files, kept and found again by EvidenceIndex, printed by the commands, read by selection. They describe
// evidence, they never replace it: what a test touched stands in the file.
#ifndef ALIBI_COLLECTOR_STORE_INDEX_ROWS_H_
#define ALIBI_COLLECTOR_STORE_INDEX_ROWS_H_

#include <cstdint>
#include <string>

#include "collector/model/session_coverage.h"

namespace alibi::store {

struct SessionRow {
  std::string evidence;  // file name; sorts by age
  std::string id;
  uint64_t started_unix_ns = 0;
  std::string root;
  std::string environment_name;
  std::string interpreter;
  bool complete = false;
  int32_t exit_status = -1;
  uint64_t bytes = 0;
  uint64_t tests = 0;
  uint64_t processes = 0;
  uint64_t losses = 0;          // sum over all reasons
  uint64_t left_out = 0;        // tests that had an alibi, as the test runner said
  uint64_t saved_ns = 0;        // what they took when they last ran
  uint64_t unshared_bytes = 0;  // unpacked, and with a copy of its sources
  std::string unreadable;       // why the file cannot be used, at least in part; empty when it can
  // Of an unreadable file: when it last changed, so that one that was still being copied is looked at again;
  // 0 when that was too short ago to tell.
  uint64_t changed_ns = 0;
};

struct TestRow {
  std::string id;
  std::string evidence;
  uint64_t position = 0;  // among the tests of the file
  collector::Outcome outcome = collector::kNeverEnded;
  uint64_t duration_ns = 0;
  bool complete = false;
  uint64_t files = 0;
  uint64_t lines = 0;
  uint64_t scopes = 0;
  uint64_t drops = 0;
};

}  // namespace alibi::store

#endif  // ALIBI_COLLECTOR_STORE_INDEX_ROWS_H_

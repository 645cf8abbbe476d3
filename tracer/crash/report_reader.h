// A crash or hang report, read back. Used by the collector and by tests; trusts nothing in the file: what it
// returns is what whole records with the right checksum say, and how the rest was lost.
#ifndef ALIBI_TRACER_CRASH_REPORT_READER_H_
#define ALIBI_TRACER_CRASH_REPORT_READER_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tracer/base/result.h"
#include "tracer/crash/report_format.h"

namespace alibi::crash {

struct ThreadStack {
  uint32_t thread_id = 0;
  bool reporting = false;                  // the thread that crashed, or that the timer's signal reached
  bool cut = false;                        // there were more frames
  uint32_t signal_frame = kNoFrame;        // frames up to this one are those of a signal handler
  std::vector<uint64_t> program_counters;  // innermost first: exact, then return addresses
};

struct LoadedModule {
  uint64_t begin = 0;
  uint64_t end = 0;
  uint64_t file_offset = 0;
  std::vector<uint8_t> build_id;
  std::string path;
};

struct Report {
  ReportKind kind = ReportKind::kCrash;
  uint32_t process_id = 0;
  uint32_t session_process_id = 0;  // differs in a forked child that has no shard of its own yet
  uint64_t unix_ns = 0;
  std::string shard;  // file name
  uint32_t signal = 0;
  int32_t code = 0;
  uint64_t address = 0;
  uint32_t thread_id = 0;
  uint64_t after_ms = 0;  // of a hang: how long the test had been running
  RunningKind running = RunningKind::kNothing;
  bool name_cut = false;
  std::string name;  // of the test or collection
  std::vector<ThreadStack> stacks;
  std::vector<LoadedModule> modules;
  std::string python;
  bool python_cut = false;
  std::vector<std::string> notes;
  bool complete = false;  // it was written to its end
};

Result<Report> parse_report(std::span<const std::byte> bytes);

}  // namespace alibi::crash

#endif  // ALIBI_TRACER_CRASH_REPORT_READER_H_

// A crash or a hang of a test run, as people read it: what ran, which signal, both stacks with names. Plain
// values; made by crash_loader from a process's report, kept as JSON in the session's document (crash_json).
#ifndef ALIBI_COLLECTOR_CRASH_CRASH_H_
#define ALIBI_COLLECTOR_CRASH_CRASH_H_

#include <cstdint>
#include <string>
#include <vector>

namespace alibi::collector {

struct NativeFrame {
  std::string function;  // demangled; empty: not known
  std::string file;      // of the source; empty: not known
  uint32_t line = 0;
  std::string module;   // path of the image; empty: in none
  uint64_t offset = 0;  // in the image's file, or the address where there is none
};

struct NativeThread {
  uint32_t thread_id = 0;
  bool reporting = false;  // it crashed, or it was the one asked first
  bool cut = false;
  std::vector<NativeFrame> frames;  // innermost first
};

struct Crash {
  bool hang = false;
  bool in_test = false;  // `name` is a test's id; otherwise a collector's, or empty
  bool name_cut = false;
  std::string name;
  std::string signal;  // "SIGSEGV"; of a hang empty
  bool has_address = false;
  uint64_t address = 0;
  double after_s = 0;  // of a hang
  uint32_t process_id = 0;
  bool forked = false;  // by the process that ran the test, and without a shard of its own
  std::string shard;
  std::vector<NativeThread> threads;  // the reporting one first
  std::string python;
  bool python_cut = false;
  std::vector<std::string> notes;
  bool complete = false;
};

// "crashed: SIGSEGV at 0x0 in write_to_null", "hung: still running after 60 s in read".
std::string headline(const Crash& crash);
// What was running, as the start of a sentence: "tests/t.py::test_x", "collecting tests/t.py", "no test".
std::string subject(const Crash& crash);

}  // namespace alibi::collector

#endif  // ALIBI_COLLECTOR_CRASH_CRASH_H_

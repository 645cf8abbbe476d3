// Which files the frames of a stack lie in, from /proc/self/maps, read with plain system calls. Used inside
// signal handlers. Reads the first page of each such module for its build id: memory that is mapped, but a
// caller must be prepared for a fault all the same.
#ifndef ALIBI_TRACER_CRASH_LOADED_MODULES_H_
#define ALIBI_TRACER_CRASH_LOADED_MODULES_H_

#include <cstddef>
#include <cstdint>

#include "tracer/crash/report_writer.h"

namespace alibi::crash {

// Program counters of all stacks of a report, and which modules hold one of them.
class ModuleRecords {
 public:
  void clear() { count_ = 0; }
  void add(const uint64_t* counters, size_t count);
  // One module record for each mapping with any of them.
  void write(ReportWriter* writer);

 private:
  struct Mapping {
    uint64_t begin, end, file_offset;
    const char* path;
    size_t path_length;
  };
  bool parse(const char* line, size_t length, Mapping* mapping) const;
  void take_line(const char* line, size_t length, ReportWriter* writer);
  bool holds_any(const Mapping& mapping) const;

  static constexpr size_t kMost = kMostFrames * 16;
  uint64_t counters_[kMost];
  size_t count_ = 0;
  size_t written_ = 0;
  // The mapping of the ELF header of the file that the mappings at hand belong to.
  uint64_t head_begin_ = 0, head_end_ = 0;
  char head_path_[kLongestPath];
  size_t head_path_length_ = 0;
  char buffer_[2 * kLongestPath];
};

}  // namespace alibi::crash

#endif  // ALIBI_TRACER_CRASH_LOADED_MODULES_H_

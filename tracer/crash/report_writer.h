// Writes one report with plain system calls only: open, write, close, and no memory but its own. Used inside
// signal handlers, by one thread at a time (reporting.h sees to that). What the disk refuses is lost quietly:
// the reader takes whatever whole records it finds.
#ifndef ALIBI_TRACER_CRASH_REPORT_WRITER_H_
#define ALIBI_TRACER_CRASH_REPORT_WRITER_H_

#include <cstddef>
#include <cstdint>

#include "tracer/crash/report_format.h"

namespace alibi::crash {

class ReportWriter {
 public:
  // A new file; false when one of that name exists (errno is EEXIST) or it cannot be made.
  bool open(const char* path, ReportKind kind);
  void close();
  bool is_open() const { return file_ >= 0; }

  // One record: begin, its fields in order, end. Fields that find no room cut the record off there.
  void begin(RecordType type);
  void u8(uint8_t value) { bytes(&value, sizeof value); }
  void u32(uint32_t value) { bytes(&value, sizeof value); }
  void u64(uint64_t value) { bytes(&value, sizeof value); }
  void text(const char* characters, size_t length);
  void end();

  // Space for a text that is filled in place; kept(length) then appends it as text.
  char* room(size_t* size);
  void kept(size_t length);

 private:
  void bytes(const void* from, size_t length);

  int file_ = -1;
  uint32_t records_ = 0;
  uint32_t type_ = 0;
  size_t used_ = 0;
  alignas(8) unsigned char buffer_[sizeof(RecordHeader) + kLongestPayload + 8];
};

// All of it; false when the descriptor refuses. Signal-safe.
bool write_all(int file, const void* from, size_t length);

}  // namespace alibi::crash

#endif  // ALIBI_TRACER_CRASH_REPORT_WRITER_H_

// Our standard output and error, written only when that cannot block: workers never wait for a slow or
// stopped reader, and one that left (EPIPE) costs its output and nothing else. Also the one line of progress
// on a terminal, which goes before anything else is printed. Used by the runner's loop; one thread.
#ifndef ALIBI_COLLECTOR_RUN_PRINTER_H_
#define ALIBI_COLLECTOR_RUN_PRINTER_H_

#include <array>
#include <string>
#include <string_view>

#include "collector/run/byte_queue.h"

namespace alibi::run {

enum class Stream : uint8_t { kOutput, kErrors };

class Printer {
 public:
  // Not its own: the descriptors stay open. scratch: where what cannot be written yet may wait.
  Printer(int output, int errors, const std::string& scratch);

  void print(Stream stream, std::string_view text);
  // One line that is drawn over until something is printed; empty: none.
  void draw_status(std::string_view line);
  // Writes what can be written now.
  void pump();
  // The descriptor to wait for until it can be written to; -1 none.
  int waiting_fd(Stream stream) const;
  bool idle() const;
  uint64_t written() const { return written_; }  // bytes so far

 private:
  struct Sink {
    int fd;
    ByteQueue queue;
    bool gone = false;
  };
  void pump(Sink* sink);

  std::array<Sink, 2> sinks_;
  bool status_shown_ = false;
  uint64_t written_ = 0;
};

}  // namespace alibi::run

#endif  // ALIBI_COLLECTOR_RUN_PRINTER_H_

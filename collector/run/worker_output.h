// What one worker's processes print, on its way to ours: prefixed line by line, or kept until its group is
// complete; and to the worker's log as it comes. Used by the runner's loop, one for each worker.
#ifndef ALIBI_COLLECTOR_RUN_WORKER_OUTPUT_H_
#define ALIBI_COLLECTOR_RUN_WORKER_OUTPUT_H_

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "collector/run/byte_queue.h"
#include "collector/run/ci_groups.h"
#include "collector/run/line_prefix.h"
#include "collector/run/printer.h"
#include "tracer/base/unique_fd.h"

namespace alibi::run {

class WorkerOutput {
 public:
  WorkerOutput(const RunRequest& request, uint32_t worker, Printer* printer);

  // log: where everything goes, too; "" nowhere. Why it cannot be.
  std::optional<std::string> open_log(const std::string& path);
  void take(Stream stream, std::string_view bytes, int64_t now_ms);
  // What began a line and said no more for a while is shown.
  void flush_old(int64_t now_ms);
  std::optional<int64_t> flush_at() const;
  void flush();
  // Grouped style: prints what was kept, when there is anything.
  void close_group(const OutputGroup& group);

 private:
  OutputStyle style_;
  bool untouched_;  // a single worker in plain style
  CiSyntax syntax_;
  Printer* printer_;
  std::array<LinePrefix, 2> lines_;
  ByteQueue kept_;
  UniqueFd log_;
  std::string log_path_;
  int64_t last_ms_ = 0;
};

}  // namespace alibi::run

#endif  // ALIBI_COLLECTOR_RUN_WORKER_OUTPUT_H_

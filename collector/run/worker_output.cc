#include "collector/run/worker_output.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace alibi::run {
namespace {

constexpr int64_t kPatienceMs = 2000;

std::string prefix_of(OutputStyle style, uint32_t worker) {
  return style == OutputStyle::kPrefixed ? "[w" + std::to_string(worker) + "] " : "";
}

}  // namespace

WorkerOutput::WorkerOutput(const RunRequest& request, uint32_t worker, Printer* printer)
    : style_(request.style),
      untouched_(request.style == OutputStyle::kPlain && request.workers <= 1),
      syntax_(request.syntax),
      printer_(printer),
      lines_{LinePrefix(prefix_of(request.style, worker)), LinePrefix(prefix_of(request.style, worker))},
      kept_(request.scratch, 1u << 20) {}

std::optional<std::string> WorkerOutput::open_log(const std::string& path) {
  log_ = UniqueFd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644));
  log_path_ = path;
  if (log_.valid()) return std::nullopt;
  return "cannot write the log " + path + ": " + std::strerror(errno);
}

void WorkerOutput::take(Stream stream, std::string_view bytes, int64_t now_ms) {
  for (std::string_view rest = bytes; log_.valid() && !rest.empty();) {
    const ssize_t count = ::write(log_.fd(), rest.data(), rest.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      log_ = UniqueFd();  // a full disk ends the log, not the run
      printer_->print(Stream::kErrors,
                      "alibi: the log " + log_path_ + " ends here: the disk takes no more\n");
      break;
    }
    rest.remove_prefix(static_cast<size_t>(count));
  }
  last_ms_ = now_ms;
  if (style_ == OutputStyle::kGrouped)
    kept_.append(bytes);
  else if (untouched_)
    printer_->print(stream, bytes);
  else
    printer_->print(stream, lines_[static_cast<size_t>(stream)].feed(bytes));
}

std::optional<int64_t> WorkerOutput::flush_at() const {
  if (!lines_[0].has_partial() && !lines_[1].has_partial()) return std::nullopt;
  return last_ms_ + kPatienceMs;
}

void WorkerOutput::flush_old(int64_t now_ms) {
  const std::optional<int64_t> at = flush_at();
  if (at && now_ms >= *at) flush();
}

void WorkerOutput::flush() {
  printer_->print(Stream::kOutput, lines_[0].flush());
  printer_->print(Stream::kErrors, lines_[1].flush());
}

void WorkerOutput::close_group(const OutputGroup& group) {
  if (style_ != OutputStyle::kGrouped || kept_.empty()) return;
  printer_->print(Stream::kOutput, group_begin(syntax_, group));
  const bool complete = kept_.last_byte() == '\n';
  while (!kept_.empty()) {
    const std::string_view front = kept_.front();
    if (front.empty()) break;
    printer_->print(Stream::kOutput, front);
    kept_.pop(front.size());
  }
  printer_->print(Stream::kOutput, std::string(complete ? "" : "\n") + group_end(syntax_, group));
}

}  // namespace alibi::run

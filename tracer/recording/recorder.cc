#include "tracer/recording/recorder.h"

namespace alibi::recording {

using model::ContextId;
using model::FileId;
using model::ProbeId;

void Recorder::take_writer(std::unique_ptr<shard::ShardWriter> writer) {
  writer_ = std::move(writer);
  recent_.clear();
  contexts_defined_ = 0;
}

Result<FileId> Recorder::define_file(std::string_view path) {
  if (const auto known = files_.find(path); known != files_.end()) return known->second;
  const std::string owned(path);
  const Observed observed = hashes_->file(owned);
  model::FileRecord record;
  record.file = FileId{next_file_};
  record.unreadable = observed.state != model::InputState::kPresent;
  record.size = observed.size;
  record.hash = observed.hash;
  record.path = path;
  if (auto written = write(record); !written.ok()) return std::move(written).error();
  ++next_file_;
  files_.emplace(owned, record.file);  // if memory runs out here, the path gets a second number: harmless
  return record.file;
}

Result<ProbeId> Recorder::define_code(model::CodeRecord code) {
  if (code.span > shard::kNumberMask - next_probe_ + 1) {
    return Error{ErrorCode::kNumbersExhausted, 0, "all probe numbers are in use"};
  }
  code.base = ProbeId{next_probe_};
  if (auto written = write(code); !written.ok()) return std::move(written).error();
  next_probe_ += code.span;
  return code.base;
}

Result<ContextId> Recorder::define_context(model::ContextRecord context) {
  // The last number would read as kConcurrentImport.
  if (next_context_ >= shard::kNumberMask) {
    return Error{ErrorCode::kNumbersExhausted, 0, "all context numbers are in use"};
  }
  context.context = ContextId{next_context_};
  if (auto written = write(context); !written.ok()) return std::move(written).error();
  ++next_context_;
  ++contexts_defined_;
  return context.context;
}

Result<void> Recorder::end_test(const model::TestEndRecord& end) {
  // In this order: a test end in the shard proves that all its entries are committed.
  if (auto committed = writer_->commit_hits(); !committed.ok()) return committed;
  return write(end);
}

}  // namespace alibi::recording

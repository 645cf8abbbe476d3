// Gives numbers to files, code units and contexts, and puts records into the shard that is open. Used by
// Session only, under its caller's lock. Knows neither fork nor failure policy: it reports an error and stays
// usable.
#ifndef ALIBI_TRACER_RECORDING_RECORDER_H_
#define ALIBI_TRACER_RECORDING_RECORDER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "tracer/base/result.h"
#include "tracer/model/records.h"
#include "tracer/recording/file_hashes.h"
#include "tracer/recording/recent_payloads.h"
#include "tracer/shard/writer.h"

namespace alibi::recording {

class Recorder {
 public:
  explicit Recorder(FileHashes* hashes) : hashes_(hashes) {}

  // Numbers go on where they were: a forked child inherits its parent's definitions with its memory.
  void take_writer(std::unique_ptr<shard::ShardWriter> writer);
  std::unique_ptr<shard::ShardWriter> drop_writer() { return std::move(writer_); }
  shard::ShardWriter* writer() const { return writer_.get(); }

  Result<model::FileId> define_file(std::string_view path);
  Result<model::ProbeId> define_code(model::CodeRecord code);  // without base
  Result<model::ContextId> define_context(model::ContextRecord context);
  Result<void> end_test(const model::TestEndRecord& end);

  template <typename Record>
  Result<void> write(const Record& record) {
    const shard::RecordType type = shard::encode(record, &payload_);
    return writer_->append(type, payload_);
  }
  // Not again what was just written.
  template <typename Record>
  Result<void> write_once(const Record& record) {
    const shard::RecordType type = shard::encode(record, &payload_);
    if (recent_.contains(type, payload_)) return {};
    if (auto written = writer_->append(type, payload_); !written.ok()) return written;
    recent_.insert(type, payload_);
    return {};
  }

  bool is_file(model::FileId file) const { return file.value >= 1 && file.value < next_file_; }
  bool is_probe(model::ProbeId probe) const { return probe.value >= 1 && probe.value < next_probe_; }
  model::ContextId next_context() const { return {next_context_}; }
  bool is_context(model::ContextId context) const { return context.value < next_context_; }
  uint64_t contexts_defined() const { return contexts_defined_; }  // in the open shard

 private:
  struct TextHash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
  };

  FileHashes* hashes_;
  std::unique_ptr<shard::ShardWriter> writer_;
  std::unordered_map<std::string, model::FileId, TextHash, std::equal_to<>> files_;
  RecentPayloads recent_;
  shard::Payload payload_;
  uint32_t next_file_ = 1;
  uint32_t next_probe_ = shard::kFirstProbe;
  uint32_t next_context_ = shard::kSessionContext + 1;
  uint64_t contexts_defined_ = 0;
};

}  // namespace alibi::recording

#endif  // ALIBI_TRACER_RECORDING_RECORDER_H_

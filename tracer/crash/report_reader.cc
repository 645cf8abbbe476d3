#include "tracer/crash/report_reader.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "tracer/base/bytes.h"
#include "tracer/base/hash.h"

namespace alibi::crash {
namespace {

void take_process(ByteReader* fields, Report* report) {
  report->process_id = fields->u32();
  report->session_process_id = fields->u32();
  report->unix_ns = fields->u64();
  report->shard = fields->text();
}

void take_signal(ByteReader* fields, Report* report) {
  report->signal = fields->u32();
  report->code = static_cast<int32_t>(fields->u32());
  report->address = fields->u64();
  report->thread_id = fields->u32();
  report->after_ms = fields->u64();
}

void take_running(ByteReader* fields, Report* report) {
  const uint8_t kind = fields->u8();
  const bool known = kind == static_cast<uint8_t>(RunningKind::kTest) ||
                     kind == static_cast<uint8_t>(RunningKind::kCollection);
  report->running = known ? static_cast<RunningKind>(kind) : RunningKind::kNothing;
  report->name_cut = fields->u8() != 0;
  report->name = fields->text();
}

void take_stack(ByteReader* fields, Report* report) {
  ThreadStack stack;
  stack.thread_id = fields->u32();
  stack.reporting = fields->u8() != 0;
  stack.cut = fields->u8() != 0;
  stack.signal_frame = fields->u32();
  const uint32_t count = fields->u32();
  if (!fields->ok() || count > fields->remaining() / sizeof(uint64_t) || count > kMostFrames) return;
  for (uint32_t index = 0; index < count; ++index) stack.program_counters.push_back(fields->u64());
  if (stack.signal_frame >= count) stack.signal_frame = kNoFrame;
  if (report->stacks.size() < kMostThreads) report->stacks.push_back(std::move(stack));
}

void take_module(ByteReader* fields, Report* report) {
  LoadedModule module;
  module.begin = fields->u64();
  module.end = fields->u64();
  module.file_offset = fields->u64();
  const std::string_view build_id = fields->text();
  module.path = fields->text();
  if (!fields->ok() || module.begin >= module.end || build_id.size() > kLongestBuildId ||
      module.path.size() > kLongestPath)
    return;
  module.build_id.assign(build_id.begin(), build_id.end());
  if (report->modules.size() < kMostModules) report->modules.push_back(std::move(module));
}

void take_record(RecordType type, ByteReader fields, Report* report) {
  switch (type) {
    case RecordType::kProcess:
      return take_process(&fields, report);
    case RecordType::kSignal:
      return take_signal(&fields, report);
    case RecordType::kRunning:
      return take_running(&fields, report);
    case RecordType::kNativeStack:
      return take_stack(&fields, report);
    case RecordType::kModule:
      return take_module(&fields, report);
    case RecordType::kPythonStack:
      report->python_cut = fields.u8() != 0;
      report->python = fields.text();
      return;
    case RecordType::kNote:
      if (report->notes.size() < kMostReports) report->notes.emplace_back(fields.text());
      return;
    case RecordType::kEnd:
      report->complete = true;
      return;
  }
}

}  // namespace

Result<Report> parse_report(std::span<const std::byte> bytes) {
  FileHeader header{};
  if (bytes.size() < sizeof header)
    return Error{ErrorCode::kNotAShard, 0, "a crash report of less than 16 bytes"};
  std::memcpy(&header, bytes.data(), sizeof header);
  if (std::memcmp(header.magic, kMagic, sizeof kMagic) != 0)
    return Error{ErrorCode::kNotAShard, 0, "no crash report"};
  if (header.version != kVersion)
    return Error{ErrorCode::kUnknownVersion, 0,
                 "a crash report of version " + std::to_string(header.version)};
  if (header.kind != static_cast<uint32_t>(ReportKind::kCrash) &&
      header.kind != static_cast<uint32_t>(ReportKind::kHang))
    return Error{ErrorCode::kNotAShard, 0, "a crash report of an unknown kind"};
  Report report;
  report.kind = static_cast<ReportKind>(header.kind);
  size_t at = sizeof header;
  while (!report.complete && bytes.size() - at >= sizeof(RecordHeader)) {
    RecordHeader record{};
    std::memcpy(&record, bytes.data() + at, sizeof record);
    at += sizeof record;
    if (record.payload_bytes > kLongestPayload || record.payload_bytes > bytes.size() - at) break;
    const std::span<const std::byte> payload = bytes.subspan(at, record.payload_bytes);
    if (hash64(payload.data(), payload.size(), record.type) != record.checksum) break;
    take_record(static_cast<RecordType>(record.type), ByteReader(payload), &report);
    at = std::min(bytes.size(), at + (record.payload_bytes + 7) / 8 * 8);
  }
  return report;
}

}  // namespace alibi::crash

#include "collector/payload/coverage_encoder.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "collector/payload/line_bitmap.h"
#include "collector/payload/source_path.h"

namespace alibi::payload {
namespace {

std::string head_of_document() {
  Packer out;
  out.map(2);
  out.literal("version");
  out.number(2);
  out.literal("coverages");
  return std::string(out.bytes());
}

std::string_view fault_of(const CoverageEvent& event) {
  if (event.session_id == 0) return "no test_session_id";
  if (event.suite_id == 0) return "no test_suite_id";
  if (event.span_id == uint64_t{0}) return "no span_id";
  return {};
}

}  // namespace

CoverageEncoder::CoverageEncoder(BodySink sink, FileNames names, size_t most_bytes)
    : batches_(head_of_document(), std::move(sink), most_bytes), names_(names) {}

void CoverageEncoder::add(const CoverageEvent& event) {
  if (const std::string_view fault = fault_of(event); !fault.empty()) return batches_.leave_out(fault);
  filenames_.resize(event.files.size());
  size_t sendable_files = 0;
  for (size_t at = 0; at < event.files.size(); ++at) {
    const std::optional<std::string> path = relative_path(event.files[at].path);
    filenames_[at].clear();
    if (!path) continue;
    if (names_ == FileNames::kWithSlash) filenames_[at].append("/");
    filenames_[at].append(*path);
    ++sendable_files;
  }
  if (sendable_files != event.files.size())
    batches_.leave_out_parts("file outside the repository", event.files.size() - sendable_files);
  if (sendable_files == 0) return batches_.leave_out("no files");

  Packer& out = batches_.packer();
  out.map(event.span_id ? 4 : 3);
  out.literal("test_session_id");
  out.number(event.session_id);
  out.literal("test_suite_id");
  out.number(event.suite_id);
  if (event.span_id) {
    out.literal("span_id");
    out.number(*event.span_id);
  }
  out.literal("files");
  out.array(sendable_files);
  for (size_t at = 0; at < event.files.size(); ++at) {
    if (filenames_[at].empty()) continue;
    write_bitmap(event.files[at].lines, &bitmap_);
    out.map(2);
    out.literal("filename");
    out.literal(filenames_[at]);
    out.literal("bitmap");
    out.binary(bitmap_);
  }
  batches_.event_ended();
}

Encoded CoverageEncoder::finish() {
  return batches_.finish();
}

EncodedDocuments encode_coverage(const std::vector<CoverageEvent>& events, size_t most_bytes,
                                 FileNames names) {
  EncodedDocuments encoded;
  CoverageEncoder encoder(
      [&](std::string_view document, size_t) { encoded.documents.emplace_back(document); }, names,
      most_bytes);
  for (const CoverageEvent& event : events) encoder.add(event);
  encoded.counts = encoder.finish();
  return encoded;
}

}  // namespace alibi::payload

// Any bytes are test events, coverage, a form, gzip, or an error; what is let through can be sent again
// without a loss. Seeds: tests/golden/payload.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "collector/compression/gzip.h"
#include "collector/payload/coverage_decoder.h"
#include "collector/payload/coverage_encoder.h"
#include "collector/payload/forms.h"
#include "collector/payload/multipart.h"
#include "collector/payload/source_path.h"
#include "collector/payload/test_cycle_decoder.h"
#include "collector/payload/test_cycle_encoder.h"

namespace {

using namespace alibi::payload;  // NOLINT: one purpose

constexpr size_t kMostBytes = 1 << 18;

void expect(bool held) {
  if (!held) __builtin_trap();
}

void take_cycle(std::string_view bytes) {
  const auto decoded = decode_test_cycle(bytes);
  if (!decoded) return;
  const EncodedBodies sent = encode_test_cycle(decoded->cycle);
  expect(sent.counts.left_out.total() + sent.counts.parts_left_out.total() == 0 &&
         sent.counts.events == decoded->cycle.events.size());
  if (sent.bodies.size() != 1) return;
  const auto again = decode_test_cycle(sent.bodies[0]);
  expect(again.ok() && again->left_out.total() == 0 && again->tags_left_out.total() == 0);
  expect(encode_test_cycle(again->cycle).bodies == sent.bodies);
}

void take_coverage(std::string_view bytes) {
  const auto decoded = decode_coverage(bytes, {10'000});
  if (!decoded) return;
  for (const CoverageEvent& event : decoded->events) {
    for (const CoveredFile& file : event.files) expect(relative_path(file.path) == file.path);
  }
  const EncodedDocuments sent = encode_coverage(decoded->events);
  expect(sent.counts.left_out.total() + sent.counts.parts_left_out.total() == 0 &&
         sent.counts.events == decoded->events.size());
  if (sent.documents.size() != 1) return;
  const auto again = decode_coverage(sent.documents[0], {});
  expect(again.ok() && encode_coverage(again->events).documents == sent.documents);
}

void take_form(std::string_view bytes) {
  const auto parts = decode_form(bytes, "multipart/form-data; boundary=b0");
  if (!parts) return;
  for (const FormPart& part : *parts) {
    expect(part.body.data() >= bytes.data() &&
           part.body.data() + part.body.size() <= bytes.data() + bytes.size());
    take_coverage(part.body);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  take_cycle(bytes);
  take_coverage(bytes);
  take_form(bytes);
  (void)form_boundary(bytes).ok();
  const auto unpacked = alibi::compression::gunzip(bytes, kMostBytes);
  expect(!unpacked || unpacked->size() <= kMostBytes);
  if (unpacked) take_cycle(*unpacked);
  return 0;
}

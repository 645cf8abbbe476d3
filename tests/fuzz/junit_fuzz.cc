// Any bytes are a JUnit report or an error, the same one however they are cut into pieces; whatever it names
// is a file of ours or none. Seeds: tests/golden/junit.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "collector/timings/file_names.h"
#include "collector/timings/junit.h"

namespace {

using namespace alibi::timings;  // NOLINT: one purpose

alibi::Result<JunitDocument> read(std::string_view bytes, size_t piece) {
  JunitReader reader;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
    if (alibi::Result<void> taken = reader.take(bytes.substr(0, piece)); !taken) return taken.error();
  }
  return reader.finish();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const FileNames names({"tests/test_a.py", "tests/test_b.py", "test/array.js", "b/test_b.py"});
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto whole = read(bytes, SIZE_MAX), pieces = read(bytes, 7);
  if (whole.ok() != pieces.ok() || (whole.ok() && whole->tests != pieces->tests)) __builtin_trap();
  if (!whole) return 0;
  for (const JunitGroup& group : whole->groups) {
    if (group.suite >= whole->suites.size()) __builtin_trap();
    for (const NameMatch& match : {names.by_path(group.file), names.by_dotted_name(group.class_name)})
      if (match.ambiguous && match.file != nullptr) __builtin_trap();
  }
  return 0;
}

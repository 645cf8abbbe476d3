// Any bytes are a JUnit report or an error, and tell the same however they are cut into pieces; what is told
// is bounded, suites end as often as they begin, and whatever a report names is a file of ours or none.
// Seeds: tests/golden/junit.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "collector/junit/numbers.h"
#include "collector/junit/reader.h"
#include "collector/timings/file_names.h"
#include "collector/timings/junit.h"

namespace {

using namespace alibi;  // NOLINT: one purpose

constexpr size_t kLongestText = 100;

struct Told {
  std::string everything;
  size_t open = 0;

  void add(std::string_view text) { everything.append(text).push_back('\0'); }
  void add(const junit::Attributes& attributes) {
    for (const auto& [name, value] : attributes) add(name), add(value);
  }
  void add(const junit::Case& test) {
    size_t text = 0;
    add(test.attributes);
    for (const junit::Problem& one : test.problems) add(one.type), add(one.message), text += one.text.size();
    if (text > kLongestText || test.problems.size() > junit::Reader::kMostProblems) __builtin_trap();
    add(test.rest);
    static_cast<void>(junit::nanoseconds(junit::value_of(test.attributes, "time")));
  }
  junit::Wanted wanted() {
    return {.suite_begins =
                [this](const junit::Attributes& suite) {
                  ++open;
                  add(suite);
                  static_cast<void>(junit::moment(junit::value_of(suite, "timestamp")));
                },
            .suite_ends =
                [this] {
                  if (open-- == 0) __builtin_trap();
                },
            .test = [this](const junit::Case& test) { add(test); },
            .suite_child = [this](std::string_view xml) { add(xml); },
            .longest_text = kLongestText,
            .rest = true};
  }
};

bool read(std::string_view bytes, size_t piece, junit::Reader* reader) {
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
    if (!reader->take(bytes.substr(0, piece))) return false;
  }
  return reader->finish().ok();
}

void check_times(std::string_view bytes, bool is_whole) {
  using namespace timings;  // NOLINT: as above
  static const FileNames names({"tests/test_a.py", "tests/test_b.py", "test/array.js", "b/test_b.py"});
  JunitTimes times;
  if (read(bytes, SIZE_MAX, times.reader()) != is_whole) __builtin_trap();
  const JunitDocument document = times.take();
  for (const JunitGroup& group : document.groups) {
    if (group.suite >= document.suites.size()) __builtin_trap();
    for (const NameMatch& match : {names.by_path(group.file), names.by_dotted_name(group.class_name)})
      if (match.ambiguous && match.file != nullptr) __builtin_trap();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  Told whole, pieces;
  junit::Reader at_once(whole.wanted()), by_piece(pieces.wanted());
  const bool is_whole = read(bytes, SIZE_MAX, &at_once);
  if (is_whole != read(bytes, 7, &by_piece) || whole.open != 0 || pieces.open != 0) __builtin_trap();
  if (is_whole && whole.everything != pieces.everything) __builtin_trap();
  check_times(bytes, is_whole);
  return 0;
}

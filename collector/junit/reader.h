// JUnit's XML as a stream of suites and tests, whatever wrote it. Used by what imports times
// (collector/timings), merges reports (collector/run) and imports results (collector/serve); one thread each.
// Foreign bytes: any are survived, depth, text and counts are bounded (JUNIT.md), documents that declare
// entities are refused, nothing is fetched. What stands before a fault was told.
#ifndef ALIBI_COLLECTOR_JUNIT_READER_H_
#define ALIBI_COLLECTOR_JUNIT_READER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "collector/junit/xml_text.h"
#include "tracer/base/result.h"

namespace alibi::junit {

struct Problem {  // <failure>, <error> or <skipped>
  enum class Kind : uint8_t { kFailure, kError, kSkipped } kind = Kind::kFailure;
  std::string type, message, text;
};

struct Case {
  Attributes attributes;
  std::vector<Problem> problems;
  std::string rest;  // other children, as XML, where they are wanted

  bool failed() const;  // or error
  bool skipped() const;
};

// What the user of a reader wants of a document; what is not set is passed over.
struct Wanted {
  std::function<void(const Attributes&)> suite_begins;
  std::function<void()> suite_ends;  // once for each that began, also where the document is cut off
  std::function<void(Case)> test;    // of the suite that began last and has not ended, or of none
  std::function<void(std::string_view)> suite_child;  // properties, output, as XML
  size_t longest_text = 0;                            // of the problems of a test together, in bytes
  bool rest = false;                                  // of tests
};

class Reader {
 public:
  static constexpr size_t kDeepest = 256;
  static constexpr size_t kLongestTag = 32u << 20;  // or comment: more is held in memory nowhere
  static constexpr size_t kLongestXml = 4u << 20;   // of a child, of an attribute
  static constexpr size_t kMostProblems = 1000;     // of a test; more are passed over
  static constexpr uint64_t kMostSuites = 500'000;
  static constexpr uint64_t kMostTests = 3'000'000;
  static constexpr uint64_t kLargest = 512u << 20;  // document

  explicit Reader(Wanted wanted);
  ~Reader();
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  // The next bytes. An error says in which line the document stops meaning anything; nothing is told after
  // it.
  Result<void> take(std::string_view bytes);
  // An error when the document is not at its end.
  Result<void> finish();
  // From within what is wanted: the document is refused for a reason of the user's own.
  void stop(std::string why);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// A whole regular file. ErrorCode::kCannotRead where there is none, or none to be read; else as of the
// reader.
Result<void> read_file(const std::string& path, Reader* reader);

}  // namespace alibi::junit

#endif  // ALIBI_COLLECTOR_JUNIT_READER_H_

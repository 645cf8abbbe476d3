// JUnit XML as a stream of test cases, whatever dialect: nested suites are flattened, unknown elements of a
// case are kept as they are. Used by junit_merge, one thread. Foreign bytes: declared entities are not
// expanded, text is bounded, and what stands before a fault was delivered.
#ifndef ALIBI_COLLECTOR_RUN_JUNIT_READER_H_
#define ALIBI_COLLECTOR_RUN_JUNIT_READER_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tracer/base/result.h"

namespace alibi::run {

using XmlAttributes = std::vector<std::pair<std::string, std::string>>;

struct JunitProblem {  // <failure>, <error> or <skipped>
  enum class Kind : uint8_t { kFailure, kError, kSkipped } kind = Kind::kFailure;
  std::string type, message, text;
};

struct JunitCase {
  XmlAttributes attributes;
  std::vector<JunitProblem> problems;
  std::string rest;  // other children, as XML

  std::string_view attribute(std::string_view name) const;
  bool failed() const;  // or error
  bool skipped() const;
};

struct JunitEvents {
  std::function<void(const XmlAttributes&)> suite_begins;
  std::function<void(JunitCase)> test;
  std::function<void(std::string_view)> suite_child;  // properties, output, as XML
  std::function<void()> suite_ends;                   // also where the file is cut off
};

// An error says in which line the file stops meaning anything.
Result<void> read_junit(const std::string& path, const JunitEvents& events);

void append_escaped(std::string_view text, std::string* xml);
// <name a="b" ...>: without the end of the tag.
void append_tag(std::string_view name, const XmlAttributes& attributes, std::string* xml);

}  // namespace alibi::run

#endif  // ALIBI_COLLECTOR_RUN_JUNIT_READER_H_

#include "collector/run/junit_reader.h"

#include <expat.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <optional>

#include "collector/model/plan_errors.h"
#include "tracer/base/unique_fd.h"

namespace alibi::run {
namespace {

constexpr size_t kLongestText = 4u << 20;  // of one element of a case
constexpr size_t kLargestFile = 1u << 30;
constexpr size_t kDeepest = 256;

XmlAttributes attributes_of(const char** attributes) {
  XmlAttributes result;
  for (; attributes[0] != nullptr; attributes += 2) result.emplace_back(attributes[0], attributes[1]);
  return result;
}

std::string value_of(const XmlAttributes& attributes, std::string_view name) {
  const auto found = std::ranges::find(attributes, name, &XmlAttributes::value_type::first);
  return found == attributes.end() ? "" : found->second;
}

std::optional<JunitProblem::Kind> problem_kind(std::string_view element) {
  if (element == "failure") return JunitProblem::Kind::kFailure;
  if (element == "error") return JunitProblem::Kind::kError;
  if (element == "skipped") return JunitProblem::Kind::kSkipped;
  return std::nullopt;
}

// One file, from the parser's events to ours.
class Reading {
 public:
  Reading(const JunitEvents& events, XML_Parser parser) : events_(events), parser_(parser) {}

  void begin(std::string_view element, const char** attributes) {
    if (++depth_ > kDeepest) return (void)XML_StopParser(parser_, XML_FALSE);
    if (copied_ > 0) return copy_begin(element, attributes);
    if (element == "testsuite") {
      // A case outside of its own suite belongs to the one around it.
      if (!suites_.empty()) events_.suite_ends();
      suites_.push_back(attributes_of(attributes));
      events_.suite_begins(suites_.back());
    } else if (element == "testcase" && !in_case_) {
      if (suites_.empty()) {
        suites_.emplace_back();
        events_.suite_begins(suites_.back());
      }
      in_case_ = true;
      case_ = JunitCase{attributes_of(attributes), {}, {}};
    } else if (in_case_ && problem_kind(element)) {
      const XmlAttributes all = attributes_of(attributes);
      case_.problems.push_back({*problem_kind(element), value_of(all, "type"), value_of(all, "message"), {}});
      in_problem_ = depth_;
    } else if (in_case_ || !suites_.empty()) {
      copy_begin(element, attributes);
    }
  }

  void end(std::string_view element) {
    const size_t depth = depth_--;
    if (copied_ > 0) return copy_end(element);
    if (depth == in_problem_) {
      in_problem_ = 0;
    } else if (element == "testcase" && in_case_ && in_problem_ == 0) {
      in_case_ = false;
      events_.test(std::move(case_));
    } else if (element == "testsuite" && !suites_.empty()) {
      events_.suite_ends();
      suites_.pop_back();
      if (!suites_.empty()) events_.suite_begins(suites_.back());
    }
  }

  void text(std::string_view text) {
    if (in_problem_ != 0) {
      std::string& kept = case_.problems.back().text;
      kept.append(text.substr(0, kLongestText - std::min(kLongestText, kept.size())));
    } else if (copied_ > 0 && copy_.size() < kLongestText) {
      append_escaped(text, &copy_);
    }
  }

  void cut_off() {
    if (!suites_.empty()) events_.suite_ends();
    suites_.clear();
  }

 private:
  void copy_begin(std::string_view element, const char** attributes) {
    if (copied_++ == 0) copy_.clear();
    if (copied_ == 1 || copy_.size() < kLongestText) {
      append_tag(element, attributes_of(attributes), &copy_);
      copy_ += ">";
    } else {
      ++left_out_;
    }
  }

  void copy_end(std::string_view element) {
    --copied_;
    if (left_out_ > 0)
      --left_out_;
    else
      copy_ += "</" + std::string(element) + ">";
    if (copied_ > 0) return;
    if (in_case_ && in_problem_ == 0)
      case_.rest.append(case_.rest.size() < 2 * kLongestText ? copy_ : "");
    else if (!in_case_)
      events_.suite_child(copy_);
  }

  const JunitEvents& events_;
  XML_Parser parser_;
  std::vector<XmlAttributes> suites_;
  JunitCase case_;
  std::string copy_;
  size_t depth_ = 0, in_problem_ = 0, copied_ = 0, left_out_ = 0;
  bool in_case_ = false;
};

struct Freed {
  void operator()(XML_Parser parser) const { XML_ParserFree(parser); }
};

Error bad(const std::string& path, const std::string& why, int number = 0) {
  return Error{collector::kBadTimings, number, path + " is no complete JUnit report: " + why};
}

}  // namespace

std::string_view JunitCase::attribute(std::string_view name) const {
  const auto found = std::ranges::find(attributes, name, &XmlAttributes::value_type::first);
  return found == attributes.end() ? std::string_view() : std::string_view(found->second);
}

bool JunitCase::failed() const {
  return std::ranges::any_of(
      problems, [](const JunitProblem& one) { return one.kind != JunitProblem::Kind::kSkipped; });
}

bool JunitCase::skipped() const {
  return !problems.empty() && !failed();
}

Result<void> read_junit(const std::string& path, const JunitEvents& events) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return os_error(collector::kBadTimings, errno, "cannot read the JUnit report " + path);
  const std::unique_ptr<XML_ParserStruct, Freed> parser(XML_ParserCreate(nullptr));
  if (parser == nullptr) return Error{ErrorCode::kOutOfMemory, 0, "no memory to read " + path};
  Reading reading(events, parser.get());
  XML_SetUserData(parser.get(), &reading);
  XML_SetElementHandler(
      parser.get(),
      [](void* data, const char* name, const char** attributes) {
        static_cast<Reading*>(data)->begin(name, attributes);
      },
      [](void* data, const char* name) { static_cast<Reading*>(data)->end(name); });
  XML_SetCharacterDataHandler(parser.get(), [](void* data, const char* text, int length) {
    static_cast<Reading*>(data)->text({text, static_cast<size_t>(length)});
  });
  // With a default handler that expands nothing, what a document declares stays unexpanded.
  XML_SetDefaultHandler(parser.get(), [](void*, const char*, int) {});

  std::array<char, 64u << 10> bytes;
  for (size_t total = 0;;) {
    const ssize_t count = ::read(file.fd(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    total += static_cast<size_t>(std::max<ssize_t>(count, 0));
    const bool fits = count >= 0 && total <= kLargestFile;
    if (fits && XML_Parse(parser.get(), bytes.data(), static_cast<int>(count), count == 0) == XML_STATUS_OK) {
      if (count > 0) continue;
      return {};
    }
    reading.cut_off();
    if (count < 0) return bad(path, "it cannot be read", errno);
    if (!fits) return bad(path, "it is larger than 1 GiB");
    return bad(path, "line " + std::to_string(XML_GetCurrentLineNumber(parser.get())) + ": " +
                         XML_ErrorString(XML_GetErrorCode(parser.get())));
  }
}

void append_escaped(std::string_view text, std::string* xml) {
  for (const char c : text) {
    switch (c) {
      case '&':
        *xml += "&amp;";
        break;
      case '<':
        *xml += "&lt;";
        break;
      case '>':
        *xml += "&gt;";
        break;
      case '"':
        *xml += "&quot;";
        break;
      case '\r':
        *xml += "&#13;";
        break;
      default:
        *xml += c;
    }
  }
}

void append_tag(std::string_view name, const XmlAttributes& attributes, std::string* xml) {
  xml->append("<").append(name);
  for (const auto& [key, value] : attributes) {
    xml->append(" ").append(key).append("=\"");
    std::string escaped;
    append_escaped(value, &escaped);
    for (const char c : escaped) {  // a parser makes spaces of them otherwise
      if (c == '\n')
        *xml += "&#10;";
      else if (c == '\t')
        *xml += "&#9;";
      else
        *xml += c;
    }
    *xml += '"';
  }
}

}  // namespace alibi::run

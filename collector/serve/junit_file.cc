#include "collector/serve/junit_file.h"

#include <expat.h>

#include <cstdlib>
#include <ctime>
#include <memory>

#include "collector/model/error_codes.h"
#include "tracer/base/hash.h"

namespace alibi::serve {
namespace {

constexpr uint64_t kEarliest = 946'684'800'000'000'000;

uint64_t id_of(const std::string& text) {
  const uint64_t id = hash64(text.data(), text.size());
  return id == 0 ? 1 : id;
}

uint64_t nanoseconds_of(const std::string& seconds) {
  const double number = std::strtod(seconds.c_str(), nullptr);
  return number > 0 && number < 1e8 ? static_cast<uint64_t>(number * 1e9) : 0;
}

// "2026-11-22T21:50:03.123+01:00"; offsets are left out: files that have them are rare and a start is no more
// than an order.
uint64_t unix_ns_of(const std::string& moment) {
  std::tm parts{};
  if (::strptime(moment.c_str(), "%Y-%m-%dT%H:%M:%S", &parts) == nullptr) return kEarliest;
  const time_t seconds = ::timegm(&parts);
  const auto result = static_cast<uint64_t>(seconds < 0 ? 0 : seconds) * 1'000'000'000;
  return result < kEarliest ? kEarliest : result;
}

class Reading {
 public:
  Reading(std::string_view xml, const std::string& service) {
    intake_.contexts.push_back({service, "", ""});
    SessionRecord session;
    session.id = id_of(std::string(xml));
    session.name = "import";
    session.framework = "junit";
    session.ended = true;
    session.status = Status::kPass;
    session.start_ns = kEarliest;
    intake_.sessions.push_back(std::move(session));
  }

  void begin(const std::string& element, const char** attributes) {
    if (element == "testsuite") {
      suite_ = value(attributes, "name");
      const std::string moment = value(attributes, "timestamp");
      if (!moment.empty()) session().start_ns = unix_ns_of(moment);
    } else if (element == "testcase") {
      begin_test(attributes);
    } else if (in_test_ && (element == "failure" || element == "error" || element == "skipped")) {
      result_ = element;
      Attempt& attempt = intake_.attempts.back();
      attempt.status = attempt.final_status = element == "skipped" ? Status::kSkip : Status::kFail;
      if (element == "skipped") {
        attempt.skip_reason = value(attributes, "message");
      } else {
        session().status = Status::kFail;
        attempt.error_type = value(attributes, "type");
        attempt.error_message = value(attributes, "message");
      }
    }
  }

  void end(const std::string& element) {
    if (element == "testcase") in_test_ = false;
    if (element == result_) result_.clear();
  }

  void text(std::string_view text) {
    constexpr size_t kLongest = 5000;
    if (!in_test_ || result_.empty() || result_ == "skipped") return;
    std::string& stack = intake_.attempts.back().error_stack;
    stack.append(text.substr(0, kLongest - std::min(kLongest, stack.size())));
  }

  Intake take() { return std::move(intake_); }

 private:
  SessionRecord& session() { return intake_.sessions.front(); }

  static std::string value(const char** attributes, std::string_view name) {
    for (; attributes[0] != nullptr; attributes += 2) {
      if (name == attributes[0]) return attributes[1];
    }
    return {};
  }

  void begin_test(const char** attributes) {
    in_test_ = true;
    Attempt attempt;
    attempt.session = session().id;
    const std::string class_name = value(attributes, "classname");
    attempt.module = suite_;
    attempt.suite = class_name.empty() ? suite_ : class_name;
    attempt.name = value(attributes, "name");
    attempt.source_file = value(attributes, "file");
    attempt.source_start =
        static_cast<uint32_t>(std::strtoul(value(attributes, "line").c_str(), nullptr, 10));
    attempt.duration_ns = nanoseconds_of(value(attributes, "time"));
    attempt.start_ns = session().start_ns + session().duration_ns;
    attempt.status = attempt.final_status = Status::kPass;
    attempt.suite_id = id_of(attempt.suite);
    // The same name twice is two attempts.
    attempt.span =
        id_of(attempt.suite + '\0' + attempt.name + '\0' + std::to_string(intake_.attempts.size()));
    session().duration_ns += attempt.duration_ns;
    intake_.attempts.push_back(std::move(attempt));
  }

  Intake intake_;
  std::string suite_, result_;
  bool in_test_ = false;
};

struct Freed {
  void operator()(XML_Parser parser) const { XML_ParserFree(parser); }
};

}  // namespace

Result<Intake> intake_of_junit(std::string_view xml, const std::string& path, const std::string& service) {
  const std::unique_ptr<XML_ParserStruct, Freed> parser(XML_ParserCreate(nullptr));
  if (parser == nullptr) return Error{ErrorCode::kOutOfMemory, 0, "no memory to read " + path};
  Reading reading(xml, service);
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
  constexpr size_t kLargest = 1u << 30;
  const bool read = xml.size() <= kLargest &&
                    XML_Parse(parser.get(), xml.data(), static_cast<int>(xml.size()), 1) == XML_STATUS_OK;
  if (!read)
    return Error{collector::kBadServeOption, 0,
                 path + " is no JUnit XML: line " + std::to_string(XML_GetCurrentLineNumber(parser.get())) +
                     ": " + XML_ErrorString(XML_GetErrorCode(parser.get()))};
  Intake intake = reading.take();
  if (intake.attempts.empty()) return Error{collector::kBadServeOption, 0, path + " names no test"};
  return intake;
}

std::string form_type_of(std::string_view body) {
  const std::string_view line = body.substr(0, std::min(body.find("\r\n"), body.size()));
  return "multipart/form-data; boundary=" + std::string(line.starts_with("--") ? line.substr(2) : line);
}

}  // namespace alibi::serve

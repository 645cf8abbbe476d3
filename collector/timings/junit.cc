#include "collector/timings/junit.h"

#include <expat.h>

#include <algorithm>
#include <limits>
#include <map>
#include <tuple>

#include "collector/model/plan_errors.h"
#include "tracer/base/hash.h"

namespace alibi::timings {
namespace {

constexpr size_t kDeepest = 256;
constexpr size_t kLongestText = 4096;  // of an attribute: longer ones say nothing
constexpr uint64_t kMostTests = 3'000'000;
constexpr size_t kMostGroups = 500'000;  // and suites

struct Freed {
  void operator()(XML_Parser parser) const { XML_ParserFree(parser); }
};

std::string value_of(const char** attributes, std::string_view name) {
  for (; attributes[0] != nullptr; attributes += 2) {
    if (name != attributes[0]) continue;
    const std::string_view value(attributes[1]);
    return value.size() <= kLongestText ? std::string(value) : std::string();
  }
  return {};
}

// Skipped by test impact analysis, not by the project: the next run may run it.
bool is_left_out(const std::string& reason) {
  return reason.find("Intelligent Test Runner") != std::string::npos ||
         reason.find("Test Impact Analysis") != std::string::npos;
}

}  // namespace

struct JunitReader::State {
  std::unique_ptr<XML_ParserStruct, Freed> parser{XML_ParserCreate(nullptr)};
  JunitDocument document;
  std::string problem;
  std::map<std::tuple<size_t, std::string, std::string>, size_t> groups;
  std::vector<size_t> suites{0};  // open ones, by place
  size_t depth = 0;
  JunitGroup* group = nullptr;  // of the open test
  bool test_is_skipped = false, has_no_time = false;

  void stop(std::string why) {
    if (problem.empty()) problem = std::move(why);
    XML_StopParser(parser.get(), XML_FALSE);
  }

  void begin_suite(const char** attributes) {
    if (document.suites.size() >= kMostGroups) return stop("too many suites");
    JunitSuite suite;
    suite.name = value_of(attributes, "name");
    suite.file = value_of(attributes, "file");
    if (suite.file.empty()) suite.file = value_of(attributes, "filepath");
    suite.at_s = junit_moment(value_of(attributes, "timestamp"));
    const JunitSuite& around = document.suites[suites.back()];
    if (suite.file.empty()) suite.file = around.file;
    if (!suite.at_s) suite.at_s = around.at_s;
    document.suites.push_back(std::move(suite));
    suites.push_back(document.suites.size() - 1);
  }

  void begin_test(const char** attributes) {
    if (++document.tests > kMostTests) return stop("too many tests");
    const size_t suite = suites.back();
    std::string file = value_of(attributes, "file");
    if (file.empty()) file = value_of(attributes, "filepath");
    std::string class_name = value_of(attributes, "classname");
    const auto [place, is_new] = groups.try_emplace({suite, file, class_name}, document.groups.size());
    if (is_new) {
      if (document.groups.size() >= kMostGroups) return stop("too many classes");
      document.groups.push_back({suite, std::move(file), class_name, {}, false, true});
    }
    group = &document.groups[place->second];
    const std::string identity =
        document.suites[suite].name + '\0' + class_name + '\0' + value_of(attributes, "name");
    const std::optional<uint64_t> ns = junit_nanoseconds(value_of(attributes, "time"));
    group->tests.push_back({hash64(identity.data(), identity.size()), ns.value_or(0)});
    has_no_time = !ns.has_value();
    test_is_skipped = false;
  }

  void end_test() {
    if (group == nullptr) return;
    if (!test_is_skipped) group->all_skipped = false;
    if (has_no_time && !test_is_skipped) group->cut = true;
    group = nullptr;
  }

  void begin(std::string_view element, const char** attributes) {
    if (!problem.empty()) return;
    if (++depth > kDeepest) return stop("elements in elements, too deep");
    if (element == "testsuite") return begin_suite(attributes);
    if (element == "testcase" && group == nullptr) return begin_test(attributes);
    if (element != "skipped" || group == nullptr) return;
    test_is_skipped = true;
    if (is_left_out(value_of(attributes, "message"))) group->cut = true;
  }

  void end(std::string_view element) {
    if (!problem.empty()) return;
    --depth;
    if (element == "testsuite" && suites.size() > 1) suites.pop_back();
    if (element == "testcase") end_test();
  }

  Error failure() {
    std::string why = problem;
    if (why.empty()) why = XML_ErrorString(XML_GetErrorCode(parser.get()));
    return Error{collector::kBadTimings, 0,
                 "line " + std::to_string(XML_GetCurrentLineNumber(parser.get())) + ": " + why};
  }
};

JunitReader::JunitReader() : state_(std::make_unique<State>()) {
  state_->document.suites.emplace_back();
  XML_Parser parser = state_->parser.get();
  if (parser == nullptr) return;
  XML_SetUserData(parser, state_.get());
  XML_SetElementHandler(
      parser,
      [](void* data, const char* name, const char** attributes) {
        static_cast<State*>(data)->begin(name, attributes);
      },
      [](void* data, const char* name) { static_cast<State*>(data)->end(name); });
  // No report declares any; what does means harm.
  XML_SetEntityDeclHandler(parser, [](void* data, const char*, int, const char*, int, const char*,
                                      const char*, const char*, const char*) {
    static_cast<State*>(data)->stop("it declares entities, which are not read");
  });
}

JunitReader::~JunitReader() = default;

Result<void> JunitReader::take(std::string_view bytes) {
  constexpr size_t kPiece = 1u << 20;
  if (state_->parser == nullptr) return Error{ErrorCode::kOutOfMemory, 0, "no memory to read XML"};
  for (; !bytes.empty(); bytes.remove_prefix(std::min(kPiece, bytes.size()))) {
    const auto length = static_cast<int>(std::min(kPiece, bytes.size()));
    if (XML_Parse(state_->parser.get(), bytes.data(), length, 0) != XML_STATUS_OK) return state_->failure();
  }
  return {};
}

Result<JunitDocument> JunitReader::finish() {
  if (state_->parser == nullptr) return Error{ErrorCode::kOutOfMemory, 0, "no memory to read XML"};
  if (XML_Parse(state_->parser.get(), nullptr, 0, 1) != XML_STATUS_OK) return state_->failure();
  return std::move(state_->document);
}

}  // namespace alibi::timings

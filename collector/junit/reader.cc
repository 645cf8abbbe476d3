#include "collector/junit/reader.h"

#include <expat.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "collector/model/plan_errors.h"

namespace alibi::junit {
namespace {

struct Freed {
  void operator()(XML_Parser parser) const { XML_ParserFree(parser); }
};

Attributes attributes_of(const char** attributes) {
  Attributes result;
  for (; attributes[0] != nullptr; attributes += 2)
    result.emplace_back(attributes[0], start_of(attributes[1], Reader::kLongestXml));
  return result;
}

std::optional<Problem::Kind> problem_kind(std::string_view element) {
  if (element == "failure") return Problem::Kind::kFailure;
  if (element == "error") return Problem::Kind::kError;
  if (element == "skipped") return Problem::Kind::kSkipped;
  return std::nullopt;
}

Error bad(std::string why) {
  return Error{collector::kBadTimings, 0, std::move(why)};
}

}  // namespace

bool Case::failed() const {
  return std::ranges::any_of(problems,
                             [](const Problem& one) { return one.kind != Problem::Kind::kSkipped; });
}

bool Case::skipped() const {
  return !problems.empty() && !failed();
}

// From the parser's events to those that are wanted.
struct Reader::State {
  std::unique_ptr<XML_ParserStruct, Freed> parser{XML_ParserCreate(nullptr)};
  Wanted wanted;
  std::string problem;                 // why it was stopped
  std::optional<Error> error;          // why it ended
  uint64_t total = 0, understood = 0;  // bytes
  uint64_t tests = 0, suites = 0;
  size_t open_suites = 0, depth = 0;
  std::optional<Case> test;  // the open one
  size_t problem_depth = 0;  // of the open one of that test; 0: none
  size_t text_bytes = 0;     // of its problems
  size_t child_depth = 0;    // elements that are open in the child that is copied, or passed over
  size_t left_out = 0;       // of them, innermost
  std::string child;

  bool wants_child() const { return test ? wanted.rest && problem_depth == 0 : bool(wanted.suite_child); }

  void stop(std::string why) {
    if (problem.empty()) problem = std::move(why);
    XML_StopParser(parser.get(), XML_FALSE);
  }

  // Each of the parser's events: false when there is nothing more to tell.
  bool hear() {
    understood = total;
    return problem.empty();
  }

  void begin(std::string_view element, const char** attributes) {
    if (!hear()) return;
    if (++depth > kDeepest) return stop("elements in elements, too deep");
    if (test) return begin_in_test(element, attributes);
    const bool is_suite = element == "testsuite";
    if (is_suite || element == "testcase") {
      child_depth = left_out = 0;  // what wraps tests is no child
      return is_suite ? begin_suite(attributes) : begin_test(attributes);
    }
    if (child_depth > 0 || open_suites > 0) begin_child(element, attributes);
  }

  void begin_suite(const char** attributes) {
    if (++suites > kMostSuites) return stop("too many suites");
    ++open_suites;
    if (wanted.suite_begins) wanted.suite_begins(attributes_of(attributes));
  }

  void begin_test(const char** attributes) {
    if (++tests > kMostTests) return stop("too many tests");
    test = Case{attributes_of(attributes), {}, {}};
    text_bytes = 0;
  }

  void begin_in_test(std::string_view element, const char** attributes) {
    const std::optional<Problem::Kind> kind = problem_kind(element);
    if (child_depth > 0 || problem_depth > 0 || !kind || test->problems.size() >= kMostProblems)
      return begin_child(element, attributes);
    const Attributes all = attributes_of(attributes);
    test->problems.push_back(
        {*kind, std::string(value_of(all, "type")), std::string(value_of(all, "message")), {}});
    problem_depth = depth;
  }

  void begin_child(std::string_view element, const char** attributes) {
    if (child_depth++ == 0) child.clear();
    if (!wants_child()) return;
    if (child_depth == 1 || child.size() < kLongestXml) {
      append_tag(element, attributes_of(attributes), &child);
      child += ">";
    } else {
      ++left_out;
    }
  }

  void end(std::string_view element) {
    if (!hear()) return;
    const size_t ending = depth--;
    if (child_depth > 0) return end_child(element);
    if (ending == problem_depth) {
      problem_depth = 0;
    } else if (test) {
      Case whole = std::move(*test);
      test.reset();
      if (wanted.test) wanted.test(std::move(whole));
    } else if (element == "testsuite") {
      end_suite();
    }
  }

  void end_suite() {
    --open_suites;
    if (wanted.suite_ends) wanted.suite_ends();
  }

  void end_child(std::string_view element) {
    --child_depth;
    if (!wants_child()) return;
    if (left_out > 0)
      --left_out;
    else
      child.append("</").append(element).append(">");
    if (child_depth > 0) return;
    if (!test)
      wanted.suite_child(child);
    else if (test->rest.size() < 2 * kLongestXml)
      test->rest += child;
  }

  void text(std::string_view text) {
    if (!hear()) return;
    if (problem_depth > 0) {
      const std::string_view start = start_of(text, wanted.longest_text - text_bytes);
      test->problems.back().text += start;
      // After a part that was left out, nothing that follows it would make sense.
      text_bytes = start.size() < text.size() ? wanted.longest_text : text_bytes + start.size();
    } else if (child_depth > 0 && wants_child() && child.size() < kLongestXml) {
      append_escaped(text, &child);
    }
  }

  Result<void> parsed(XML_Status status) {
    if (status == XML_STATUS_OK && problem.empty()) return {};
    if (problem.empty()) problem = XML_ErrorString(XML_GetErrorCode(parser.get()));
    error = bad("line " + std::to_string(XML_GetCurrentLineNumber(parser.get())) + ": " + problem);
    test.reset();
    while (open_suites > 0) end_suite();
    return *error;
  }
};

Reader::Reader(Wanted wanted) : state_(std::make_unique<State>()) {
  state_->wanted = std::move(wanted);
  XML_Parser parser = state_->parser.get();
  if (parser == nullptr) {
    state_->error = Error{ErrorCode::kOutOfMemory, 0, "no memory to read XML"};
    return;
  }
  XML_SetUserData(parser, state_.get());
  XML_SetElementHandler(
      parser,
      [](void* data, const char* name, const char** attributes) {
        static_cast<State*>(data)->begin(name, attributes);
      },
      [](void* data, const char* name) { static_cast<State*>(data)->end(name); });
  XML_SetCharacterDataHandler(parser, [](void* data, const char* text, int length) {
    static_cast<State*>(data)->text({text, static_cast<size_t>(length)});
  });
  XML_SetDefaultHandler(parser, [](void* data, const char*, int) { static_cast<State*>(data)->hear(); });
  // No report declares any; what does means harm.
  XML_SetEntityDeclHandler(parser, [](void* data, const char*, int, const char*, int, const char*,
                                      const char*, const char*, const char*) {
    static_cast<State*>(data)->stop("it declares entities, which are not read");
  });
}

Reader::~Reader() = default;

Result<void> Reader::take(std::string_view bytes) {
  constexpr size_t kPiece = 1u << 20;
  State& state = *state_;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(kPiece, bytes.size()))) {
    if (state.error) return *state.error;
    const size_t length = std::min(kPiece, bytes.size());
    state.total += length;
    if (state.total > kLargest) state.problem = "it is larger than 512 MiB";
    if (state.total - state.understood > kLongestTag) state.problem = "a tag that is too long";
    const XML_Status status = state.problem.empty()
                                  ? XML_Parse(state.parser.get(), bytes.data(), static_cast<int>(length), 0)
                                  : XML_STATUS_ERROR;
    if (Result<void> read = state.parsed(status); !read) return read;
  }
  if (state.error) return *state.error;
  return {};
}

Result<void> Reader::finish() {
  if (state_->error) return *state_->error;
  return state_->parsed(XML_Parse(state_->parser.get(), nullptr, 0, 1));
}

void Reader::stop(std::string why) {
  state_->stop(std::move(why));
}

}  // namespace alibi::junit

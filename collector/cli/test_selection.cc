#include "collector/cli/test_selection.h"

#include <fnmatch.h>

#include <utility>

#include "collector/model/error_codes.h"

namespace alibi::cli {
namespace {

constexpr size_t kMostNamed = 5;

std::string pattern_of(const std::string& wanted) {
  std::string pattern;
  for (char letter : wanted) {
    if (letter == '[' || letter == ']' || letter == '\\') pattern += '\\';
    pattern += letter;
  }
  return pattern;
}

Error ambiguous(const std::string& wanted, const std::vector<store::TestRow>& tests) {
  std::string message = std::to_string(tests.size()) + " tests contain \"" + wanted + "\": ";
  for (size_t index = 0; index < tests.size() && index < kMostNamed; ++index) {
    message += (index == 0 ? "" : ", ") + tests[index].id;
  }
  if (tests.size() > kMostNamed) message += ", ...";
  return Error{collector::kAmbiguousTest, 0, std::move(message)};
}

}  // namespace

Result<std::vector<store::TestRow>> select_tests(std::vector<store::TestRow> tests,
                                                 const std::string& wanted) {
  if (wanted.empty()) return tests;
  for (store::TestRow& test : tests) {
    if (test.id == wanted) return std::vector<store::TestRow>{std::move(test)};
  }
  const bool is_pattern = wanted.find_first_of("*?") != std::string::npos;
  const std::string pattern = pattern_of(wanted);
  std::vector<store::TestRow> found;
  for (store::TestRow& test : tests) {
    const bool matches = is_pattern ? ::fnmatch(pattern.c_str(), test.id.c_str(), 0) == 0
                                    : test.id.find(wanted) != std::string::npos;
    if (matches) found.push_back(std::move(test));
  }
  if (found.empty()) {
    return Error{
        collector::kNoSuchTest, 0,
        "no known test " + std::string(is_pattern ? "matches" : "is or contains") + " \"" + wanted + "\""};
  }
  if (!is_pattern && found.size() > 1) return ambiguous(wanted, found);
  return found;
}

}  // namespace alibi::cli

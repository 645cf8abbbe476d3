#include "collector/ship/switches.h"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace alibi::ship {
namespace {

using transport::Environment;

constexpr size_t kMostFlags = 32;

std::string_view value_of(const Environment& environment, std::string_view name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string_view() : std::string_view(found->second);
}

bool is_false(std::string_view value) {
  std::string lower(value);
  std::ranges::transform(lower, lower.begin(), [](char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter;
  });
  return lower == "0" || lower == "false" || lower == "no" || lower == "off";
}

std::vector<std::string> listed(std::string_view text) {
  std::vector<std::string> items;
  while (!text.empty()) {
    const size_t end = std::min(text.find(','), text.size());
    std::string_view item = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    while (item.starts_with(' ')) item.remove_prefix(1);
    while (item.ends_with(' ')) item.remove_suffix(1);
    if (!item.empty()) items.emplace_back(item);
  }
  return items;
}

class Reader {
 public:
  Reader(const Environment& environment, std::vector<std::string>* problems)
      : environment_(environment), problems_(problems) {}

  bool is_on_unless_switched_off(std::string_view name) const {
    return !is_false(value_of(environment_, name));
  }
  bool is_switched_on(std::string_view name) const {
    return transport::is_true(value_of(environment_, name));
  }
  std::optional<bool> said(std::string_view name) const {
    if (is_switched_on(name)) return true;
    if (is_false(value_of(environment_, name))) return false;
    return std::nullopt;
  }
  std::optional<uint32_t> number(std::string_view name) {
    const std::string_view text = value_of(environment_, name);
    if (text.empty()) return std::nullopt;
    uint32_t number = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (fault == std::errc() && end == text.data() + text.size()) return number;
    problems_->push_back(std::string(name) + " is \"" + std::string(text.substr(0, 80)) +
                         "\"; it takes a number and was ignored");
    return std::nullopt;
  }

 private:
  const Environment& environment_;
  std::vector<std::string>* problems_;
};

}  // namespace

Switches read_switches(const Environment& environment) {
  Switches made;
  Reader reader(environment, &made.problems);
  made.test_impact_analysis = reader.is_on_unless_switched_off("DD_CIVISIBILITY_ITR_ENABLED");
  made.flaky_test_retries = reader.is_on_unless_switched_off("DD_CIVISIBILITY_FLAKY_RETRY_ENABLED");
  made.retries_per_test = reader.number("DD_CIVISIBILITY_FLAKY_RETRY_COUNT").value_or(made.retries_per_test);
  made.retried_tests = reader.number("DD_CIVISIBILITY_TOTAL_FLAKY_RETRY_COUNT").value_or(made.retried_tests);
  made.early_flake_detection =
      reader.is_on_unless_switched_off("DD_CIVISIBILITY_EARLY_FLAKE_DETECTION_ENABLED");
  made.test_management = reader.is_on_unless_switched_off("DD_TEST_MANAGEMENT_ENABLED");
  made.attempt_to_fix_retries = reader.number("DD_TEST_MANAGEMENT_ATTEMPT_TO_FIX_RETRIES");
  made.impacted_tests = reader.is_switched_on("DD_CIVISIBILITY_IMPACTED_TESTS_DETECTION_ENABLED");
  made.coverage_report_upload = reader.said("DD_CIVISIBILITY_CODE_COVERAGE_REPORT_UPLOAD_ENABLED");
  made.coverage_flags = listed(value_of(environment, "DD_CODE_COVERAGE_FLAGS"));
  if (made.coverage_flags.size() > kMostFlags)
    made.problems.push_back("DD_CODE_COVERAGE_FLAGS names " + std::to_string(made.coverage_flags.size()) +
                            " flags; with more than " + std::to_string(kMostFlags) + " none is sent");
  return made;
}

}  // namespace alibi::ship

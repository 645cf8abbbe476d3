#include "collector/timings/junit.h"

#include <algorithm>

#include "collector/junit/numbers.h"
#include "tracer/base/hash.h"

namespace alibi::timings {
namespace {

constexpr size_t kLongestName = 4096;  // longer ones say nothing
constexpr size_t kMostGroups = 500'000;

std::string name_in(const junit::Attributes& attributes, std::string_view name) {
  const std::string_view value = junit::value_of(attributes, name);
  return value.size() <= kLongestName ? std::string(value) : std::string();
}

std::string file_in(const junit::Attributes& attributes) {
  std::string file = name_in(attributes, "file");
  return file.empty() ? name_in(attributes, "filepath") : file;
}

// Skipped by test impact analysis, not by the project: the next run may run it.
bool is_left_out(const junit::Problem& problem) {
  return problem.kind == junit::Problem::Kind::kSkipped &&
         (problem.message.find("Intelligent Test Runner") != std::string::npos ||
          problem.message.find("Test Impact Analysis") != std::string::npos);
}

}  // namespace

JunitTimes::JunitTimes()
    : reader_({.suite_begins = [this](const junit::Attributes& attributes) { begin_suite(attributes); },
               .suite_ends = [this] { suites_.pop_back(); },
               .test = [this](const junit::Case& test) { add(test); }}) {
  document_.suites.emplace_back();
}

void JunitTimes::begin_suite(const junit::Attributes& attributes) {
  JunitSuite suite;
  suite.name = name_in(attributes, "name");
  suite.file = file_in(attributes);
  suite.at_s = junit::moment(junit::value_of(attributes, "timestamp"));
  const JunitSuite& around = document_.suites[suites_.back()];
  if (suite.file.empty()) suite.file = around.file;
  if (!suite.at_s) suite.at_s = around.at_s;
  document_.suites.push_back(std::move(suite));
  suites_.push_back(document_.suites.size() - 1);
}

void JunitTimes::add(const junit::Case& test) {
  ++document_.tests;
  const size_t suite = suites_.back();
  std::string file = file_in(test.attributes);
  std::string class_name = name_in(test.attributes, "classname");
  const auto [place, is_new] = groups_.try_emplace({suite, file, class_name}, document_.groups.size());
  if (is_new) {
    if (document_.groups.size() >= kMostGroups) return reader_.stop("too many classes");
    document_.groups.push_back({suite, std::move(file), class_name, {}, false, true});
  }
  JunitGroup& group = document_.groups[place->second];
  const std::string identity =
      document_.suites[suite].name + '\0' + class_name + '\0' + name_in(test.attributes, "name");
  const std::optional<uint64_t> ns = junit::nanoseconds(junit::value_of(test.attributes, "time"));
  group.tests.push_back({hash64(identity.data(), identity.size()), ns.value_or(0)});
  const bool is_skipped = std::ranges::any_of(test.problems, [](const junit::Problem& problem) {
    return problem.kind == junit::Problem::Kind::kSkipped;
  });
  if (!is_skipped) group.all_skipped = false;
  if ((!ns && !is_skipped) || std::ranges::any_of(test.problems, is_left_out)) group.cut = true;
}

}  // namespace alibi::timings

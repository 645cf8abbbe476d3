// A small coverage with something in every table: the golden evidence file and what hostile tests damage.
#ifndef ALIBI_TESTS_UNIT_STORE_EXAMPLE_COVERAGE_H_
#define ALIBI_TESTS_UNIT_STORE_EXAMPLE_COVERAGE_H_

#include "collector/model/session_coverage.h"

namespace alibi::testing {

inline collector::SessionCoverage example_coverage() {
  using namespace collector;
  SessionCoverage coverage;
  coverage.description = {"20261121T133501-0123456789abcdef",
                          1795268101'000000000ULL,
                          "/p",
                          "default",
                          "pytest --alibi",
                          "cpython 3.12.1",
                          true,
                          1,
                          "{\"id\":\"x\"}"};
  coverage.processes = {{"1-2-3.shard", Role::kMain, 1, "", "cpython 3.12.1", "self", true, 100, 0},
                        {"4-5-6.shard", Role::kChild, 4, "gw0", "cpython 3.12.1", "self", false, 7, 7}};
  coverage.losses.drops = {{9, 3}, {102, 1}};
  coverage.losses.damaged = {{"7-8-9.shard", "8 bytes torn", 8, false}};
  coverage.files = {{"/p/a.py", 120, {1, 2}, false, false, {1, 2, 3, 4, 5, 9, 12}, {{2, "K.f"}, {12, "K.g"}}},
                    {"/p/b.py", 0, {}, true, false, {}, {}},
                    {"/p/raw-\xFF.py", 9, {3, 4}, false, true, {}, {}}};
  coverage.names = {{NameKind::kGlobal, 0, "limit"},
                    {NameKind::kImport, 2, "pkg:name"},
                    {NameKind::kLookedUp, 0, "visit_Name"}};
  coverage.units = {{0, 1, 90, CodeKind::kModule, 1, {5, 6}, "<module>", {1}},
                    {0, 3, 4, CodeKind::kFunction, 2, {7, 8}, "K.f", {0, 1}},
                    {1, 1, 1, CodeKind::kAnonymous, 1, {9, 9}, "<lambda>", {}}};
  coverage.inputs = {{InputKind::kFile, InputState::kPresent, {1, 1}, "/p/data.txt", ""},
                     {InputKind::kEnvironment, InputState::kAbsent, {}, "DEBUG", ""}};
  coverage.fixtures = {{ContextKind::kFixture, "db", "session"}};
  coverage.statements = {{0, 1, {}, {}, {1}}, {1, 4, {{0, {3, 4}}}, {1}, {}, {0, 2}}};
  coverage.imported = {{"six", "/site/six.py"}};
  coverage.distributions = {{"six", "1.16.0", false, {"six"}}};
  coverage.session = {{{0, {6}}}, {1}, {1}, {0, 1}, {}, {{100, 1}}};
  TestCoverage passed{"t.py::test_a[\xC3\xA9]", Outcome::kPassed, "", 12345, 2, 1, true, {}, {0}};
  passed.evidence = {{{0, {3, 4, 5, 9}}, {2, {1, 4000000000U}}},
                     {1, 2},
                     {0, 1},
                     {1},
                     {{0, StateKind::kGlobal, "cache", ""}, {1, StateKind::kCachedFunction, "f", "x"}},
                     {},
                     {2}};
  TestCoverage killed{"t.py::test_b", kNeverEnded, "crash", 0, 1, 1, false, {}, {}};
  killed.evidence.drops = {{102, 1}};
  passed.collections = {0};
  coverage.collections = {{"t.py", true, {"t.py::test_a[\xC3\xA9]", "t.py::test_deselected"}, {}},
                          {"u.py", false, {}, {{{1, {7}}}, {2}, {0}, {1}, {}, {{11, 2}}, {0}}}};
  coverage.tests = {passed, killed};
  return coverage;
}

}  // namespace alibi::testing

#endif  // ALIBI_TESTS_UNIT_STORE_EXAMPLE_COVERAGE_H_

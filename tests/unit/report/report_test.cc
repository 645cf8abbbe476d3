#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>

#include "collector/report/exporters.h"
#include "collector/report/json_report.h"
#include "collector/report/style.h"
#include "collector/report/text_report.h"
#include "tests/support/golden.h"
#include "tests/unit/store/example_coverage.h"

namespace alibi::report {
namespace {

using nlohmann::json;
using testing::example_coverage;

TEST(Style, PaintsOnTerminalsOnly) {
  EXPECT_EQ(Style{false}.paint(Colour::kRed, "x"), "x");
  EXPECT_EQ(Style{true}.paint(Colour::kRed, "x"), "\x1b[31mx\x1b[0m");
}

TEST(Style, SaysDurationsAndSizesAsPeopleDo) {
  EXPECT_EQ(duration_text(850'000), "850 us");
  EXPECT_EQ(duration_text(12'340'000), "12.3 ms");
  EXPECT_EQ(duration_text(4'560'000'000), "4.56 s");
  EXPECT_EQ(duration_text(192'000'000'000), "3 min 12 s");
  EXPECT_EQ(size_text(812), "812 B");
  EXPECT_EQ(size_text(1'572'864), "1.5 MiB");
  EXPECT_EQ(count_text(1, "test"), "1 test");
  EXPECT_EQ(count_text(2, "test"), "2 tests");
  EXPECT_EQ(time_text(1795262400'000000000ULL), "2026-11-21 12:00:00");
}

TEST(Style, FoldsLinesIntoRanges) {
  EXPECT_EQ(ranges_text({1, 2, 3, 7, 9, 10}), "1-3, 7, 9-10");
  EXPECT_EQ(ranges_text({}), "");
}

TEST(Style, ShowsNoControlCharacterOfAForeignName) {
  EXPECT_EQ(printable("t[\x1b]0;evil\x07\n]"), "t[?]0;evil??]");
  EXPECT_EQ(printable("t[\xC3\xA9]"), "t[\xC3\xA9]");
  EXPECT_EQ(printable_lines("it said:\r\n\n a\x1b[0m\n  \nb\n"), "it said:\n   a?[0m\n  b");
}

TEST(Style, TablesAlignTheirColumns) {
  Table table;
  table.add({{"a", Colour::kNone, false}, {"1", Colour::kNone, true}, {"x", Colour::kNone, false}});
  table.add({{"b\xC3\xA9", Colour::kNone, false}, {"22", Colour::kNone, true}, {"yy", Colour::kNone, false}});
  EXPECT_EQ(table.text(Style{}), "a    1  x\nb\xC3\xA9  22  yy\n");
}

TEST(JsonReport, ATestHasTheKeysOfTheContract) {
  const collector::SessionCoverage coverage = example_coverage();
  const json test = json::parse(json_text(test_json(coverage, coverage.tests[0])));
  EXPECT_EQ(test["id"], "t.py::test_a[\xC3\xA9]");
  EXPECT_EQ(test["outcome"], "passed");
  EXPECT_EQ(test["duration_ms"], 0.012);
  EXPECT_EQ(test["files"]["a.py"], (json{3, 4, 5, 9}));
  EXPECT_EQ(test["files"]["b.py"], (json{4})) << "the import that ran while it was current";
  EXPECT_EQ(test["processes"], 2);
  EXPECT_EQ(test["drops"], json::object());
  EXPECT_EQ(test["scopes"][0]["name"], "K.f");
  EXPECT_EQ(test["scopes"][0]["file"], "a.py");
  EXPECT_EQ(test["scopes"][0]["line"], 2);
  EXPECT_EQ(test["scopes"][0]["fingerprint"], "00000000000000080000000000000007");
  EXPECT_EQ(test["names"],
            json::parse(R"([{"kind": "global", "name": "limit"}, {"kind": "import", "name": "pkg:name"},
                            {"kind": "looked_up", "name": "visit_Name"}])"));
  const json& inputs = test["inputs"];
  for (const char* key : {"files", "directories", "absent", "probes", "environment", "packages", "imports",
                          "processes", "sockets", "options", "written"}) {
    EXPECT_TRUE(inputs.contains(key)) << key;
  }
  EXPECT_TRUE(inputs["environment"]["DEBUG"].is_null());
  EXPECT_EQ(inputs["files"]["data.txt"], "00000000000000010000000000000001");
  EXPECT_EQ(test["imports_run"][0]["line"], 4);
  EXPECT_EQ(test["state_writes"][0]["name"], "cache");
  EXPECT_EQ(test["fixtures"][0], (json{{"name", "db"}, {"scope", "session"}}));
  EXPECT_EQ(test["complete"], true);
}

TEST(JsonReport, SaysWhatTheSessionDidAndLost) {
  const json session = json::parse(json_text(session_json(example_coverage())));
  EXPECT_EQ(session["root"], "/p");
  EXPECT_EQ(session["losses"], (json{{"thread", 3}, {"unfinished", 1}}));
  EXPECT_EQ(session["drops"], (json{{"edited", 1}}));
  EXPECT_EQ(session["processes"].size(), 2U);
  EXPECT_EQ(session["damaged"][0]["shard"], "7-8-9.shard");
}

TEST(JsonReport, BytesThatAreNotTextDoNotBreakIt) {
  EXPECT_EQ(json_text(json{{"path", "raw-\xFF.py"}}), "{\"path\":\"raw-\xEF\xBF\xBD.py\"}");
}

TEST(TextReport, SaysWhatATestTouchedAndLost) {
  const collector::SessionCoverage coverage = example_coverage();
  const std::string passed = test_text(coverage, coverage.tests[0], Detail::kFull, Style{});
  EXPECT_NE(passed.find("passed"), std::string::npos);
  EXPECT_NE(passed.find("a.py: 3-5, 9\n"), std::string::npos);
  EXPECT_NE(passed.find("a.py:2 K.f\n"), std::string::npos);
  EXPECT_NE(passed.find("DEBUG (unset)"), std::string::npos);
  const std::string killed = test_text(coverage, coverage.tests[1], Detail::kShort, Style{});
  EXPECT_NE(killed.find("unfinished 1: the test began and never ended"), std::string::npos);
}

TEST(TextReport, SaysProcessesOnce) {
  const collector::SessionCoverage coverage = example_coverage();
  const std::string text = test_text(coverage, coverage.tests[0], Detail::kShort, Style{});
  EXPECT_NE(text.find("  in 2 processes  "), std::string::npos) << text;
}

TEST(TextReport, ListsSetUpsApartFromFixtures) {
  collector::SessionCoverage coverage = example_coverage();
  coverage.fixtures.push_back({collector::ContextKind::kOther, "conftest chain of .", ""});
  coverage.tests[0].fixtures = {0, 1};
  const std::string text = test_text(coverage, coverage.tests[0], Detail::kShort, Style{});
  EXPECT_NE(text.find("fixtures    1 fixture: db (session)\n"), std::string::npos) << text;
  EXPECT_NE(text.find("set-ups     1 set-up: conftest chain of .\n"), std::string::npos) << text;
}

TEST(TextReport, LeavesOutTheNamesThatAssertionRewritingInjects) {
  collector::SessionCoverage coverage = example_coverage();
  coverage.names.push_back({collector::NameKind::kGlobal, 0, "@pytest_ar"});
  coverage.names.push_back({collector::NameKind::kGlobal, 0, "@py_builtins"});
  coverage.units[1].names = {0, 1, 2, 3};
  for (const Detail detail : {Detail::kShort, Detail::kFull}) {
    const std::string text = test_text(coverage, coverage.tests[0], detail, Style{});
    EXPECT_NE(text.find("names       2 names"), std::string::npos) << text;
    EXPECT_EQ(text.find("@py"), std::string::npos) << text;
  }
  EXPECT_EQ(test_json(coverage, coverage.tests[0])["names"].size(), 4U) << "JSON says what was recorded";
}

LineTable example_table() {
  collector::SessionCoverage coverage = example_coverage();
  coverage.tests[0].evidence.files[1].lines = {1, 77};
  LineTable table;
  table.add_session(coverage);
  for (const collector::TestCoverage& test : coverage.tests) table.add_test(coverage, test);
  return table;
}

TEST(Exporters, LcovStaysAsItIs) {
  const std::string text = lcov(example_table());
  ALIBI_EXPECT_GOLDEN(std::as_bytes(std::span(text)), "export/example.info");
}

TEST(Exporters, LcovBelowARootHasNothingElseAndPathsInIt) {
  const std::string all = lcov(example_table());
  ASSERT_NE(all.find("SF:/p/a.py\n"), std::string::npos);
  EXPECT_NE(lcov(example_table(), "/p").find("SF:a.py\n"), std::string::npos);
  EXPECT_EQ(lcov(example_table(), "/p").find("SF:/"), std::string::npos);
  EXPECT_EQ(lcov(example_table(), "/q"), "");
}

TEST(Exporters, TakeWhatCouldRunFromTheLastSession) {
  collector::SessionCoverage coverage = example_coverage();
  LineTable table;
  table.add_session(coverage);
  coverage.files[0].lines = {2};
  coverage.files[0].functions = {{2, "moved"}};
  coverage.session = {};
  table.add_session(coverage);
  const LineTable::File file = table.files().at("/p/a.py");
  EXPECT_EQ(file.lines.count(12), 0U);
  EXPECT_EQ(file.lines.at(2).count(), 0U);
  EXPECT_EQ(file.lines.at(6).count(), 1U) << "ran outside of tests in the first session";
  EXPECT_EQ(file.functions.count({"moved", 2}), 1U);
  EXPECT_EQ(file.functions.count({"K.g", 12}), 0U);
}

TEST(Exporters, CoberturaStaysAsItIs) {
  const std::string text = cobertura(example_table());
  ALIBI_EXPECT_GOLDEN(std::as_bytes(std::span(text)), "export/example.xml");
}

TEST(Exporters, CoverageDataHoldsOneContextPerTest) {
  Result<std::string> bytes = coverage_data(example_table());
  ASSERT_TRUE(bytes);
  sqlite3* opened = nullptr;
  ASSERT_EQ(sqlite3_open(":memory:", &opened), SQLITE_OK);
  const std::unique_ptr<sqlite3, int (*)(sqlite3*)> database(opened, sqlite3_close);
  ASSERT_EQ(sqlite3_deserialize(opened, "main", reinterpret_cast<unsigned char*>(bytes->data()),
                                static_cast<sqlite3_int64>(bytes->size()),
                                static_cast<sqlite3_int64>(bytes->size()), 0),
            SQLITE_OK);
  std::string rows;
  const auto collect = [](void* into, int count, char** values, char**) {
    for (int column = 0; column < count; ++column)
      *static_cast<std::string*>(into) += std::string(values[column]) + " ";
    return 0;
  };
  ASSERT_EQ(
      sqlite3_exec(
          opened,
          "SELECT version FROM coverage_schema; SELECT path, context, hex(numbits) FROM line_bits "
          "JOIN file ON file.id = file_id JOIN context ON context.id = context_id ORDER BY path, context",
          collect, &rows, nullptr),
      SQLITE_OK);
  EXPECT_EQ(rows,
            "7 /p/a.py  5A /p/a.py t.py::test_a[\xC3\xA9] 3802 /p/b.py  90 /p/b.py t.py::test_a[\xC3\xA9] 10 "
            "/p/raw-\xFF.py t.py::test_a[\xC3\xA9] 02000000000000000020 ");
}

}  // namespace
}  // namespace alibi::report

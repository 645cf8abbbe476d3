#include <gtest/gtest.h>

#include <algorithm>

#include "collector/timings/timings.h"

namespace alibi::timings {
namespace {

constexpr uint64_t kSecond = 1'000'000'000;

store::SessionRow session(const std::string& evidence, uint64_t started_s) {
  store::SessionRow row;
  row.evidence = evidence;
  row.started_unix_ns = started_s * kSecond;
  return row;
}

store::TestRow test(const std::string& evidence, const std::string& id, uint64_t seconds,
                    collector::Outcome outcome = collector::Outcome::kPassed) {
  store::TestRow row;
  row.evidence = evidence;
  row.id = id;
  row.duration_ns = seconds * kSecond;
  row.outcome = outcome;
  return row;
}

const std::vector<store::SessionRow> kSessions = {session("1", 100), session("2", 200)};
const std::vector<std::string> kFiles = {"t/a.py", "t/b.py"};

TEST(StoredRuns, AreSummedOverTheTestsOfAFileAndSession) {
  Known known;
  add_store(kSessions,
            {test("1", "t/a.py::x", 3), test("1", "t/a.py::C::y[1]", 2), test("2", "t/a.py::x", 4),
             test("2", "t/a.py::C::y[1]", 2), test("2", "t/b.py::z", 1), test("2", "other.py::z", 1)},
            kFiles, {}, &known);
  ASSERT_EQ(known.samples.size(), 2u);
  const std::vector<plan::Sample>& samples = known.samples.at("t/a.py");
  ASSERT_EQ(samples.size(), 2u);
  EXPECT_EQ(samples[0].at_s, 100);
  EXPECT_EQ(samples[0].duration_ms, 5000u);
  EXPECT_EQ(samples[1].duration_ms, 6000u);
  EXPECT_TRUE(samples[0].whole && samples[1].whole);
}

// What a session that left tests out took is not what the file takes (the vendor's tools learn it).
TEST(StoredRuns, OfSessionsThatLeftTestsOutDoNotCount) {
  Known known;
  add_store(kSessions, {test("1", "t/a.py::x", 3), test("1", "t/a.py::y", 50), test("2", "t/a.py::x", 3)},
            kFiles, {}, &known);
  const std::vector<plan::Sample>& samples = known.samples.at("t/a.py");
  EXPECT_TRUE(samples[0].whole);
  EXPECT_FALSE(samples[1].whole);
  EXPECT_EQ(plan::estimate_one(samples, 1000, std::nullopt), 53000u);
}

TEST(StoredRuns, GoByTheTestsThatTheFileHasNow) {
  Known known;
  add_store(kSessions,
            {test("1", "t/a.py::x", 3), test("1", "t/a.py::removed", 50), test("2", "t/a.py::x", 3)}, kFiles,
            {{"t/a.py", {"t/a.py::x"}}}, &known);
  EXPECT_TRUE(known.samples.at("t/a.py")[1].whole);
}

TEST(StoredRuns, ThatACrashCutShortDoNotCount) {
  Known known;
  add_store(kSessions, {test("1", "t/a.py::x", 3), test("2", "t/a.py::x", 0, collector::kNeverEnded)}, kFiles,
            {}, &known);
  EXPECT_TRUE(known.samples.at("t/a.py")[0].whole);
  EXPECT_FALSE(known.samples.at("t/a.py")[1].whole);
}

TEST(StoredRuns, AreNotNeededWhereRunsWereMeasured) {
  Known known;
  known.samples["t/a.py"] = std::vector<plan::Sample>(3, plan::Sample{1, 9000, "", true});
  known.samples["t/b.py"] = std::vector<plan::Sample>(3, plan::Sample{1, 9000, "", false});
  add_store(kSessions, {test("1", "t/a.py::x", 3), test("1", "t/b.py::x", 3)}, kFiles, {}, &known);
  EXPECT_EQ(known.samples["t/a.py"].size(), 3u);
  EXPECT_EQ(known.samples["t/b.py"].size(), 4u);
}

TEST(StoredRuns, OfSessionsThatCannotBeReadOrAreUnknownDoNotCount) {
  Known known;
  std::vector<store::SessionRow> sessions = kSessions;
  sessions[0].unreadable = "damaged";
  add_store(sessions, {test("1", "t/a.py::x", 3), test("3", "t/a.py::x", 3), test("2", "no separator", 1)},
            kFiles, {}, &known);
  EXPECT_TRUE(known.samples.empty());
}

}  // namespace
}  // namespace alibi::timings

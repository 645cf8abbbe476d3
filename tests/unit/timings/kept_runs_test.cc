#include <gtest/gtest.h>

#include "collector/timings/timings.h"
#include "tests/support/temporary_directory.h"

namespace alibi::timings {
namespace {

using testing::names_in;
using testing::TemporaryDirectory;
using testing::write_text;

class KeptRuns : public ::testing::Test {
 protected:
  RunTimings example(int64_t at_s) const {
    RunTimings run;
    run.at_s = at_s;
    run.machine = "x86_64, 4 cores";
    run.framework = "pytest";
    run.workers = 4;
    run.boot_ms = 250;
    run.files = {{"tests/a b;ü.py", 1200, true}, {"tests/b.py", 3, false}};
    return run;
  }
  std::string folder() const { return directory_ / "data/timings"; }
  std::string data() const { return directory_ / "data"; }
  void add(int64_t at_s) const { ASSERT_TRUE(add_run(data(), example(at_s))); }

  TemporaryDirectory directory_;
};

TEST_F(KeptRuns, AreReadAsTheyWereAdded) {
  add(2000);
  add(1000);
  const Known known = read_runs(data());
  EXPECT_TRUE(known.notices.empty());
  ASSERT_EQ(known.runs.size(), 2u);
  EXPECT_EQ(known.runs[1].at_s, 2000);
  EXPECT_EQ(known.runs[1].framework, "pytest");
  EXPECT_EQ(known.runs[1].workers, 4u);
  EXPECT_EQ(known.runs[1].boot_ms, 250u);
  EXPECT_EQ(known.runs[1].node_ms, std::nullopt);
  EXPECT_TRUE(known.runs[1].files.empty());
  const std::vector<plan::Sample>& samples = known.samples.at("tests/a b;ü.py");
  ASSERT_EQ(samples.size(), 2u);
  EXPECT_EQ(samples[0].at_s, 1000);
  EXPECT_EQ(samples[0].duration_ms, 1200u);
  EXPECT_EQ(samples[0].machine, "x86_64, 4 cores");
  EXPECT_TRUE(samples[0].whole);
  EXPECT_TRUE(samples[0].with_loading);
  EXPECT_FALSE(known.samples.at("tests/b.py")[0].whole);
}

TEST_F(KeptRuns, AreNoneWhereNoneWereAdded) {
  const Known known = read_runs(directory_ / "missing");
  EXPECT_TRUE(known.runs.empty());
  EXPECT_TRUE(known.notices.empty());
}

TEST_F(KeptRuns, AreMergedByCopying) {
  add(1000);
  const std::string other = directory_ / "other";
  RunTimings run = example(1000);
  run.files[0].ms = 1300;
  ASSERT_TRUE(add_run(other, run));
  const std::string name = names_in(other + "/timings").at(0);
  const std::vector<std::byte> bytes = testing::read_bytes(other + "/timings/" + name);
  write_text(folder() + "/" + name, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  EXPECT_EQ(read_runs(data()).samples.at("tests/a b;ü.py").size(), 2u);
  // The same run once more is the same file.
  add(1000);
  EXPECT_EQ(names_in(folder()).size(), 2u);
}

TEST_F(KeptRuns, AreForgottenWhenThereAreManyNewer) {
  for (size_t number = 1; number <= kMostRuns + 3; ++number) add(static_cast<int64_t>(number));
  const Known known = read_runs(data());
  EXPECT_EQ(known.runs.size(), kMostRuns);
  EXPECT_EQ(known.runs.front().at_s, 4);
}

TEST_F(KeptRuns, LeaveOthersFilesAlone) {
  add(1);
  write_text(folder() + "/README", "not ours");
  for (size_t number = 2; number <= kMostRuns + 3; ++number) add(static_cast<int64_t>(number));
  EXPECT_EQ(testing::read_bytes(folder() + "/README").size(), 8u);
  EXPECT_TRUE(read_runs(data()).notices.empty());
}

TEST_F(KeptRuns, CostOnlyThemselvesWhenTheyAreDamagedAndAreNamed) {
  add(1000);
  const std::vector<std::string> bad = {
      "",
      "{",
      "[]",
      "{\"schema\":2}",
      "{\"schema\":1}",
      "{\"schema\":1,\"at_s\":-1,\"files\":{},\"not_whole\":{}}",
      "{\"schema\":1,\"at_s\":1,\"files\":[],\"not_whole\":{}}",
      "{\"schema\":1,\"at_s\":1,\"files\":{\"a\":-1},\"not_whole\":{}}",
      "{\"schema\":1,\"at_s\":1,\"files\":{\"a\":1e300},\"not_whole\":{}}",
      "{\"schema\":1,\"at_s\":1,\"files\":{\"a\":99999999999999999},\"not_whole\":{}}",
      std::string(100'000, '['),
  };
  for (size_t number = 0; number < bad.size(); ++number)
    write_text(folder() + "/0" + std::to_string(number) + ".json", bad[number]);
  const Known known = read_runs(data());
  EXPECT_EQ(known.runs.size(), 1u);
  EXPECT_EQ(known.samples.size(), 2u);
  ASSERT_EQ(known.notices.size(), bad.size());
  EXPECT_NE(known.notices[0].find("/timings/00.json"), std::string::npos) << known.notices[0];
}

TEST_F(KeptRuns, SurviveTheLossOfAnyEnd) {
  add(1000);
  const std::string path = folder() + "/" + names_in(folder()).at(0);
  const std::vector<std::byte> bytes = testing::read_bytes(path);
  const std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  for (size_t length = 0; length + 1 < text.size(); ++length) {
    write_text(path, text.substr(0, length));
    const Known known = read_runs(data());
    ASSERT_TRUE(known.runs.empty()) << length;
    ASSERT_EQ(known.notices.size(), 1u) << length;
  }
}

TEST_F(KeptRuns, SayWhereTheyCannotBeWritten) {
  write_text(directory_ / "data", "a file");
  const Result<void> added = add_run(data(), example(1));
  ASSERT_FALSE(added);
  EXPECT_NE(added.error().message.find("data"), std::string::npos);
}

TEST_F(KeptRuns, TakeNamesThatAreNoText) {
  RunTimings run = example(1);
  run.files.push_back({"tests/\xff\xfe.py", 7, true});
  ASSERT_TRUE(add_run(data(), run));
  EXPECT_EQ(read_runs(data()).samples.at("tests/b.py").size(), 1u);
}

}  // namespace
}  // namespace alibi::timings

#include "collector/process/child_process.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdlib>

#include "tests/support/temporary_directory.h"

namespace alibi::process {
namespace {

constexpr std::chrono::seconds kLong{60};

Result<ChildOutput> shell(const std::string& script, ChildOptions options = {kLong}) {
  return run_child({"sh", "-c", script}, "given", options);
}

TEST(ChildProcess, ReadsTheInputAndAnswersWithBothOutputsAndTheStatus) {
  const Result<ChildOutput> output = shell("cat; echo one >&2; echo two >&2; exit 3");
  ASSERT_TRUE(output);
  EXPECT_EQ(output->text, "given");
  EXPECT_EQ(output->errors, "one\ntwo\n");
  EXPECT_EQ(output->last_error, "two");
  EXPECT_EQ(output->status, 3);
}

TEST(ChildProcess, HasVariablesInPlaceOfOurs) {
  ::setenv("ALIBI_TEST_KEPT", "kept", 1);
  ::setenv("ALIBI_TEST_CHANGED", "old", 1);
  ::setenv("ALIBI_TEST_GONE", "here", 1);
  ChildOptions options{kLong};
  options.set = {"ALIBI_TEST_CHANGED=new", "ALIBI_TEST_ADDED=added"};
  options.unset = {"ALIBI_TEST_GONE"};
  const Result<ChildOutput> output =
      shell("echo $ALIBI_TEST_KEPT $ALIBI_TEST_CHANGED $ALIBI_TEST_ADDED $ALIBI_TEST_GONE", options);
  ASSERT_TRUE(output);
  EXPECT_EQ(output->text, "kept new added\n");
}

TEST(ChildProcess, RunsWhereItIsTold) {
  const testing::TemporaryDirectory directory;
  ChildOptions options{kLong};
  options.directory = directory.path();
  const Result<ChildOutput> output = shell("pwd -P", options);
  ASSERT_TRUE(output);
  EXPECT_EQ(output->text, directory.path() + "\n");
}

TEST(ChildProcess, IsEndedWhenItsTimeIsUp) {
  const Result<ChildOutput> output = shell("exec sleep 600", {std::chrono::milliseconds(50)});
  ASSERT_FALSE(output);
  EXPECT_EQ(output.error().code, collector::kNoInterpreter);
  EXPECT_EQ(output.error().os_error, ETIMEDOUT);
  EXPECT_EQ(output.error().message, "sh was stopped after 50 ms");
}

TEST(ChildProcess, MayCleanUpBeforeItIsEnded) {
  const testing::TemporaryDirectory directory;
  ChildOptions options{std::chrono::milliseconds(300)};
  options.grace = kLong;
  options.directory = directory.path();
  const Result<ChildOutput> output =
      shell("trap 'rm lock; exit 1' TERM; touch lock; while :; do sleep 0.01; done", options);
  EXPECT_FALSE(output);
  EXPECT_TRUE(testing::names_in(directory.path()).empty());
}

TEST(ChildProcess, IsEndedWhenItSaysMoreThanItMay) {
  ChildOptions options{kLong};
  options.longest_output = 1000;
  const Result<ChildOutput> endless = shell("exec yes", options);
  ASSERT_FALSE(endless);
  EXPECT_EQ(endless.error().os_error, EFBIG);
  EXPECT_FALSE(shell("head -c 1001 /dev/zero", options));
  const Result<ChildOutput> just = shell("head -c 1000 /dev/zero", options);
  ASSERT_TRUE(just);
  EXPECT_EQ(just->text.size(), 1000U);
}

TEST(ChildProcess, ThatIsNotThereIsAnErrorWithTheAskedCode) {
  ChildOptions options{kLong};
  options.code = collector::kNoRevision;
  const Result<ChildOutput> output = run_child({"/nonexistent/program"}, {}, options);
  ASSERT_FALSE(output);
  EXPECT_EQ(output.error().code, collector::kNoRevision);
  EXPECT_NE(output.error().message.find("/nonexistent/program"), std::string::npos);
}

}  // namespace
}  // namespace alibi::process

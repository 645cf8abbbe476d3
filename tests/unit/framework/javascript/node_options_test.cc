#include "collector/framework/javascript/node_options.h"

#include <gtest/gtest.h>

namespace alibi::framework::javascript {
namespace {

TEST(WithoutTracer, TakesTheLibraryOutInEveryWayItIsWritten) {
  EXPECT_EQ(without_tracer("-r dd-trace/ci/init --max-old-space-size=4096"), "--max-old-space-size=4096");
  EXPECT_EQ(without_tracer("--require dd-trace/ci/init"), "");
  EXPECT_EQ(without_tracer("--no-warnings --require=dd-trace/ci/init"), "--no-warnings");
  EXPECT_EQ(without_tracer("--import dd-trace/register.js -r \"dd-trace/ci/init\" -r ./x"), "-r ./x");
  EXPECT_EQ(without_tracer("--import=dd-trace/register.js"), "");
}

TEST(WithoutTracer, LeavesOthersAsTheyAreWritten) {
  const std::string others = "  --require \"./a b/dd-trace/ci/init.js\"  -r dd-trace/init";
  EXPECT_EQ(without_tracer(others), others);
  EXPECT_EQ(without_tracer("-r dd-trace/ci/init -r \"a \\\" b\""), "-r \"a \\\" b\"");
  EXPECT_EQ(without_tracer("-r"), "-r");
}

TEST(WithTracer, PutsTheLibraryFirstAndOnce) {
  EXPECT_EQ(with_tracer("", false), "-r dd-trace/ci/init");
  EXPECT_EQ(with_tracer("--no-warnings", false), "-r dd-trace/ci/init --no-warnings");
  EXPECT_EQ(with_tracer("--no-warnings -r dd-trace/ci/init", false), "--no-warnings -r dd-trace/ci/init");
}

TEST(WithTracer, PutsItsLoaderBeforeItForModules) {
  EXPECT_EQ(with_tracer("", true), "--import dd-trace/register.js -r dd-trace/ci/init");
  EXPECT_EQ(with_tracer("-r dd-trace/ci/init", true), "--import dd-trace/register.js -r dd-trace/ci/init");
}

TEST(WithPreload, QuotesWhatNodeWouldDivide) {
  EXPECT_EQ(with_preload("-r x", "/tmp/a.cjs"), "--require /tmp/a.cjs -r x");
  EXPECT_EQ(with_preload("", "/tmp/a b\"c.cjs"), "--require \"/tmp/a b\\\"c.cjs\"");
}

}  // namespace
}  // namespace alibi::framework::javascript

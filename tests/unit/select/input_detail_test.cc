#include "collector/select/input_detail.h"

#include <gtest/gtest.h>

namespace alibi::select {
namespace {

TEST(InputDetail, IsReadLineByLine) {
  const InputDetail detail = parse_detail("stat\nsession\nimport:/p/m.py\nline:12");
  EXPECT_EQ(detail.word, "stat");
  EXPECT_TRUE(detail.by_session);
  EXPECT_EQ(detail.importing, "/p/m.py");
  EXPECT_EQ(detail.line, 12U);
}

TEST(InputDetail, SaysThatAListedFolderWasTouched) {
  EXPECT_FALSE(parse_detail("autoload").was_touched);
  const InputDetail detail = parse_detail("found:00\nautoload");
  EXPECT_TRUE(detail.was_touched);
  EXPECT_EQ(detail.word, "autoload");
}

TEST(InputDetail, MayBeAnything) {
  EXPECT_EQ(parse_detail("").word, "");
  EXPECT_EQ(parse_detail("at:/p/x.py\n").location, "/p/x.py");
  EXPECT_EQ(parse_detail("\n\nline:x\nimport:").line, 0U);
}

TEST(InputDetail, TellsVariablesOfTheSessionFromThoseOutside) {
  collector::Input input;
  input.kind = collector::InputKind::kEnvironment;
  EXPECT_FALSE(can_be_written(input));
  input.detail = "session";
  EXPECT_TRUE(can_be_written(input));
  input.detail = "session\nimport:/p/m.py\nline:12";
  EXPECT_TRUE(can_be_written(input));
}

}  // namespace
}  // namespace alibi::select

#include "collector/change/reference_list.h"

#include <gtest/gtest.h>

namespace alibi::change {
namespace {

TEST(ReferenceList, ComesBackAsItWas) {
  const std::vector<ModuleReference> references = {{"a.b", false, {"/p/a/b.py", "/p/x/a/b.py"}, false},
                                                   {"/p/a/c", true, {}, false},
                                                   {"gone", false, {}, true}};
  std::vector<ModuleReference> read;
  ASSERT_TRUE(parse_references(references_text(references), &read));
  ASSERT_EQ(read.size(), 3U);
  EXPECT_EQ(read[0].locations, references[0].locations);
  EXPECT_TRUE(read[1].relative);
  EXPECT_TRUE(read[2].recorded_absent);
  EXPECT_EQ(read[2].module, "gone");
}

TEST(ReferenceList, IsRefusedWhenItIsDamaged) {
  const std::string text = references_text({{"a.b", false, {"/p/a/b.py"}, false}});
  for (size_t length = 0; length < text.size(); ++length) {
    std::vector<ModuleReference> read;
    EXPECT_FALSE(parse_references(text.substr(0, length), &read)) << length;
  }
  for (size_t place = 0; place < text.size(); ++place) {
    std::string changed = text;
    changed[place] = static_cast<char>(changed[place] ^ 1);
    std::vector<ModuleReference> read;
    EXPECT_FALSE(parse_references(changed, &read)) << place;
  }
}

}  // namespace
}  // namespace alibi::change

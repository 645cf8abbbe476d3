#include <gtest/gtest.h>

#include <set>
#include <string>
#include <type_traits>

#include "tracer/model/drop_reason.h"
#include "tracer/model/fingerprint.h"
#include "tracer/model/ids.h"

namespace alibi::model {
namespace {

TEST(DropReasons, EachHasAWordOfItsOwn) {
  std::set<std::string> words;
  for (uint32_t reason = 1; reason < kDropReasonCount; ++reason) words.insert(drop_reason_name(reason));
  EXPECT_EQ(words.size(), kDropReasonCount - 1);
  EXPECT_FALSE(words.contains("unknown"));
}

TEST(DropReasons, NumbersOfALaterVersionAreUnknown) {
  EXPECT_STREQ(drop_reason_name(0), "unknown");
  EXPECT_STREQ(drop_reason_name(kDropReasonCount), "unknown");
}

TEST(Fingerprint, IsWrittenWithTheHighHalfFirst) {
  EXPECT_EQ(to_hex({0x1, 0xabc0000000000000}), "abc00000000000000000000000000001");
}

TEST(Ids, OneKindDoesNotPassForAnother) {
  EXPECT_FALSE((std::is_convertible_v<ProbeId, ContextId>));
  EXPECT_FALSE((std::is_constructible_v<FileId, ProbeId>));
  EXPECT_LT(ProbeId{1}, ProbeId{2});
}

}  // namespace
}  // namespace alibi::model

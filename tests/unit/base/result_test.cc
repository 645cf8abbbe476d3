#include "tracer/base/result.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <memory>

namespace alibi {
namespace {

Result<std::unique_ptr<int>> half(int number) {
  if (number % 2 != 0) return Error{ErrorCode::kInvalidArgument, 0, std::to_string(number) + " is odd"};
  return std::make_unique<int>(number / 2);
}

TEST(Result, HoldsAValueOrAnError) {
  auto four = half(8);
  ASSERT_TRUE(four.ok());
  EXPECT_EQ(**four, 4);
  const std::unique_ptr<int> moved = std::move(four).value();
  EXPECT_EQ(*moved, 4);

  const auto odd = half(7);
  ASSERT_FALSE(odd);
  EXPECT_EQ(odd.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(odd.error().message, "7 is odd");
}

TEST(Result, OfNothingIsOkUntilItHoldsAnError) {
  EXPECT_TRUE(Result<void>().ok());
  EXPECT_FALSE(Result<void>(Error{}).ok());
}

TEST(Errors, OfTheSystemSayWhatTheSystemSays) {
  const Error error = os_error(ErrorCode::kDiskFull, ENOSPC, "cannot write x");
  EXPECT_EQ(error.message, "cannot write x: No space left on device");
  EXPECT_EQ(error.os_error, ENOSPC);
}

TEST(Errors, HaveAWordEach) {
  EXPECT_STREQ(error_code_name(ErrorCode::kDiskFull), "disk-full");
  EXPECT_STREQ(error_code_name(ErrorCode::kNotAShard), "not-a-shard");
  EXPECT_STREQ(error_code_name(static_cast<ErrorCode>(999)), "unknown");
}

}  // namespace
}  // namespace alibi

// Compares bytes with what tests/golden keeps of them. With ALIBI_ACCEPT_GOLDEN=1 it rewrites the file
// instead, and the test counts as skipped: an accepted file has proved nothing yet.
#ifndef ALIBI_TESTS_SUPPORT_GOLDEN_H_
#define ALIBI_TESTS_SUPPORT_GOLDEN_H_

#include <cstddef>
#include <span>
#include <string>

namespace alibi::testing {

std::string golden_path(const std::string& name);  // "shard/v1-main.shard"

enum class GoldenOutcome { kSame, kDiffers, kAccepted };
// `difference` says where, when they differ.
GoldenOutcome compare_with_golden(std::span<const std::byte> bytes, const std::string& name,
                                  std::string* difference);

}  // namespace alibi::testing

// Usable in a test body: returns from it when the file was accepted.
#define ALIBI_EXPECT_GOLDEN(bytes, name)                                                 \
  do {                                                                                   \
    std::string alibi_difference;                                                        \
    switch (::alibi::testing::compare_with_golden((bytes), (name), &alibi_difference)) { \
      case ::alibi::testing::GoldenOutcome::kSame:                                       \
        break;                                                                           \
      case ::alibi::testing::GoldenOutcome::kDiffers:                                    \
        ADD_FAILURE() << alibi_difference;                                               \
        break;                                                                           \
      case ::alibi::testing::GoldenOutcome::kAccepted:                                   \
        GTEST_SKIP() << "accepted " << (name);                                           \
    }                                                                                    \
  } while (false)

#endif  // ALIBI_TESTS_SUPPORT_GOLDEN_H_

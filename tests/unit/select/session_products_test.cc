#include "collector/select/session_products.h"

#include <gtest/gtest.h>

namespace alibi::select {
namespace {

using collector::Input;
using collector::InputKind;
using collector::InputState;

class Products : public ::testing::Test {
 protected:
  uint32_t input(InputKind kind, const std::string& subject, const std::string& detail = {}) {
    coverage_.inputs.push_back({kind, InputState::kPresent, {}, subject, detail});
    return static_cast<uint32_t>(coverage_.inputs.size() - 1);
  }
  void test(const std::string& id, std::vector<uint32_t> inputs) {
    collector::TestCoverage test;
    test.id = id;
    test.evidence.inputs = std::move(inputs);
    coverage_.tests.push_back(std::move(test));
  }
  collector::SessionCoverage coverage_;
};

TEST_F(Products, AreWhatWasNotThereBefore) {
  const uint32_t made = input(InputKind::kFile, "/p/made");
  const uint32_t below = input(InputKind::kFile, "/p/folder/sub/file");
  const uint32_t replaced = input(InputKind::kFile, "/p/replaced");
  input(InputKind::kWritten, "/p/made", "created");
  input(InputKind::kWritten, "/p/folder", "folder");
  input(InputKind::kWritten, "/p/replaced", "replaced");
  const std::vector<bool> products = made_by_session(coverage_);
  EXPECT_TRUE(products[made]);
  EXPECT_TRUE(products[below]);
  EXPECT_FALSE(products[replaced]);
}

TEST_F(Products, OfAFolderThatWasOnlyOpenedAreNone) {
  const uint32_t read = input(InputKind::kFile, "/tmp/project/data");
  input(InputKind::kWritten, "/tmp", "");
  EXPECT_FALSE(made_by_session(coverage_)[read]);
}

TEST_F(Products, AreChargedToWhoMadeThem) {
  const uint32_t read = input(InputKind::kFile, "/p/folder/file");
  const uint32_t folder = input(InputKind::kWritten, "/p/folder", "folder");
  const uint32_t file = input(InputKind::kWritten, "/p/folder/file", "created");
  test("a", {folder});
  test("b", {file});
  EXPECT_EQ(SessionProducts(coverage_).makers_of(read), (std::vector<uint32_t>{1}));
}

TEST_F(Products, AreNamesInAFolderThatWasThereBefore) {
  const uint32_t untouched = input(InputKind::kDirectory, "/p/folder");
  const uint32_t touched = input(InputKind::kDirectory, "/p/folder", "found:00");
  const uint32_t made = input(InputKind::kWritten, "/p/folder/made", "created");
  const uint32_t deeper = input(InputKind::kWritten, "/p/folder/sub/made", "created");
  test("maker", {made});
  test("other", {deeper});
  const SessionProducts products(coverage_);
  EXPECT_EQ(products.makers_of_names(touched), (std::vector<uint32_t>{0}));
  EXPECT_TRUE(products.makers_of_names(untouched).empty());
  // What else lies there is an input.
  EXPECT_TRUE(products.makers_of(touched).empty());
  EXPECT_FALSE(made_by_session(coverage_)[touched]);
}

}  // namespace
}  // namespace alibi::select

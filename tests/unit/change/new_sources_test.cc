#include "collector/change/new_sources.h"

#include <gtest/gtest.h>

namespace alibi::change {
namespace {

TEST(NewSources, TakesAListingForAnAutoloadersByItsWord) {
  using collector::InputKind;
  collector::Input listing{InputKind::kDirectory, collector::InputState::kPresent, {}, "/p/app", ""};
  EXPECT_FALSE(is_autoload_listing(listing));
  listing.detail = "autoload";
  EXPECT_TRUE(is_autoload_listing(listing));
  EXPECT_FALSE(is_eager_listing(listing));
  listing.detail = "eager load\nsession";
  EXPECT_TRUE(is_autoload_listing(listing));
  EXPECT_TRUE(is_eager_listing(listing));
  listing.kind = InputKind::kFile;
  EXPECT_FALSE(is_autoload_listing(listing));
}

TEST(NewSources, ComparesNamesByTheirLetters) {
  EXPECT_EQ(same_letters("html_page_2"), same_letters("HTMLPage2"));
  EXPECT_NE(same_letters("html_page"), same_letters("HtmlPages"));
}

}  // namespace
}  // namespace alibi::change

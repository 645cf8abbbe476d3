// Any bytes may lie in the folder: reading ends with a plan that loses nothing, or with an error.
#include <gtest/gtest.h>

#include <random>

#include "collector/plan_folder/discovery_cache.h"
#include "collector/plan_folder/plan_json.h"
#include "tests/unit/plan_folder/example_plan.h"

namespace alibi::plan_folder {
namespace {

using namespace testing;  // NOLINT: the example

void mutate(std::string* text, std::mt19937_64* random) {
  if (text->empty()) return;
  const size_t at = (*random)() % text->size();
  switch ((*random)() % 6) {
    case 0:
      text->resize(at);
      break;
    case 1:
      (*text)[at] = static_cast<char>((*random)());
      break;
    case 2:
      (*text)[at] = static_cast<char>((*text)[at] ^ (1 << ((*random)() % 8)));
      break;
    case 3:
      text->insert(at, std::string((*random)() % 30, '9'));
      break;
    case 4:
      text->erase(at, (*random)() % 40);
      break;
    default:
      text->insert(at, text->substr((*random)() % text->size(), (*random)() % 60));
      break;
  }
}

void expect_whole(const Result<PlannedRun>& read) {
  if (!read) {
    EXPECT_FALSE(read.error().message.empty());
    return;
  }
  const Result<void> checked = check_plan(*read);
  EXPECT_TRUE(checked) << checked.error().message;
}

TEST(HostileFolder, NeverGivesAPlanThatLosesOrDoublesATest) {
  std::mt19937_64 random(20261123);
  int read_anyway = 0;
  for (const bool is_ours : {true, false}) {
    for (const PlannedRun& planned : {example_plan(), divided_plan()}) {
      FolderTexts whole = texts_of(planned);
      if (!is_ours) whole.erase(kPlanJson);
      for (int round = 0; round < 1500; ++round) {
        FolderTexts texts = whole;
        auto file = texts.begin();
        std::advance(file, static_cast<int64_t>(random() % texts.size()));
        for (size_t times = 1 + random() % 3; times > 0; --times) mutate(&file->second, &random);
        if (random() % 20 == 0 && file->first != kPlanJson) texts.erase(file);
        const Result<PlannedRun> read = is_ours ? parse_own_folder(texts) : parse_peer_folder(texts);
        expect_whole(read);
        read_anyway += read ? 1 : 0;
      }
    }
  }
  EXPECT_GT(read_anyway, 100);  // changes that mean nothing
}

TEST(HostileFolder, HasNoListThatAnotherPlanMadeLonger) {
  // Every list is compared: a changed one is never read, whatever it says.
  std::mt19937_64 random(7);
  const FolderTexts whole = texts_of(example_plan());
  for (const char* path : {kTestFiles, kRunners, kPercentage, "runner/tests-split/runner-0"}) {
    for (int round = 0; round < 200; ++round) {
      FolderTexts texts = whole;
      mutate(&texts[path], &random);
      EXPECT_EQ(parse_own_folder(texts).ok(), texts[path] == whole.at(path)) << path << ": " << texts[path];
    }
  }
}

TEST(HostilePlanJson, IsRefusedWithWhatIsWrong) {
  const std::string good = render_plan_json(divided_plan());
  const std::vector<std::tuple<std::string, std::string, std::string>> changes = {
      {"\"version\":1", "\"version\":99", "version 99"},
      {"\"version\":1", "\"version\":-1", "\"version\" is not a whole number"},
      {"\"weight_ms\":31000", "\"weight_ms\":-1", "\"plan.units[0].weight_ms\" is not a whole number"},
      {"\"weight_ms\":31000", "\"weight_ms\":18446744073709551615", "weight_ms"},
      {"\"weight_ms\":31000", "\"weight_ms\":1e300", "weight_ms"},
      {"\"workers_per_node\":2", "\"workers_per_node\":4294967296", "workers_per_node"},
      {"\"choice\":\"lowest_score\"", "\"choice\":\"luck\"", "\"plan.choice\" is not a reason"},
      {"\"compat\":false", "\"compat\":0", "\"compat\" is not true or false"},
      {"\"file\":\"spec/a_spec.rb\"", "\"file\":7", "\"plan.units[0].file\" is not a text"},
      {"\"file\":\"spec/a_spec.rb\"", "\"file\":{\"bytes\":\"f\"}", "is not a text"},
      {"\"file\":\"spec/a_spec.rb\"", "\"file\":{\"bytes\":\"fg\"}", "is not a text"},
      {"\"platform\"", "\"platfrom\"", "\"platform\" is not there"}};
  for (const auto& [from, to, words] : changes) {
    std::string bad = good;
    const size_t at = bad.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    bad.replace(at, from.size(), to);
    const Result<PlannedRun> read = parse_plan_json(bad);
    ASSERT_FALSE(read) << to;
    EXPECT_NE(read.error().message.find(words), std::string::npos) << read.error().message;
  }
}

TEST(HostilePlanJson, DoesNotGrowTheStackOrTheMemory) {
  EXPECT_FALSE(parse_plan_json(std::string(1'000'000, '[')));
  EXPECT_FALSE(parse_plan_json("{\"version\":1,\"key\":" + std::string(1'000'000, '{')));
  std::string nested = "{\"version\":1,\"plan\":";
  for (int i = 0; i < 100'000; ++i) nested += "[";
  for (int i = 0; i < 100'000; ++i) nested += "]";
  EXPECT_FALSE(parse_plan_json(nested + "}"));
}

TEST(HostileDiscovery, NeverStopsReading) {
  std::mt19937_64 random(11);
  DiscoveryCache cache;
  cache.tests = {{"adds", "Cart", "rspec", "{}", "spec/cart_spec.rb"},
                 {"pays", "Cart", "rspec", "", "spec/cart_spec.rb"}};
  cache.metadata.source_commit = "abc";
  cache.metadata.file_hashes = {{"spec/cart_spec.rb", "0011223344556677"}};
  const std::string good = render_discovery(cache);
  for (int round = 0; round < 3000; ++round) {
    std::string bytes = good;
    for (size_t times = 1 + random() % 3; times > 0; --times) mutate(&bytes, &random);
    const Result<DiscoveryCache> read = parse_discovery(bytes);
    if (!read) {
      EXPECT_FALSE(read.error().message.empty());
    }
  }
}

}  // namespace
}  // namespace alibi::plan_folder

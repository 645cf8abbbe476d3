#include "collector/transport/agent_features.h"

#include <gtest/gtest.h>

#include "collector/model/error_codes.h"

namespace alibi::transport {
namespace {

AgentFeatures features_of(std::string_view info) {
  const Result<AgentFeatures> features = agent_features(info);
  EXPECT_TRUE(features.ok());
  return features.ok() ? *features : AgentFeatures();
}

TEST(AgentFeaturesTest, TheFourthVersionIsPreferredWhereverItStands) {
  for (const char* info : {R"({"endpoints": ["/evp_proxy/v2/", "/evp_proxy/v4/"]})",
                           R"({"endpoints": ["/evp_proxy/v4/", "/evp_proxy/v2/"]})"}) {
    EXPECT_EQ(features_of(info).prefix, AgentPrefix::kV4);
    EXPECT_TRUE(features_of(info).takes_gzip);
  }
}

TEST(AgentFeaturesTest, TheSecondVersionTakesNoGzip) {
  const AgentFeatures features = features_of(R"({"endpoints": ["/v0.4/traces", "/evp_proxy/v2/"]})");
  EXPECT_EQ(features.prefix, AgentPrefix::kV2);
  EXPECT_FALSE(features.takes_gzip);
}

TEST(AgentFeaturesTest, OnlyTheExactNamesCount) {
  const char* info =
      R"({"endpoints": ["/evp_proxy/v4", "evp_proxy/v4/", "/evp_proxy/v4/x", "/evp_proxy/v3/"]})";
  EXPECT_EQ(features_of(info).prefix, AgentPrefix::kNone);
}

TEST(AgentFeaturesTest, TheDefaultEnvironmentIsRead) {
  EXPECT_EQ(features_of(R"({"config": {"default_env": "ci"}})").default_env, "ci");
}

TEST(AgentFeaturesTest, FieldsOfOtherTypesCountAsAbsent) {
  for (const char* info :
       {"{}", R"({"endpoints": null})", R"({"endpoints": "/evp_proxy/v4/"})",
        R"({"endpoints": {"/evp_proxy/v4/": 1}})", R"({"endpoints": [1, null, ["/evp_proxy/v4/"]]})",
        R"({"config": null})", R"({"config": []})", R"({"config": {"default_env": 5}})",
        R"({"config": {"default_env": null}, "endpoints": 1.5})"}) {
    const AgentFeatures features = features_of(info);
    EXPECT_EQ(features.prefix, AgentPrefix::kNone) << info;
    EXPECT_EQ(features.default_env, "") << info;
  }
  EXPECT_EQ(features_of(R"({"config": {"default_env": ")" + std::string(300, 'x') + "\"}}").default_env, "");
}

TEST(AgentFeaturesTest, WhatIsNoObjectIsNoAgent) {
  for (const char* info :
       {"", "null", "[]", "1", "\"text\"", "<html>", "{\"endpoints\": [", "{} x", "\xff\xfe"}) {
    const Result<AgentFeatures> features = agent_features(info);
    ASSERT_FALSE(features.ok()) << info;
    EXPECT_EQ(features.error().code, collector::kRefused);
  }
}

TEST(AgentFeaturesTest, DeepNestingHurtsNobody) {
  const std::string deep = R"({"endpoints": )" + std::string(500'000, '[') + std::string(500'000, ']') + "}";
  EXPECT_EQ(features_of(deep).prefix, AgentPrefix::kNone);
  EXPECT_FALSE(agent_features(std::string(500'000, '[')).ok());
}

}  // namespace
}  // namespace alibi::transport

#include "collector/transport/container_id.h"

#include <gtest/gtest.h>

namespace alibi::transport {
namespace {

const std::string kId(64, 'b');

TEST(ContainerIdTest, IsFoundInEveryUsualForm) {
  EXPECT_EQ(container_id("9:name=systemd:/\n4:memory:/docker/" + kId + "\n0::/\n"), kId);
  EXPECT_EQ(container_id("0::/system.slice/docker-" + kId + ".scope\n"), kId);
  EXPECT_EQ(container_id("0::/kubepods.slice/x.slice/cri-containerd-" + kId + ".scope"), kId);
  EXPECT_EQ(container_id("1:cpu:/ecs/x/" + kId.substr(0, 32) + "-1234567890\n"),
            kId.substr(0, 32) + "-1234567890");
}

TEST(ContainerIdTest, NothingElseIsOne) {
  for (const std::string& text :
       {std::string(), std::string("0::/\n"), std::string("\n\n/"), "0::/" + kId + "b",
        "0::/" + kId.substr(1), "0::/" + kId.substr(1) + "g", "0::/" + kId.substr(0, 32) + "-12x", kId})
    EXPECT_EQ(container_id(text), "") << text;
}

}  // namespace
}  // namespace alibi::transport

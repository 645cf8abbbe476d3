#include "collector/ship/access.h"

#include <gtest/gtest.h>

namespace alibi::ship {
namespace {

TEST(Access, TheContainerIsForAgentsOnly) {
  const std::string id(64, 'a');
  const Surroundings inside{false, "0::/docker/" + id + "\n"};
  const Result<Access> agent = intake_access({{"DD_AGENT_HOST", "agent"}}, inside);
  ASSERT_TRUE(agent.ok());
  EXPECT_EQ(agent->address.container, id);
  const Result<Access> agentless =
      intake_access({{"DD_CIVISIBILITY_AGENTLESS_ENABLED", "1"}, {"DD_API_KEY", "0123456789"}}, inside);
  ASSERT_TRUE(agentless.ok());
  EXPECT_EQ(agentless->address.container, "");
}

}  // namespace
}  // namespace alibi::ship

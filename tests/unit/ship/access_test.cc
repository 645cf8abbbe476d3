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

TEST(Access, APlanHasOnePatienceForAllThatItAsks) {
  using std::chrono::milliseconds;
  EXPECT_EQ(limits_of_plan({}).budget, milliseconds(10'000));
  EXPECT_EQ(limits_of_plan({}).request, milliseconds(10'000));
  const transport::ClientLimits said = limits_of_plan({{"ALIBI_INTAKE_PATIENCE_MS", "700"}});
  EXPECT_EQ(said.budget, milliseconds(700));
  EXPECT_EQ(said.request, milliseconds(700));
  EXPECT_EQ(limits_of_plan({{"DD_CIVISIBILITY_BACKEND_API_TIMEOUT_MILLIS", "400"}}).request,
            milliseconds(400));
  EXPECT_EQ(limits_of_plan({{"ALIBI_INTAKE_PATIENCE_MS", "soon"}}).budget, milliseconds(10'000));
}

}  // namespace
}  // namespace alibi::ship

// Every file of a plan folder keeps its bytes: those that the peer's readers know, and our own.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <set>
#include <span>

#include "tests/support/golden.h"
#include "tests/unit/plan_folder/example_plan.h"

namespace alibi::plan_folder {
namespace {

using namespace testing;  // NOLINT: the example

class GoldenPlan : public ::testing::TestWithParam<PlanFile> {};

TEST_P(GoldenPlan, KeepsTheBytesOfEachFile) {
  const PlanFile& file = GetParam();
  const std::string name = "plan/v1-example/" + file.path;
  if (std::getenv("ALIBI_ACCEPT_GOLDEN") != nullptr) {
    std::filesystem::create_directories(
        std::filesystem::path(alibi::testing::golden_path(name)).parent_path());
  }
  ALIBI_EXPECT_GOLDEN(std::as_bytes(std::span(file.bytes)), name);
}

std::string name_of(const ::testing::TestParamInfo<PlanFile>& info) {
  std::string name;
  for (const char c : info.param.path) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) name += c;
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(Each, GoldenPlan, ::testing::ValuesIn(render_plan(example_plan())), name_of);

TEST(GoldenPlanFolder, HoldsNoOtherFiles) {
  std::set<std::string> kept;
  const std::filesystem::path folder = alibi::testing::golden_path("plan/v1-example");
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) kept.insert(std::filesystem::relative(entry.path(), folder).string());
  }
  std::set<std::string> planned;
  for (const PlanFile& file : render_plan(example_plan())) planned.insert(file.path);
  EXPECT_EQ(kept, planned);
}

}  // namespace
}  // namespace alibi::plan_folder

// How well projects are planned after one and more runs, with the learned weight of priors and the fixed one.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <random>

#include "collector/plan/estimate.h"
#include "collector/plan/long_files.h"
#include "collector/plan/planner.h"
#include "tests/unit/plan/random_suites.h"

namespace alibi::plan {
namespace {

constexpr int64_t kDay = 86400;

struct Project {
  std::vector<FileHistory> files;
  std::map<std::string, uint64_t> true_ms;
};

Project project(size_t files, double spread, int samples, double noise, Random* random) {
  std::lognormal_distribution<double> size(std::log(5000.0), spread), factor(0.0, noise);
  Project made;
  for (size_t number = 0; number < files; ++number) {
    const std::string name = "t/f" + std::to_string(number);
    const double ms = size(*random) + 1;
    made.true_ms[name] = static_cast<uint64_t>(ms);
    FileHistory history{name, 0, 0, {}};
    for (int at = 0; at < samples; ++at)
      history.samples.push_back(
          {(20 + at) * kDay, static_cast<uint64_t>(ms * factor(*random)) + 1, "", true});
    made.files.push_back(std::move(history));
  }
  return made;
}

EstimateRules rules(bool learned) {
  EstimateRules made;
  made.learns_prior_weight = learned;
  return made;
}

Plan planned(std::vector<Unit> units, int64_t nodes) {
  PlanRequest request = request_for(std::move(units), nodes, nodes);
  request.compat = true;  // quick; what is measured here are estimates
  return make_plan(request);
}

// How long the nodes really take, planned by these estimates.
uint64_t real_wall(const Project& project, bool learned, int64_t nodes) {
  std::vector<Unit> units;
  for (const auto& [file, estimate] : estimate_files(project.files, 28 * kDay, "", rules(learned)))
    units.push_back({file, {}, "", estimate.duration_ms});
  const Plan plan = planned(std::move(units), nodes);
  uint64_t wall = 0;
  for (const NodeShare& node : plan.nodes) {
    uint64_t load = 0;
    for (const size_t unit : units_on(node)) load += project.true_ms.at(plan.units[unit].file);
    wall = std::max(wall, load);
  }
  return wall;
}

struct Figures {
  double before = 0, now = 0;  // mean of wall to that of a plan that knows
};

Figures figures(size_t files, double spread, int samples, double noise) {
  Random random(static_cast<uint64_t>(samples * 100 + noise * 10 + spread * 1000));
  Figures made;
  constexpr int kRounds = 60;
  constexpr int64_t kNodes = 6;
  for (int round = 0; round < kRounds; ++round) {
    const Project one = project(files, spread, samples, noise, &random);
    std::vector<Unit> known;
    for (const auto& [file, ms] : one.true_ms) known.push_back({file, {}, "", ms});
    const auto best = static_cast<double>(planned(known, kNodes).wall_ms);
    made.before += static_cast<double>(real_wall(one, false, kNodes)) / best / kRounds;
    made.now += static_cast<double>(real_wall(one, true, kNodes)) / best / kRounds;
  }
  return made;
}

TEST(EstimateSpread, PlansNoProjectWorseThanAFixedWeightOfThePrior) {
  std::printf("files spread samples noise | fixed weight  learned weight (real wall to the best)\n");
  for (const size_t files : {24U, 80U}) {
    for (const double spread : {0.1, 0.5, 1.0, 1.5}) {
      for (const int samples : {1, 2, 5}) {
        for (const double noise : {0.2, 0.5}) {
          const Figures found = figures(files, spread, samples, noise);
          std::printf("%5zu %6.1f %7d %5.1f | %12.4f  %14.4f\n", files, spread, samples, noise, found.before,
                      found.now);
          EXPECT_LE(found.now, found.before * 1.02);
        }
      }
    }
  }
}

TEST(EstimateSpread, BelievesALongFileThatWasMeasuredOnce) {
  for (const double noise : {0.2, 0.5}) {
    Random random(11);
    Project one = project(60, 0.5, 1, noise, &random);
    one.files.push_back({"t/long", 0, 0, {{20 * kDay, 600'000, "", true}}});
    const uint64_t before = estimate_files(one.files, 28 * kDay, "", rules(false)).at("t/long").duration_ms;
    const uint64_t now = estimate_files(one.files, 28 * kDay, "", rules(true)).at("t/long").duration_ms;
    std::printf(
        "600 s measured once among 60 files of about 5 s, noise %.1f: fixed weight %.1f s, learned "
        "%.1f s\n",
        noise, static_cast<double>(before) / 1000, static_cast<double>(now) / 1000);
    EXPECT_LT(before, 60'000u);
    EXPECT_GT(now, 450'000u);
    EXPECT_LE(now, 600'000u);
  }
}

// Files that are alike say more of one another than a noisy run of each.
TEST(EstimateSpread, DrawsFilesTogetherThatAreAlike) {
  Random random(12);
  std::lognormal_distribution<double> factor(0.0, 0.5);
  std::vector<FileHistory> files;
  for (int number = 0; number < 50; ++number) {
    FileHistory history{"t/f" + std::to_string(number), 0, 0, {}};
    for (int at = 0; at < 2; ++at)
      history.samples.push_back({(20 + at) * kDay, static_cast<uint64_t>(4000 * factor(random)), "", true});
    files.push_back(history);
  }
  double before = 0, now = 0;
  const auto error = [](uint64_t ms) { return std::fabs(std::log(static_cast<double>(ms) / 4000)); };
  const auto fixed = estimate_files(files, 28 * kDay, "", rules(false));
  for (const auto& [file, estimate] : estimate_files(files, 28 * kDay, "", rules(true))) {
    now += error(estimate.duration_ms);
    before += error(fixed.at(file).duration_ms);
  }
  std::printf("50 equal files, 2 runs, noise 0.5: mean error %.3f with the fixed weight, %.3f learned\n",
              before / 50, now / 50);
  EXPECT_LT(now, before);
}

// A lasting change is one difference, not noise for ever.
TEST(EstimateSpread, TakesAChangeOfAllFilesForNoNoise) {
  std::vector<FileHistory> files;
  for (int number = 0; number < 30; ++number) {
    const auto ms = static_cast<uint64_t>(1000 * std::pow(1.2, number));
    FileHistory history{"t/f" + std::to_string(number), 0, 0, {}};
    for (int at = 0; at < 10; ++at)
      history.samples.push_back({(18 + at) * kDay, at < 5 ? ms : ms * 2, "", true});
    files.push_back(history);
  }
  const auto estimates = estimate_files(files, 28 * kDay, "");
  const auto longest = static_cast<uint64_t>(1000 * std::pow(1.2, 29)) * 2;
  EXPECT_GT(estimates.at("t/f29").duration_ms, longest * 95 / 100);
}

}  // namespace
}  // namespace alibi::plan

// Suites with log-normal durations, and requests of them. For the tests of planning only.
#ifndef ALIBI_TESTS_UNIT_PLAN_RANDOM_SUITES_H_
#define ALIBI_TESTS_UNIT_PLAN_RANDOM_SUITES_H_

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "collector/plan/long_files.h"
#include "collector/plan/planner.h"

namespace alibi::plan {

using Random = std::mt19937_64;

inline std::vector<Unit> random_units(size_t count, double sigma, Random* random) {
  std::lognormal_distribution<double> duration(std::log(2000.0), sigma);
  std::vector<Unit> units;
  for (size_t i = 0; i < count; ++i)
    units.push_back({"test_" + std::to_string(i), {}, "", static_cast<uint64_t>(duration(*random)) + 1});
  return units;
}

inline std::vector<Unit> units_of(const std::vector<uint64_t>& weights) {
  std::vector<Unit> units;
  for (size_t i = 0; i < weights.size(); ++i)
    units.push_back({"test_" + std::to_string(i), {}, "", weights[i]});
  return units;
}

inline FileTests tests_of(const std::string& file, const std::vector<uint64_t>& weights) {
  FileTests tests;
  tests.file = file;
  for (size_t i = 0; i < weights.size(); ++i)
    tests.groups.push_back({{file + "::test_" + std::to_string(i)}, weights[i]});
  return tests;
}

inline PlanRequest request_for(std::vector<Unit> units, int64_t least, int64_t most) {
  PlanRequest request;
  request.units = std::move(units);
  request.min_nodes = least;
  request.max_nodes = most;
  return request;
}

// Everything that a plan says.
inline std::string written(const Plan& plan) {
  std::ostringstream text;
  text << plan.wall_ms << ' ' << plan.imbalance_ms << ' ' << plan.total_ms << ' ' << plan.lower_bound_ms
       << ' ' << choice_text(plan.choice) << ' ' << plan.without_target << '\n';
  for (const Unit& unit : plan.units) {
    text << unit.file << '|' << unit.group << '|' << unit.weight_ms << '|' << static_cast<int>(unit.source);
    for (const std::string& selector : unit.selectors) text << '|' << selector;
    text << '\n';
  }
  for (const NodeShare& node : plan.nodes) {
    text << "node " << node.wall_ms;
    for (const WorkerShare& worker : node.workers) {
      text << " worker " << worker.load_ms;
      for (const size_t unit : worker.units) text << ' ' << unit;
    }
    text << '\n';
  }
  for (const Candidate& row : plan.candidates) {
    text << row.nodes << ' ' << row.wall_ms << ' ' << row.score_ms << ' ' << row.imbalance_ms << ' '
         << row.lower_bound_ms << '\n';
  }
  for (const std::string& warning : plan.warnings) text << warning << '\n';
  return text.str();
}

// Positions of the units of a node, ascending.
inline std::vector<size_t> units_on(const NodeShare& node) {
  std::vector<size_t> units;
  for (const WorkerShare& worker : node.workers)
    units.insert(units.end(), worker.units.begin(), worker.units.end());
  std::sort(units.begin(), units.end());
  return units;
}

}  // namespace alibi::plan

#endif  // ALIBI_TESTS_UNIT_PLAN_RANDOM_SUITES_H_

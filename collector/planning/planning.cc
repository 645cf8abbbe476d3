#include "collector/planning/planning.h"

#include <algorithm>
#include <set>
#include <utility>

#include "collector/model/plan_errors.h"
#include "collector/plan/divided_plan.h"
#include "collector/planning/discovering.h"
#include "collector/planning/test_groups.h"

namespace alibi::planning {
namespace {

// One plan in the making: each step leaves what the next ones need.
class Planning {
 public:
  Planning(const PlanningRequest& request, const PlanningDoors& doors) : request_(request), doors_(doors) {}

  Result<Planned> run() {
    for (const auto step : {&Planning::choose_framework, &Planning::ask_service}) {
      if (Result<void> done = (this->*step)(); !done) return std::move(done).error();
    }
    Result<framework::Discovery> found = discover(request_, doors_, project(), revision_.commit, &planned_);
    if (!found) return std::move(found).error();
    discovery_ = std::move(*found);
    estimate();
    if (Result<void> done = leave_out(); !done) return std::move(done).error();
    if (Result<void> done = divide(); !done) return std::move(done).error();
    pack();
    describe();
    return std::move(planned_);
  }

 private:
  const plan::Settings& settings() const { return request_.settings; }

  framework::Project project() const {
    framework::Project project;
    project.directory = request_.directory;
    project.repository = revision_.root;
    project.environment = request_.environment;
    project.settings = settings();
    project.scratch = request_.scratch;
    project.of_other_machines = !request_.runs_here;
    return project;
  }

  Result<void> choose_framework() {
    revision_ = doors_.revision();
    Result<std::unique_ptr<framework::Framework>> made =
        framework::make_framework(project(), doors_.run_program);
    if (!made) return in_step(collector::kPlanFramework, std::move(made).error());
    planned_.framework = std::move(*made);
    if (Result<void> checked = planned_.framework->check(); !checked)
      return in_step(collector::kPlanPlatform, std::move(checked).error());
    Result<std::map<std::string, std::string>> tags = planned_.framework->runtime_tags();
    if (!tags) return in_step(collector::kPlanPlatformTags, std::move(tags).error());
    tags_ = std::move(*tags);
    for (const auto& [name, value] : settings().runtime_tags) tags_[name] = value;
    return {};
  }

  // "javascript" thinks in suites, Python in tests; Ruby as it was told.
  bool suite_level() const {
    if (planned_.framework->platform() == "javascript") return true;
    return planned_.framework->platform() == "ruby" && settings().skipping == plan::SkippingLevel::kSuite;
  }

  Result<void> ask_service() {
    ServiceQuestion question;
    question.language = planned_.framework->platform();
    question.framework = planned_.framework->name();
    question.runtime_tags = tags_;
    question.suite_level = suite_level();
    question.directory = request_.directory;
    planned_.service = doors_.ask_service(question);
    if (!settings().selects) planned_.service.skips = {};
    for (const std::string& problem : planned_.service.problems) planned_.notices.push_back(problem);
    return {};
  }

  void estimate() {
    HistoryQuestion question;
    question.directory = request_.directory;
    question.data = request_.data;
    question.has_evidence = request_.has_evidence;
    question.framework = planned_.framework->name();
    question.files = discovery_.files;
    question.junit = settings().durations;
    question.now_s = request_.now_s;
    question.compat = settings().compat;
    for (const framework::DiscoveredTest& test : discovery_.tests)
      question.tests[test.file].insert(test.selector);
    planned_.history = read_history(question);
    for (const std::string& notice : planned_.history.notices) planned_.notices.push_back(notice);
  }

  // A file's own history says more than what the service knows of its suites: it has the time for loading it.
  void put_estimates(std::vector<plan::SuiteFacts>* suites) const {
    std::map<std::string, uint64_t> tests;
    for (const plan::SuiteFacts& suite : *suites) tests[suite.file] += suite.tests;
    for (plan::SuiteFacts& suite : *suites) {
      const auto found = planned_.history.files.find(suite.file);
      if (found == planned_.history.files.end()) continue;
      const plan::Estimate& estimate = found->second;
      if (estimate.source != plan::DurationSource::kKnown) continue;
      if (settings().compat && suite.known_ns) continue;
      const double share = static_cast<double>(suite.tests) / static_cast<double>(tests[suite.file]);
      suite.known_ns = static_cast<uint64_t>(static_cast<double>(estimate.duration_ms) * share * 1e6);
    }
  }

  Result<void> leave_out() {
    SkipQuestion question;
    question.discovery = &discovery_;
    question.full = planned_.full_discovery;
    question.evidence_says = planned_.framework->decides_by_evidence();
    question.trust = request_.trust;
    question.service = planned_.service.skips;
    // A file may have suites that nobody ever named: what could list its tests and did not, proves nothing.
    if (!planned_.full_discovery && planned_.framework->abilities().full_discovery)
      question.service.skips = false;
    question.known = planned_.service.known;
    std::vector<plan::SuiteFacts> suites =
        suites_with_skips(question, [this](const std::string& module, const std::string& suite) {
          return planned_.framework->file_of_suite(module, suite);
        });
    put_estimates(&suites);
    std::set<std::string> touched;
    for (const plan::SuiteFacts& suite : suites) {
      if (suite.skipped != 0) touched.insert(suite.file);
    }
    std::vector<std::string> unskippable;
    for (const std::string& file : touched) {
      if (planned_.framework->is_unskippable(file)) unskippable.push_back(file);
    }
    planned_.run.files = plan::runnable_files(discovery_.files, suites, unskippable);
    if (!planned_.run.files.left_out.empty()) planned_.ground = discovery_.ground;
    weigh();
    say_why();
    return {};
  }

  // Files of which nothing is known: what files like them take, where the peer says a second.
  void weigh() {
    for (plan::Unit& unit : planned_.run.files.units) {
      const auto found = planned_.history.files.find(unit.file);
      if (found == planned_.history.files.end()) continue;
      const bool known_whole = found->second.source == plan::DurationSource::kKnown &&
                               unit.source == plan::DurationSource::kDefault;
      if (!known_whole && (settings().compat || unit.source == plan::DurationSource::kKnown)) continue;
      unit.weight_ms = std::max<uint64_t>(found->second.duration_ms, 1);
      unit.source = found->second.source;
    }
    for (const plan::Unit& unit : planned_.run.files.units) {
      const auto found = planned_.history.files.find(unit.file);
      const bool service =
          unit.source == plan::DurationSource::kKnown &&
          (found == planned_.history.files.end() || found->second.source != plan::DurationSource::kKnown);
      planned_.run.estimates[unit.file] = service                                 ? "the service's median"
                                          : found == planned_.history.files.end() ? "nothing is known"
                                                                                  : found->second.why;
    }
  }

  void say_why() {
    std::map<std::string, std::string> first;
    for (const framework::DiscoveredTest& test : discovery_.tests) {
      if (test.skipped) first.try_emplace(test.file, test.reason);
    }
    for (const std::string& file : planned_.run.files.left_out) {
      const auto cleared = discovery_.cleared.find(file);
      const auto test = first.find(file);
      planned_.run.reasons[file] = cleared != discovery_.cleared.end() ? cleared->second
                                   : test != first.end()               ? test->second
                                                         : "the service leaves out all its tests";
    }
  }

  uint32_t most_bins() const {
    const int64_t nodes = std::clamp<int64_t>(settings().max_nodes, 1, 1 << 16);
    return static_cast<uint32_t>(std::min<int64_t>(nodes * settings().workers, 1 << 20));
  }

  bool is_worth_dividing() const {
    if (settings().compat || !settings().split_long_files || most_bins() < 2) return false;
    // Examples of RSpec are selected by their places, which are others where contexts are made of what a node
    // has: only where the plan is run at once, on the same machine.
    if (planned_.framework->platform() != "python" && !request_.runs_here) return false;
    if (!planned_.framework->abilities().divides_files) return false;
    uint64_t sum = 0, longest = 0;
    for (const plan::Unit& unit : planned_.run.files.units) {
      sum += unit.weight_ms;
      longest = std::max(longest, unit.weight_ms);
    }
    return longest >= 2000 && longest > sum / most_bins();
  }

  // What is needed to divide long files, where that can win something.
  Result<void> divide() {
    if (!is_worth_dividing()) return {};
    if (!planned_.full_discovery) {
      Result<framework::Discovery> tests = planned_.framework->list_tests();
      if (!tests) {
        planned_.notices.push_back("long files stay whole, since their tests could not be listed: " +
                                   tests.error().message);
        return {};
      }
      discovery_.tests = std::move(tests->tests);
    }
    const GroupRules rules{planned_.framework->platform() == "python",
                           planned_.framework->runs_tests_apart()};
    divisible_ = test_groups(discovery_.tests, planned_.run.files.units, rules);
    divides_ = true;
    return {};
  }

  plan::FixedCosts costs() const {
    return settings().compat ? plan::FixedCosts{} : planned_.history.learned.costs;
  }

  void pack() {
    plan::PlanRequest& wanted = planned_.request;
    wanted.units = planned_.run.files.units;
    wanted.min_nodes = settings().min_nodes;
    wanted.max_nodes = settings().max_nodes;
    wanted.workers_per_node = settings().workers;
    wanted.overhead_ms = settings().overhead_ms;
    if (settings().learns_overhead && planned_.history.learned.costs.node_ms != 0)
      wanted.overhead_ms = planned_.history.learned.costs.node_ms;
    wanted.target_ms = settings().target_ms;
    wanted.min_saving_ms = settings().min_saving_ms;
    wanted.costs = costs();
    wanted.objective = settings().objective;
    wanted.compat = settings().compat;
    wanted.previous = request_.previous;
    if (!divides_) {
      planned_.run.plan = plan::make_plan(wanted);
      return;
    }
    plan::DividedPlan made = plan::divided_plan(wanted, divisible_, most_bins());
    planned_.run.plan = std::move(made.plan);
    planned_.divisions = std::move(made.division.reasons);
    wanted.units = std::move(made.division.units);  // for those who ask for other numbers of nodes
  }

  void describe() {
    plan_folder::PlannedRun& run = planned_.run;
    run.run = {revision_.service, revision_.repository, revision_.commit, revision_.branch};
    run.platform = planned_.framework->platform();
    run.framework = planned_.framework->name();
    run.skipping_level = suite_level() ? "suite" : "test";
    for (const auto& [name, value] : tags_) {
      if (name.starts_with("os.")) run.os_tags[name] = value;
      if (name.starts_with("runtime.")) run.runtime_tags[name] = value;
    }
    run.costs = costs();
    run.workers_per_node = settings().workers;
    run.compat = settings().compat;
    const std::set<std::string> known(discovery_.files.begin(), discovery_.files.end());
    for (const std::string& file : planned_.listed_files) {
      if (!known.contains(file)) run.no_tests.push_back(file);
    }
    run.http_cache = planned_.service.bodies;
    run.p90_ns = planned_.service.p90_ns;
    for (const std::string& warning : run.plan.warnings) planned_.notices.push_back(warning);
  }

  const PlanningRequest& request_;
  const PlanningDoors& doors_;
  Planned planned_;
  Revision revision_;
  std::map<std::string, std::string> tags_;
  framework::Discovery discovery_;
  std::vector<plan::FileTests> divisible_;  // what long files may be divided into
  bool divides_ = false;
};

}  // namespace

Result<Planned> make_planned_run(const PlanningRequest& request, const PlanningDoors& doors) {
  return Planning(request, doors).run();
}

}  // namespace alibi::planning

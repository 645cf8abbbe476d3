#include "collector/planning/discovering.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "collector/model/plan_errors.h"

namespace alibi::planning {
namespace {

using std::chrono::steady_clock;

uint64_t milliseconds_since(steady_clock::time_point start) {
  return static_cast<uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now() - start).count());
}

class Discovering {
 public:
  Discovering(const PlanningRequest& request, const PlanningDoors& doors, const framework::Project& project,
              const std::string& commit, Planned* planned)
      : request_(request),
        doors_(doors),
        project_(project),
        commit_(commit),
        planned_(planned),
        framework_(*planned->framework) {}

  Result<framework::Discovery> run() {
    const auto start = steady_clock::now();
    Result<framework::Discovery> files = framework_.list_files();
    if (files) planned_->listed_files = files->files;
    if (files)
      planned_->notices.insert(planned_->notices.end(), files->notices.begin(), files->notices.end());
    if (wants_tests()) {
      Result<framework::Discovery> tests = list_tests();
      if (tests && (!tests->tests.empty() || !tests->cleared.empty())) {
        discovery_ = std::move(*tests);
        planned_->full_discovery = true;
        keep_what_nobody_can_compare();
        keep_unnamed_files();
      } else if (Result<void> may = go_on_with_files(tests, files); !may) {
        return std::move(may).error();
      }
    }
    if (!planned_->full_discovery) {
      if (!files) return in_step(collector::kPlanFastDiscovery, std::move(files).error());
      discovery_ = std::move(*files);
    }
    if (Result<void> some = expect_files(); !some) return std::move(some).error();
    planned_->discovery_ms = milliseconds_since(start);
    planned_->discovered_files = discovery_.files.size();
    planned_->discovered_tests = discovery_.tests.size();
    for (const std::string& notice : discovery_.notices) {
      if (std::ranges::find(planned_->notices, notice) == planned_->notices.end())
        planned_->notices.push_back(notice);
    }
    return std::move(discovery_);
  }

 private:
  bool has_something_to_skip() const {
    const ServiceSkips& skips = planned_->service.skips;
    const auto disabled = [](const payload::ManagedTest& test) {
      return test.disabled && !test.attempt_to_fix;
    };
    return (skips.skips && !skips.items.empty()) || std::ranges::any_of(skips.managed, disabled);
  }

  bool wants_tests() const {
    if (!framework_.abilities().full_discovery) return false;
    if (request_.settings.full_discovery) return true;
    if (!request_.settings.selects) return false;
    return request_.has_evidence || has_something_to_skip();
  }

  // A wrong pattern must not look like a suite that passes.
  Result<void> expect_files() {
    if (!discovery_.files.empty() || request_.settings.compat) return {};
    if (has_excluded_files()) {
      planned_->notices.push_back("--tests-exclude-pattern " + request_.settings.tests_exclude +
                                  " leaves out every test file");
      return {};
    }
    const std::string pattern = framework_.pattern();
    return Error{collector::kPlanTestFiles, 0,
                 pattern.empty() ? "no test file was found: --list-command prints none"
                                 : "no test file matches " + pattern +
                                       "; --tests-location says where they are (a pattern such as "
                                       "tests/**/test_*.py)"};
  }

  bool has_excluded_files() const {
    if (request_.settings.tests_exclude.empty()) return false;
    framework::Project all = project_;
    all.settings.tests_exclude.clear();
    const Result<std::unique_ptr<framework::Framework>> made =
        framework::make_framework(all, doors_.run_program);
    if (!made) return false;
    const Result<framework::Discovery> files = (*made)->list_files();
    return files && !files->files.empty();
  }

  // What is left out rests on packages and files that a node may have otherwise: where nobody said on which,
  // or no commit says of which sources, it runs.
  void keep_what_nobody_can_compare() {
    if (request_.runs_here || (!discovery_.ground.empty() && !commit_.empty())) return;
    bool clears = !discovery_.cleared.empty();
    discovery_.cleared.clear();
    for (framework::DiscoveredTest& test : discovery_.tests)
      clears = std::exchange(test.skipped, false) || clears;
    if (!clears) return;
    if (commit_.empty()) {
      planned_->notices.emplace_back(
          "no file is left out by Alibi's evidence: without a commit of git nothing says whether the sources "
          "where the plan runs are those of now");
      return;
    }
    planned_->notices.emplace_back(
        "no file is left out by Alibi's evidence: the alibi that the tests use does not say what that rests "
        "on; "
        "install the same version of Alibi for the tests");
  }

  // A file without a test here may have some elsewhere (skipped as a whole where something is not installed),
  // or tests that are found under another file's name: it runs whole, and its worker sees.
  void keep_unnamed_files() {
    if (discovery_.files_complete) return;
    std::set<std::string> files(discovery_.files.begin(), discovery_.files.end());
    files.insert(planned_->listed_files.begin(), planned_->listed_files.end());
    discovery_.files.assign(files.begin(), files.end());
  }

  Result<framework::Discovery> list_tests() {
    if (request_.has_evidence && framework_.decides_by_evidence()) return framework_.list_tests();
    if (std::optional<framework::Discovery> kept = doors_.find_tests(framework_)) return *std::move(kept);
    Result<framework::Discovery> tests = framework_.list_tests();
    if (tests && !tests->tests.empty()) doors_.keep_tests(framework_, *tests);
    return tests;
  }

  // Tests could not be listed: their files can run all the same, whole.
  Result<void> go_on_with_files(const Result<framework::Discovery>& tests,
                                const Result<framework::Discovery>& files) {
    if (tests) return {};  // there are none; maybe there are files
    Error failed = in_step(collector::kPlanFullDiscovery, tests.error());
    if (request_.settings.strict_discovery || !files) return failed;
    planned_->notices.push_back("tests could not be listed, so that files run whole: " + failed.message);
    return {};
  }

  const PlanningRequest& request_;
  const PlanningDoors& doors_;
  const framework::Project& project_;
  const std::string& commit_;
  Planned* planned_;
  framework::Framework& framework_;
  framework::Discovery discovery_;
};

}  // namespace

Error in_step(ErrorCode code, Error error) {
  for (const collector::PlanErrorName& name : collector::kPlanErrorNames) {
    if (name.code == error.code) return error;
  }
  error.code = code;
  return error;
}

Result<framework::Discovery> discover(const PlanningRequest& request, const PlanningDoors& doors,
                                      const framework::Project& project, const std::string& commit,
                                      Planned* planned) {
  return Discovering(request, doors, project, commit, planned).run();
}

}  // namespace alibi::planning

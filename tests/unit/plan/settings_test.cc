// Flags over variables over defaults, and what every bad value is told.
#include "collector/plan/settings.h"

#include <gtest/gtest.h>

#include <set>

#include "collector/model/plan_errors.h"

namespace alibi::plan {
namespace {

using Environment = std::map<std::string, std::string>;
using Flags = std::map<std::string, std::vector<std::string>>;

constexpr char kPrefix[] = "DD_TEST_OPTIMIZATION_RUNNER_";

Result<Settings> resolve(const Flags& flags, const Environment& environment = {}, uint32_t cores = 4) {
  return resolve_settings({flags, environment, cores});
}

Settings resolved(const Flags& flags, const Environment& environment = {}, uint32_t cores = 4) {
  const Result<Settings> settings = resolve(flags, environment, cores);
  EXPECT_TRUE(settings) << (settings ? "" : settings.error().message);
  return settings ? *settings : Settings();
}

TEST(Settings, AreTheirDefaultsWhenNothingIsGiven) {
  const Settings settings = resolved({});
  EXPECT_EQ(settings.platform, "");
  EXPECT_EQ(settings.framework, "");
  EXPECT_EQ(settings.min_nodes, 1);
  EXPECT_EQ(settings.max_nodes, 4);
  EXPECT_EQ(settings.overhead_ms, 25'000u);
  EXPECT_EQ(settings.target_ms, 0u);
  EXPECT_EQ(settings.ci_node, -1);
  EXPECT_EQ(settings.workers, 1u);
  EXPECT_EQ(settings.grace_ms, 10'000u);
  EXPECT_EQ(settings.skipping, SkippingLevel::kTest);
  EXPECT_TRUE(settings.reports && settings.selects && settings.persistent && settings.steals &&
              settings.allow_empty && settings.split_long_files);
  EXPECT_TRUE(settings.given.empty() && settings.changed.empty() && settings.warnings.empty());
}

TEST(Settings, ComeFromTheFlagThenTheVariableThenTheDefault) {
  const Environment environment = {{"DD_TEST_OPTIMIZATION_RUNNER_MAX_PARALLELISM", "7"}};
  EXPECT_EQ(resolved({{"--max-parallelism", {"9"}}}, environment).max_nodes, 9);
  EXPECT_EQ(resolved({}, environment).max_nodes, 7);
  EXPECT_EQ(resolved({}).max_nodes, 4);
  EXPECT_EQ(resolved({{"--max-parallelism", {"9", "3"}}}).max_nodes, 3);  // the last one counts
}

TEST(Settings, TakeAnEmptyVariableForNone) {
  const Environment environment = {{"DD_TEST_OPTIMIZATION_RUNNER_MAX_PARALLELISM", ""},
                                   {"DD_TEST_OPTIMIZATION_RUNNER_TESTS_LOCATION", ""},
                                   {"KNAPSACK_PRO_TEST_FILE_PATTERN", "spec/**/*_spec.rb"}};
  const Settings settings = resolved({}, environment);
  EXPECT_EQ(settings.max_nodes, 4);
  EXPECT_EQ(settings.tests_location, "spec/**/*_spec.rb");
  EXPECT_EQ(resolved({{"--tests-location", {""}}}, environment).tests_location, "");  // a flag is given
}

TEST(Settings, ReadEachOfThePeersVariables) {
  const Settings settings =
      resolved({}, {{kPrefix + std::string("PLATFORM"), "python"},
                    {kPrefix + std::string("FRAMEWORK"), "pytest"},
                    {kPrefix + std::string("COMMAND"), "make test"},
                    {kPrefix + std::string("MIN_PARALLELISM"), "2"},
                    {kPrefix + std::string("CI_JOB_OVERHEAD"), "1m"},
                    {kPrefix + std::string("TARGET_TIME"), "1500ms"},
                    {kPrefix + std::string("CI_NODE"), "3"},
                    {kPrefix + std::string("CI_NODE_WORKERS"), "2"},
                    {kPrefix + std::string("WORKER_ENV"), "A=1"},
                    {kPrefix + std::string("TESTS_LOCATION"), "t/*.py"},
                    {kPrefix + std::string("TESTS_EXCLUDE_PATTERN"), "t/x*"},
                    {kPrefix + std::string("TEST_DISCOVERY_CACHE"), "/c/tests.json"},
                    {"DD_TESTOPTIMIZATION_TIA_TEST_SKIPPING_MODE", "suite"},
                    {kPrefix + std::string("FORCE_FULL_TEST_DISCOVERY"), "true"},
                    {kPrefix + std::string("STRICT_DISCOVERY"), "1"},
                    {"DD_TEST_OPTIMIZATION_RUNTIME_TAGS", "{\"os.platform\":\"linux\"}"},
                    {kPrefix + std::string("REPORT_ENABLED"), "false"}});
  EXPECT_EQ(settings.platform, "python");
  EXPECT_EQ(settings.framework, "pytest");
  EXPECT_EQ(settings.command, "make test");
  EXPECT_EQ(settings.min_nodes, 2);
  EXPECT_EQ(settings.overhead_ms, 60'000u);
  EXPECT_EQ(settings.target_ms, 1500u);
  EXPECT_EQ(settings.ci_node, 3);
  EXPECT_EQ(settings.workers, 2u);
  EXPECT_EQ(settings.worker_env, (std::vector<std::pair<std::string, std::string>>{{"A", "1"}}));
  EXPECT_EQ(settings.tests_location, "t/*.py");
  EXPECT_EQ(settings.tests_exclude, "t/x*");
  EXPECT_EQ(settings.discovery_cache, "/c/tests.json");
  EXPECT_EQ(settings.skipping, SkippingLevel::kSuite);
  EXPECT_TRUE(settings.full_discovery);
  EXPECT_TRUE(settings.strict_discovery);
  EXPECT_EQ(settings.runtime_tags.at("os.platform"), "linux");
  EXPECT_FALSE(settings.reports);
  EXPECT_EQ(settings.given.size(), 17u);
}

TEST(Settings, ReadThePeersAliasesAfterItsDocumentedVariables) {
  EXPECT_EQ(resolved({}, {{kPrefix + std::string("PARALLEL_RUNNER_OVERHEAD"), "3s"}}).overhead_ms, 3000u);
  EXPECT_EQ(resolved({}, {{kPrefix + std::string("PARALLEL_RUNNER_OVERHEAD"), "3s"},
                          {kPrefix + std::string("CI_JOB_OVERHEAD"), "4s"}})
                .overhead_ms,
            4000u);
  EXPECT_EQ(resolved({}, {{"KNAPSACK_PRO_TEST_FILE_EXCLUDE_PATTERN", "a"}}).tests_exclude, "a");
  const Environment tags = {{kPrefix + std::string("RUNTIME_TAGS"), "{\"a\":\"1\"}"},
                            {"DD_TEST_OPTIMIZATION_RUNTIME_TAGS", "{\"a\":\"2\"}"}};
  EXPECT_EQ(resolved({}, tags).runtime_tags.at("a"), "1");
}

TEST(Settings, ReadOursFromFlagsAndFromVariables) {
  const Environment environment = {
      {"ALIBI_OBJECTIVE", "cost"}, {"ALIBI_MIN_SAVING", "2s"},      {"ALIBI_STICKY", "yes"},
      {"ALIBI_DURATIONS", "a:b"},  {"ALIBI_NO_STEAL", "true"},      {"ALIBI_QUEUE", "redis://q:6379/1"},
      {"ALIBI_QUEUE_KEY", "k"},    {"ALIBI_RETRY_FAILED", "2"},     {"ALIBI_OUTPUT", "group"},
      {"ALIBI_JUNIT", "j.xml"},    {"ALIBI_FILE_TIMEOUT", "500us"}, {"ALIBI_RUN_COMMAND", "go test"}};
  const Settings settings = resolved({{"--fail-fast", {"true"}},
                                      {"--durations", {"x:y", "z"}},
                                      {"--no-select", {"true"}},
                                      {"--no-persistent-workers", {"true"}},
                                      {"--no-split-long-files", {"true"}},
                                      {"--no-allow-empty", {"true"}},
                                      {"--grace", {"1m"}},
                                      {"--logs", {"l"}},
                                      {"--force", {"true"}},
                                      {"--list-command", {"ls"}}},
                                     environment);
  EXPECT_EQ(settings.objective, Objective::kCost);
  EXPECT_EQ(settings.min_saving_ms, 2000u);
  EXPECT_TRUE(settings.sticky && settings.fail_fast && settings.force);
  EXPECT_FALSE(settings.steals || settings.selects || settings.persistent || settings.split_long_files ||
               settings.allow_empty);
  EXPECT_EQ(settings.durations, (std::vector<std::string>{"x:y", "z"}));  // flags may hold ':'
  EXPECT_EQ(resolved({}, environment).durations, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(settings.queue, "redis://q:6379/1");
  EXPECT_EQ(settings.queue_key, "k");
  EXPECT_EQ(settings.retry_failed, 2u);
  EXPECT_EQ(settings.output, "group");
  EXPECT_EQ(settings.junit, "j.xml");
  EXPECT_EQ(settings.logs, "l");
  EXPECT_EQ(settings.file_timeout_ms, 1u);  // a limit that is given is never none
  EXPECT_EQ(settings.grace_ms, 60'000u);
  EXPECT_EQ(settings.list_command, "ls");
  EXPECT_EQ(settings.run_command, "go test");
  EXPECT_FALSE(resolved({{"--fail-fast", {"false"}}}).fail_fast);
}

TEST(Settings, AreThePeersDefaultsWithCompat) {
  const Settings settings = resolved({{"--compat", {"true"}}}, {}, 6);
  EXPECT_EQ(settings.min_nodes, 6);
  EXPECT_EQ(settings.max_nodes, 6);
  EXPECT_EQ(settings.platform, "ruby");
  EXPECT_EQ(settings.framework, "rspec");
  EXPECT_FALSE(settings.split_long_files);
  EXPECT_EQ(settings.changed, (std::vector<std::string>{"--compat"}));
  // Where either is given the other is detected: the peer would refuse --platform python alone.
  EXPECT_EQ(resolved({{"--compat", {"true"}}, {"--platform", {"python"}}}).framework, "");
}

TEST(Settings, LetTheLeastNumberOfNodesRaiseTheMostThatNobodyGave) {
  const Settings settings = resolved({{"--min-parallelism", {"8"}}});
  EXPECT_EQ(settings.min_nodes, 8);
  EXPECT_EQ(settings.max_nodes, 8);
  // Given ones are left to the planner, which clamps them with a warning.
  const Settings given = resolved({{"--min-parallelism", {"-2"}}, {"--max-parallelism", {"-100"}}});
  EXPECT_EQ(given.min_nodes, -2);
  EXPECT_EQ(given.max_nodes, -100);
}

TEST(Settings, LearnTheOverheadWhenToldTo) {
  const Settings settings = resolved({{"--ci-job-overhead", {"auto"}}});
  EXPECT_TRUE(settings.learns_overhead);
  EXPECT_EQ(settings.overhead_ms, 25'000u);
  EXPECT_FALSE(resolved({{"--ci-job-overhead", {""}}}).learns_overhead);
}

TEST(Settings, CountWorkersByPhysicalCoresForNcpu) {
  EXPECT_EQ(resolved({{"--ci-node-workers", {" NCPU "}}}, {}, 3).workers, 3u);
  EXPECT_EQ(resolved({{"--ci-node-workers", {"ncpu"}}}, {}, 0).workers, 1u);
}

TEST(Settings, ReadWorkerVariablesAsThePeerWhenGivenOnce) {
  const Settings settings = resolved({{"--worker-env", {" A = 1 ;B=x=y; ;C=;=lost;rest;A=2"}}});
  EXPECT_EQ(settings.worker_env,
            (std::vector<std::pair<std::string, std::string>>{{"A", "2"}, {"B", "x=y"}, {"C", ""}}));
  ASSERT_EQ(settings.warnings.size(), 2u);
  EXPECT_NE(settings.warnings[0].find("--worker-env: part 5"), std::string::npos) << settings.warnings[0];
  EXPECT_EQ(settings.warnings[1].find("rest"), std::string::npos);  // may be half a secret
}

TEST(Settings, KeepSemicolonsOfWorkerVariablesThatAreGivenOneByOne) {
  const Settings settings = resolved({{"--worker-env", {"PATH_LIST=a;b", " X = y "}}});
  EXPECT_EQ(settings.worker_env,
            (std::vector<std::pair<std::string, std::string>>{{"PATH_LIST", "a;b"}, {"X", " y "}}));
  EXPECT_EQ(resolved({{"--worker-env", {"A=1;2", ""}}}).worker_env.at(0).second, "1;2");
  EXPECT_FALSE(resolve({{"--worker-env", {"A=1", "B"}}}));
}

TEST(Settings, TakeAnUnknownSkippingModeForTestsWithAWarning) {
  const Settings settings = resolved({}, {{"DD_TESTOPTIMIZATION_TIA_TEST_SKIPPING_MODE", "suites"}});
  EXPECT_EQ(settings.skipping, SkippingLevel::kTest);
  ASSERT_EQ(settings.warnings.size(), 1u);
  EXPECT_NE(settings.warnings[0].find("DD_TESTOPTIMIZATION_TIA_TEST_SKIPPING_MODE: \"suites\""),
            std::string::npos);
}

TEST(Settings, WarnOfVariablesThatAreMisspelt) {
  const Settings settings = resolved({}, {{"DD_TEST_OPTIMIZATION_RUNNER_MAX_PARALELISM", "8"}, {"ZZ", "1"}});
  ASSERT_EQ(settings.warnings.size(), 1u);
  EXPECT_TRUE(settings.warnings[0].starts_with("DD_TEST_OPTIMIZATION_RUNNER_MAX_PARALELISM is set"));
}

struct Bad {
  const char* name;
  const char* value;
  const char* wanted;
};
class BadSetting : public ::testing::TestWithParam<Bad> {};

TEST_P(BadSetting, IsToldByItsNameItsValueAndWhatWouldBeRight) {
  const auto& [name, value, wanted] = GetParam();
  const bool is_flag = std::string(name).starts_with("--");
  const Result<Settings> settings = is_flag ? resolve({{name, {value}}}) : resolve({}, {{name, value}});
  ASSERT_FALSE(settings);
  const std::string& message = settings.error().message;
  EXPECT_TRUE(message.starts_with(std::string(name) + ": \"" + value + "\"")) << message;
  EXPECT_NE(message.find(wanted), std::string::npos) << message;
  const bool tags = message.find("JSON") != std::string::npos;
  EXPECT_EQ(settings.error().code, tags ? collector::kPlanRuntimeTags : collector::kBadPlanSetting);
}

INSTANTIATE_TEST_SUITE_P(
    Each, BadSetting,
    ::testing::Values(
        Bad{"--min-parallelism", "two", "whole number"}, Bad{"--min-parallelism", "", "whole number"},
        Bad{"--max-parallelism", "4x", "whole number"}, Bad{"--max-parallelism", "1000000000", "100000"},
        Bad{"DD_TEST_OPTIMIZATION_RUNNER_CI_NODE", "first", "whole number"},
        Bad{"--ci-node", "99999999999999999999", "whole number"}, Bad{"--ci-node-workers", "0", "ncpu"},
        Bad{"--ci-node-workers", "-1", "ncpu"}, Bad{"--ci-node-workers", "all", "ncpu"},
        Bad{"--ci-job-overhead", "25", "25s"}, Bad{"--ci-job-overhead", "-1s", "negative"},
        Bad{"DD_TEST_OPTIMIZATION_RUNNER_TARGET_TIME", "1 minute", "1m30s"},
        Bad{"ALIBI_GRACE", "soon", "1500ms"}, Bad{"--file-timeout", "5d", "unit"},
        Bad{"--runtime-tags", "os=linux", "JSON"}, Bad{"--runtime-tags", "[\"a\"]", "JSON"},
        Bad{"--runtime-tags", "{\"a\":1}", "\"a\" has no text"}, Bad{"--runtime-tags", "null", "JSON"},
        Bad{"--runtime-tags", "{\"a\":\"b\"} x", "JSON"}, Bad{"--objective", "speed", "score, wall, cost"},
        Bad{"--output", "loud", "prefix"}, Bad{"ALIBI_FAIL_FAST", "maybe", "true or false"},
        Bad{"--retry-failed", "-1", "0 to 1000"}, Bad{"ALIBI_QUEUE", "localhost:6379", "redis://"}));

TEST(Settings, NeverShowThePasswordOfAQueue) {
  const Result<Settings> bad = resolve({{"--queue", {"http://me:secret@host"}}});
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().message.find("secret"), std::string::npos) << bad.error().message;
  const Settings good = resolved({{"--queue", {"redis://me:secret@host"}}});
  EXPECT_EQ(good.queue, "redis://me:secret@host");
  EXPECT_EQ(shown_setting("--queue", good), "redis://me:***@host");
  const Settings variables = resolved({{"--worker-env", {"TOKEN=secret;B=1"}}});
  EXPECT_EQ(shown_setting("--worker-env", variables), "TOKEN, B");
}

TEST(Settings, NameWhatDiffersFromItsDefault) {
  const Settings settings =
      resolved({{"--ci-job-overhead", {"25000ms"}}, {"--target-time", {"90s"}}}, {{"ALIBI_STICKY", "false"}});
  EXPECT_EQ(settings.given, (std::vector<std::string>{"--ci-job-overhead", "--target-time", "--sticky"}));
  EXPECT_EQ(settings.changed, (std::vector<std::string>{"--target-time"}));
  EXPECT_EQ(shown_setting("--target-time", settings), "90s");
}

TEST(Settings, SayWhichOfThemMakeAnotherPlan) {
  const Settings settings = resolved({{"--ci-node", {"2"}}, {"--target-time", {"90s"}}, {"--logs", {"l"}}});
  EXPECT_EQ(plan_settings(settings, true), (std::map<std::string, std::string>{{"--target-time", "90s"}}));
  const std::map<std::string, std::string> all = plan_settings(settings, false);
  EXPECT_EQ(all.at("--max-parallelism"), "4");
  for (const char* only_runs : {"--ci-node", "--ci-node-workers", "--worker-env", "--logs", "--output"}) {
    EXPECT_FALSE(all.contains(only_runs)) << only_runs;
  }
}

TEST(SettingFlags, HaveEachANameVariablesAndHelpOfTheirOwn) {
  std::set<std::string> names;
  for (const SettingFlag& flag : setting_flags()) {
    EXPECT_TRUE(flag.flag.starts_with("--")) << flag.flag;
    EXPECT_TRUE(names.insert(flag.flag).second) << flag.flag;
    EXPECT_FALSE(flag.help.empty()) << flag.flag;
    ASSERT_FALSE(flag.environment.empty()) << flag.flag;
    for (const std::string& variable : flag.environment) {
      EXPECT_TRUE(names.insert(variable).second) << variable;
    }
  }
  EXPECT_EQ(shown_setting("--unknown", Settings()), "");
}

TEST(Duration, IsReadAsGoReadsIt) {
  const std::vector<std::pair<const char*, uint64_t>> known = {{"25s", 25'000},
                                                               {"1m", 60'000},
                                                               {"1500ms", 1500},
                                                               {"0s", 0},
                                                               {"0", 0},
                                                               {"1h2m3s", 3723000},
                                                               {"1.5h", 5'400'000},
                                                               {".5s", 500},
                                                               {"1.s", 1000},
                                                               {"+2s", 2000},
                                                               {" 2s ", 2000},
                                                               {"999999ns", 0},
                                                               {"1000us", 1},
                                                               {"1000\xC2\xB5s", 1},
                                                               {"1000\xCE\xBCs", 1},
                                                               {"1.1s", 1100},
                                                               {"-0s", 0},
                                                               {"2562047h47m16.854s", 9223372036854}};
  for (const auto& [text, ms] : known) {
    const Result<uint64_t> read = parse_duration_ms(text);
    ASSERT_TRUE(read) << text;
    EXPECT_EQ(*read, ms) << text;
  }
  for (const char* bad : {"",
                          "25",
                          "s",
                          ".",
                          ".s",
                          "1",
                          "-",
                          "+",
                          "-1ns",
                          "1s2",
                          "1S",
                          "1 s",
                          "1d",
                          "1e3s",
                          "0x1s",
                          "2562047h48m",
                          "99999999999999999999s",
                          "--1s",
                          "nan",
                          "1s\xFF"}) {
    EXPECT_FALSE(parse_duration_ms(bad)) << bad;
  }
}

TEST(PhysicalCores, AreCountedAsThePeerCountsThem) {
  EXPECT_EQ(physical_cores({8, 2, 0, 0}), 4u);
  EXPECT_EQ(physical_cores({3, 2, 0, 0}), 2u);
  EXPECT_EQ(physical_cores({8, 1, 8, 4}), 4u);
  EXPECT_EQ(physical_cores({2, 1, 4, 4}), 2u);
  EXPECT_EQ(physical_cores({8, 1, 4, 4}), 4u);
  EXPECT_EQ(physical_cores({0, 2, 0, 0}), 1u);
  EXPECT_EQ(physical_cores({5, 0, 0, 0}), 5u);
  EXPECT_EQ(physical_cores({UINT32_MAX, 2, 0, 0}), 2147483648u);
}

}  // namespace
}  // namespace alibi::plan

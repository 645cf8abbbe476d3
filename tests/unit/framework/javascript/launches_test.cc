// How a share is started, for each framework of Node.
#include "tests/unit/framework/javascript/node_example.h"

namespace alibi::framework {
namespace {

using Words = std::vector<std::string>;

TEST(NodeCommand, IsTheInstalledToolElseThatOfAFolderAbove) {
  NodeExample example("jest");
  example.install("jest");
  EXPECT_EQ(example.command({"a.test.js"}),
            (Words{"node_modules/.bin/jest", "--runTestsByPath", "a.test.js"}));
  const std::string root = example.project.directory;
  example.project.directory = root + "/packages/one";
  std::filesystem::create_directories(example.project.directory);
  EXPECT_EQ(example.command({"a.test.js"}).front(), root + "/node_modules/.bin/jest");
}

TEST(NodeCommand, IsNpxWhereNothingIsInstalledWhichTheCheckRefuses) {
  NodeExample example("jest");
  EXPECT_EQ(example.command({"a.test.js"}), (Words{"npx", "jest", "--runTestsByPath", "a.test.js"}));
  const Result<void> checked = example.made()->check();
  ASSERT_FALSE(checked.ok());
  EXPECT_NE(checked.error().message.find("npm ci"), std::string::npos);
}

TEST(NodeCommand, IsTheUsersWithoutWhatStandsBehindTwoDashes) {
  NodeExample example("jest");
  example.project.settings.command = "npx jest --config 'my config.js' -- --coverage";
  EXPECT_EQ(example.command({"a.test.js"}),
            (Words{"npx", "jest", "--config", "my config.js", "--runTestsByPath", "a.test.js"}));
  const Result<Discovery> found = example.made()->list_files();
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->notices.size(), 1U);
}

TEST(NodeCheck, SaysThatNodeIsMissing) {
  NodeExample example("jest");
  example.install("jest");
  EXPECT_TRUE(example.made()->check().ok());
  example.answer = [](const auto&, const auto&) {
    return Result<process::ChildOutput>(Error{ErrorCode::kInternal, 2, "cannot start node"});
  };
  const Result<void> checked = example.made()->check();
  ASSERT_FALSE(checked.ok());
  EXPECT_NE(checked.error().message.find("install Node.js"), std::string::npos);
}

TEST(NodeCheck, RefusesACommandInWhichTheToolIsNot) {
  for (const std::string framework : {"vitest", "mocha", "cypress", "playwright", "cucumber"}) {
    NodeExample example(framework);
    example.project.settings.command = "npm test";
    EXPECT_FALSE(example.made()->check().ok()) << framework;
    EXPECT_FALSE(example.made()->launches(NodeExample::units({"a"}), "", "0").ok()) << framework;
    EXPECT_FALSE(example.made()->list_files().ok()) << framework;
  }
  NodeExample jest("jest");
  jest.project.settings.command = "npm test";
  EXPECT_TRUE(jest.made()->check().ok());
}

TEST(NodeLaunch, LeavesNodeOptionsAloneWithoutTheVendorsLibrary) {
  NodeExample example("playwright");
  example.install("playwright");
  example.project.environment["NODE_OPTIONS"] = "--no-warnings";
  EXPECT_EQ(variable(example.launches({"a"}).front(), "NODE_OPTIONS"), "(untouched)");
}

TEST(NodeLaunch, LoadsTheVendorsLibraryWhereItIsAndNotSwitchedOff) {
  NodeExample example("playwright");
  example.install("playwright");
  example.write("node_modules/dd-trace/ci/init.js");
  example.project.environment["NODE_OPTIONS"] = "--no-warnings";
  EXPECT_EQ(variable(example.launches({"a"}).front(), "NODE_OPTIONS"), "-r dd-trace/ci/init --no-warnings");
  for (const char* const off : {"0", "false", "False"}) {
    example.project.environment["DD_CIVISIBILITY_ENABLED"] = off;
    EXPECT_EQ(variable(example.launches({"a"}).front(), "NODE_OPTIONS"), "(untouched)");
  }
}

TEST(NodeLaunch, KeepsWhatItNeedsBeforeTheOptionsThatWorkersGet) {
  NodeExample example("mocha");
  example.install("mocha");
  example.project.environment["NODE_OPTIONS"] = "--no-warnings";
  example.project.settings.worker_env = {{"NODE_OPTIONS", "--title=w{{workerIndex}}"}};
  const Launch launch = example.launches({"a"}).front();
  EXPECT_EQ(variable(launch, "NODE_OPTIONS"), "(untouched)");
  ASSERT_EQ(launch.command.size(), 5U);
  EXPECT_EQ(launch.command[0], "/bin/sh");
  EXPECT_EQ(launch.command[3], "--require " + example.project.scratch + "/alibi_node_preload.cjs ");
  EXPECT_EQ(launch.command[4], "node_modules/.bin/mocha");
}

TEST(NodeLaunch, MakesSeveralOfAListThatIsTooLong) {
  NodeExample example("jest");
  example.project.settings.command = "npx jest";
  Words files;
  for (int at = 0; at < 4000; ++at)
    files.push_back("src/some/longer/folder/name/" + std::to_string(at) + ".test.js");
  const std::vector<Launch> launches = example.launches(files);
  ASSERT_GT(launches.size(), 1U);
  Words all;
  for (const Launch& launch : launches) {
    size_t bytes = 0;
    for (const std::string& word : launch.command) bytes += word.size() + 1;
    EXPECT_LT(bytes, size_t{128} << 10);
    all.insert(all.end(), launch.command.begin() + 3, launch.command.end());
  }
  EXPECT_EQ(all, files);
}

TEST(NodeLaunch, IsNoneForNothing) {
  for (const std::string framework : {"jest", "vitest", "mocha", "cypress", "playwright", "cucumber"}) {
    NodeExample example(framework);
    EXPECT_TRUE(example.launches({}).empty()) << framework;
  }
}

TEST(JestLaunch, AppendsToTheReportOfTheBatchBefore) {
  NodeExample example("jest");
  example.project.settings.command = "npx jest";
  const Words files(4000, "src/some/longer/folder/name/a.test.js");
  const std::vector<Launch> launches = example.launches(files, "/report.xml");
  ASSERT_GT(launches.size(), 1U);
  for (const Launch& launch : launches) {
    std::ifstream text(variable(launch, "ALIBI_NODE_REQUEST"));
    const nlohmann::json request = nlohmann::json::parse(text);
    EXPECT_EQ(request["junit"], "/report.xml");
    EXPECT_EQ(request["append"], &launch != &launches.front());
    EXPECT_EQ(launch.files, Words{variable(launch, "ALIBI_NODE_REQUEST")});
  }
}

TEST(VitestLaunch, ReplacesTheSubCommandAndNamesFilesThatLookAlike) {
  NodeExample example("vitest");
  example.write_all({"a.test.ts", "src/a.test.ts", "src/A.test.ts", "src/b.test.ts", "src/a.test.tsx",
                     "src/__snapshots__/b.test.ts.snap"});
  example.project.settings.command = "yarn vitest dev --root .";
  const std::string here = example.project.directory + "/";
  EXPECT_EQ(example.command({"a.test.ts"}),
            (Words{"yarn", "vitest", "run", "--root", ".", "--shard=1/1",
                   "--exclude={src/A.test.ts,src/a.test.ts,src/a.test.tsx}", here + "a.test.ts"}));
  EXPECT_EQ(example.command({"src/b.test.ts"}),
            (Words{"yarn", "vitest", "run", "--root", ".", "--shard=1/1", here + "src/b.test.ts"}));
}

TEST(VitestLaunch, NamesThemRelativeToTheFolderOfTheCommand) {
  NodeExample example("vitest");
  example.write_all({"web/a.test.ts", "web/src/a.test.ts", "src/a.test.ts"});
  example.project.settings.command = "vitest --root web";
  EXPECT_EQ(example.command({"web/a.test.ts"}),
            (Words{"vitest", "run", "--root", "web", "--shard=1/1", "--exclude=src/a.test.ts",
                   example.project.directory + "/web/a.test.ts"}));
}

TEST(VitestLaunch, EscapesWhatAPatternWouldMean) {
  NodeExample example("vitest");
  example.write_all({"a.test.ts", "app/[id]/(x),a.test.ts"});
  example.install("vitest");
  EXPECT_TRUE(has(example.command({"a.test.ts"}), "--exclude=app/\\[id\\]/\\(x\\)\\,a.test.ts"));
}

TEST(VitestLaunch, HasTheOptionsOfTheCommandWithoutItsFiltersAndItsShard) {
  NodeExample example("vitest");
  example.project.settings.command = "npx vitest --coverage run src/ --shard 1/2 -t 'a b' other";
  EXPECT_EQ(example.command({"a.test.ts"}), (Words{"npx", "vitest", "run", "--coverage", "-t", "a b",
                                                   "--shard=1/1", example.project.directory + "/a.test.ts"}));
}

TEST(VitestLaunch, HasSoManyFilesAsFitWithWhatTheyLeaveOut) {
  NodeExample example("vitest");
  Words files, others;
  for (int at = 0; at < 700; ++at) {
    files.push_back("a-rather-long-name-of-a-file-of-tests-" + std::to_string(at) + ".test.ts");
    others.push_back("folder/with/a/rather/long/name/to/fill/the/command/line/" + files.back());
  }
  example.write_all(files);
  example.write_all(others);
  example.project.settings.command = "npx vitest";
  const std::vector<Launch> launches = example.launches(files);
  ASSERT_GT(launches.size(), 1U);
  size_t count = 0;
  for (const Launch& launch : launches) {
    size_t bytes = 0;
    for (const std::string& word : launch.command) {
      bytes += word.size() + 1;
      if (word.starts_with('/')) ++count;
    }
    EXPECT_LT(bytes, size_t{128} << 10);
  }
  EXPECT_EQ(count, files.size());
}

TEST(VitestLaunch, HasOurReporterBesideThoseOfTheCommandOrBeforeTheDefaultOne) {
  NodeExample example("vitest");
  const std::string ours = "--reporter=" + example.project.scratch + "/alibi_vitest_reporter.mjs";
  example.project.settings.command = "vitest --reporter=verbose --outputFile=all.json";
  const Launch beside = example.launches({"a.test.ts"}, "/r.xml").front();
  EXPECT_EQ(beside.command, (Words{"vitest", "run", "--reporter=verbose", "--outputFile=all.json",
                                   "--shard=1/1", ours, example.project.directory + "/a.test.ts"}));
  std::ifstream text(variable(beside, "ALIBI_NODE_REQUEST"));
  EXPECT_EQ(nlohmann::json::parse(text),
            nlohmann::json({{"junit", "/r.xml"}, {"append", false}, {"restore", false}}));
  EXPECT_EQ(beside.files, Words{variable(beside, "ALIBI_NODE_REQUEST")});
  example.project.settings.command = "vitest";
  EXPECT_EQ(example.command({"a.test.ts"}, "/r.xml"),
            (Words{"vitest", "run", "--shard=1/1", ours, "--reporter=default",
                   example.project.directory + "/a.test.ts"}));
}

TEST(MochaLaunch, SaysTheFilesInARequest) {
  NodeExample example("mocha");
  example.install("mocha");
  const Launch launch = example.launches({"test/a.js"}, "/r.xml").front();
  EXPECT_EQ(launch.command, Words{"node_modules/.bin/mocha"});
  EXPECT_EQ(variable(launch, "NODE_OPTIONS"),
            "--require " + example.project.scratch + "/alibi_node_preload.cjs");
  std::ifstream text(variable(launch, "ALIBI_NODE_REQUEST"));
  const nlohmann::json request = nlohmann::json::parse(text);
  EXPECT_EQ(request["files"], nlohmann::json({example.project.directory + "/test/a.js"}));
  EXPECT_EQ(request["mode"], "run");
}

TEST(CypressLaunch, GivesOneListRelativeToItsProject) {
  NodeExample example("cypress");
  example.install("cypress");
  example.project.settings.command =
      "npx cypress run --project e2e -s old.cy.js --browser chrome --spec=x --record";
  EXPECT_EQ(example.command({"e2e/cypress/e2e/a.cy.js", "e2e/cypress/e2e/b.cy.js"}),
            (Words{"npx", "cypress", "run", "--project", "e2e", "--browser", "chrome", "--record", "--spec",
                   "cypress/e2e/a.cy.js,cypress/e2e/b.cy.js"}));
}

TEST(PlaywrightLaunch, PutsOnePatternAFileBeforeTheOptions) {
  NodeExample example("playwright");
  example.project.directory = example.project.directory + "/p";
  std::filesystem::create_directories(example.project.directory);
  example.project.settings.command =
      "npx playwright test tests/old.spec.ts --project one two --shard=1/3 --list --ui --reporter line";
  std::string root = "^";
  for (const char c : example.project.directory)
    root += c == '/' ? "[/\\\\]" : c == '.' ? "\\." : std::string(1, c);
  EXPECT_EQ(example.command({"tests/a(b).spec.ts"}),
            (Words{"npx", "playwright", "test", root + "[/\\\\]tests[/\\\\]a\\(b\\)\\.spec\\.ts$",
                   "--project", "one", "two", "--reporter", "line"}));
}

TEST(CucumberLaunch, HasNoReportFromAVersionWithoutTheFormatter) {
  NodeExample example("cucumber");
  example.install("cucumber-js");
  EXPECT_FALSE(example.made()->abilities().junit);
  EXPECT_EQ(example.command({"a.feature"}, "/r.xml"), (Words{"node_modules/.bin/cucumber-js"}));
}

TEST(CucumberLaunch, KeepsTheCommandsPathsForTheSupportCodeAndSaysTheFilesInARequest) {
  NodeExample example("cucumber");
  example.write("node_modules/@cucumber/cucumber/package.json");
  example.write("node_modules/@cucumber/cucumber/lib/paths/paths.js");
  example.write("node_modules/@cucumber/junit-xml-formatter/package.json");
  example.project.settings.command =
      "npx cucumber-js features/old.feature --tags '@a and @b' -p ci @rerun.txt --format=json:x --fail-fast";
  const Launch launch = example.launches({"features/[a].feature"}, "/r.xml").front();
  EXPECT_EQ(launch.command,
            (Words{"npx", "cucumber-js", "--tags", "@a and @b", "-p", "ci", "--format=json:x", "--fail-fast",
                   "features/old.feature", "@rerun.txt", "--format", "junit:/r.xml"}));
  std::ifstream text(variable(launch, "ALIBI_NODE_REQUEST"));
  const nlohmann::json request = nlohmann::json::parse(text);
  EXPECT_EQ(request["files"], nlohmann::json({"features/[a].feature"}));
  EXPECT_EQ(request["mark"], launch.mark);
  EXPECT_FALSE(launch.mark.empty());
}

TEST(CucumberLaunch, OfAVersionWithoutKnownPathsNamesTheFilesAndRefusesWhatItWouldTakeForAPattern) {
  NodeExample example("cucumber");
  example.write("node_modules/@cucumber/cucumber/package.json");
  example.project.settings.command = "npx cucumber-js features/old.feature --tags '@a and @b' --fail-fast";
  for (const std::string plain : {"features/a.feature", "f/a (b)!.feature", "f/a@b.feature"}) {
    EXPECT_EQ(example.command({plain}),
              (Words{"npx", "cucumber-js", "--tags", "@a and @b", "--fail-fast", plain}));
  }
  for (const std::string odd : {"f/[br].feature", "f/a{b,c}.feature", "f/@x.feature", "@x.feature",
                                "f/a+(b).feature", "-d.feature"}) {
    const Result<std::vector<Launch>> refused = example.made()->launches(NodeExample::units({odd}), "", "0");
    ASSERT_FALSE(refused.ok()) << odd;
    EXPECT_NE(refused.error().message.find(odd), std::string::npos);
  }
}

TEST(CucumberLaunch, LeavesOutTheShardOfTheCommand) {
  NodeExample example("cucumber");
  for (const std::string shard : {"--shard=1/2", "--shard 1/2"}) {
    example.project.settings.command = "npx cucumber-js " + shard + " --fail-fast";
    EXPECT_EQ(example.command({"features/a.feature"}), (Words{"npx", "cucumber-js", "--fail-fast"}));
  }
}

TEST(NodeEnding, ReadsTheStatusAsTheToolMeansIt) {
  NodeExample jest("jest"), mocha("mocha"), cypress("cypress");
  EXPECT_EQ(jest.made()->ending(0), Ending::kPassed);
  EXPECT_EQ(jest.made()->ending(1), Ending::kFailed);
  EXPECT_EQ(jest.made()->ending(130), Ending::kInterrupted);
  EXPECT_EQ(jest.made()->ending(137), Ending::kBroken);
  EXPECT_EQ(mocha.made()->ending(130), Ending::kFailed);  // so many failures
  EXPECT_EQ(mocha.made()->ending(127), Ending::kBroken);
  EXPECT_EQ(cypress.made()->ending(3), Ending::kFailed);
}

TEST(NodeAbilities, AreFilesInOneProcessAtATime) {
  for (const std::string framework : {"jest", "vitest", "mocha", "cypress", "playwright", "cucumber"}) {
    NodeExample example(framework);
    example.write("node_modules/@cucumber/junit-xml-formatter/package.json");
    const Abilities abilities = example.made()->abilities();
    EXPECT_FALSE(abilities.full_discovery || abilities.divides_files || abilities.persistent) << framework;
    EXPECT_EQ(abilities.junit, framework != "cypress" && framework != "playwright") << framework;
    EXPECT_FALSE(example.made()->list_tests().ok());
    const Result<std::optional<Launch>> worker = example.made()->persistent_launch({}, "", "0");
    EXPECT_TRUE(worker.ok() && !worker->has_value());
  }
}

}  // namespace
}  // namespace alibi::framework

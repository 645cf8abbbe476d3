// What is asked of the tools of Node, and what is made of their answers.
#include "tests/unit/framework/javascript/node_example.h"

namespace alibi::framework {
namespace {

using Words = std::vector<std::string>;

Discovery found(NodeExample* example) {
  Result<Discovery> discovery = example->made()->list_files();
  EXPECT_TRUE(discovery.ok()) << discovery.error().message;
  return discovery.ok() ? *discovery : Discovery{};
}

TEST(JestListing, TakesThePathsThatAreThere) {
  NodeExample example("jest");
  example.install("jest");
  example.write_all({"b.test.js", "a.test.js", "../other/c.test.js"});
  example.answer = [&](const auto&, const auto&) {
    const std::string& root = example.project.directory;
    process::ChildOutput output;
    output.text = "Determining test suites to run...\n" + root + "/b.test.js\r\n" + root + "/a.test.js\n" +
                  root + "/a.test.js\n" + root + "/gone.test.js\n" + root + "/../other/c.test.js\n";
    return output;
  };
  const Discovery discovery = found(&example);
  EXPECT_EQ(discovery.files, (Words{"../other/c.test.js", "a.test.js", "b.test.js"}));
  ASSERT_EQ(discovery.notices.size(), 1U);
  EXPECT_NE(discovery.notices[0].find("gone.test.js"), std::string::npos);
  EXPECT_EQ(example.commands.back(), (Words{"node_modules/.bin/jest", "--listTests", "--json"}));
}

TEST(JestListing, IsFilteredByPatternsWhichJestNeverSees) {
  NodeExample example("jest");
  example.install("jest");
  example.write_all({"src/a.test.js", "src/b.test.js", "lib/c.test.js", "src/d.test.js"});
  example.project.settings.tests_location = "src/*.test.js";
  example.project.settings.tests_exclude = "**/b.*";
  example.answer = [&](const auto&, const auto&) {
    const std::string& root = example.project.directory;
    process::ChildOutput output;
    output.text = root + "/src/a.test.js\n" + root + "/src/b.test.js\n" + root + "/lib/c.test.js\n";
    return output;
  };
  EXPECT_EQ(found(&example).files, Words{"src/a.test.js"});
  EXPECT_EQ(example.commands.back(), (Words{"node_modules/.bin/jest", "--listTests", "--json"}));
}

TEST(JestListing, TakesNamesWithALineBreakWholeAndSaysWhatIsLeftOut) {
  NodeExample example("jest");
  example.install("jest");
  example.write_all({"new\nline.test.js", "a.test.js"});
  example.answer = [&](const auto&, const auto&) {
    const std::string& root = example.project.directory;
    std::ofstream(example.project.scratch + "/jest_left_out.json") << R"(["shard","coverageThreshold",7])";
    process::ChildOutput output;
    output.text = "[1] a script says\n" +
                  nlohmann::json({root + "/new\nline.test.js", root + "/a.test.js", "x"}).dump();
    return output;
  };
  const Discovery discovery = found(&example);
  EXPECT_EQ(discovery.files, (Words{"a.test.js", "new\nline.test.js"}));
  ASSERT_EQ(discovery.notices.size(), 2U);
  EXPECT_NE(discovery.notices[0].find("Alibi divides the files itself"), std::string::npos);
  EXPECT_NE(discovery.notices[1].find("coverageThreshold"), std::string::npos);
}

TEST(NodeListing, SaysThatItListsAndLeavesTheVendorsLibraryOut) {
  NodeExample example("jest");
  example.install("jest");
  example.project.environment["NODE_OPTIONS"] = "-r dd-trace/ci/init --no-warnings";
  found(&example);
  EXPECT_EQ(set_variable(example.options.back(), "NODE_OPTIONS"),
            "--require " + example.project.scratch + "/alibi_node_preload.cjs --no-warnings");
  EXPECT_EQ(set_variable(example.options.back(), "DD_TEST_OPTIMIZATION_DISCOVERY_ENABLED"), "1");
  example.project.environment["NODE_OPTIONS"] = "-r dd-trace/ci/init";
  found(&example);
  EXPECT_EQ(set_variable(example.options.back(), "NODE_OPTIONS"),
            "--require " + example.project.scratch + "/alibi_node_preload.cjs");
}

TEST(NodeListing, ShowsWhatAToolThatFailsSays) {
  NodeExample example("jest");
  example.project.settings.command = "npx jest --config gone.js";
  example.answer = [](const auto&, const auto&) {
    process::ChildOutput output;
    output.status = 1;
    output.errors = "Error: Can't find a root directory\n";
    return output;
  };
  const Result<Discovery> refused = example.made()->list_files();
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message.find("npx jest --config gone.js --listTests"), std::string::npos);
  EXPECT_NE(refused.error().message.find("Can't find a root directory"), std::string::npos);
}

TEST(VitestListing, ReadsWhatItWroteOrThatThereIsNothing) {
  NodeExample example("vitest");
  example.install("vitest");
  example.write("src/a.test.ts");
  example.answer = [&](const Words& command, const auto&) {
    EXPECT_TRUE(command.size() == 4 && command[1] == "list" && command[2] == "--filesOnly");
    const nlohmann::json entries = {
        {{"file", example.project.directory + "/src/a.test.ts"}, {"projectName", "x"}},
        {{"file", example.project.directory + "/src/a.test.ts"}}};
    write_file(command.back().substr(std::string("--json=").size()), entries.dump());
    return process::ChildOutput{};
  };
  EXPECT_EQ(found(&example).files, Words{"src/a.test.ts"});
  example.answer = [](const auto&, const auto&) {
    process::ChildOutput output;
    output.status = 1;
    output.errors = "No test files found, exiting with code 1\n";
    return output;
  };
  EXPECT_EQ(found(&example).files, Words{});
}

TEST(MochaListing, IsAnErrorWhenTheAdapterWasNotLoaded) {
  NodeExample example("mocha");
  example.install("mocha");
  EXPECT_FALSE(example.made()->list_files().ok());
  EXPECT_NE(set_variable(example.options.back(), "NODE_OPTIONS").find("alibi_node_preload.cjs"),
            std::string::npos);
}

struct CypressExample : NodeExample {
  CypressExample() : NodeExample("cypress") {
    install("cypress");
    write_all({"e2e/one/a.cy.js", "e2e/one/b.cy.js", "e2e/one/b.skip.cy.js", "e2e/other.js"});
    answer = [this](const Words& command, const process::ChildOptions& given) {
      const auto option = std::ranges::find(command, "--config-file");
      EXPECT_TRUE(option != command.end());
      wrapper = *(option + 1);
      std::ifstream text(project.directory + "/" + wrapper);
      wrapper_text.assign(std::istreambuf_iterator<char>(text), {});
      write_file(set_variable(given, "ALIBI_CYPRESS_PATTERNS"), patterns);
      process::ChildOutput output;
      output.status = 1;  // there is no such spec
      return output;
    };
  }
  std::string patterns = R"({"specPattern": ["e2e/**/*.cy.js"], "excludeSpecPattern": "*.skip.cy.js"})";
  std::string wrapper, wrapper_text;
};

TEST(CypressListing, WrapsTheConfigurationAndReadsItsPatterns) {
  CypressExample example;
  example.write("cypress.config.ts");
  EXPECT_EQ(found(&example).files, (Words{"e2e/one/a.cy.js", "e2e/one/b.cy.js"}));
  EXPECT_TRUE(example.wrapper.starts_with(".alibi-cypress-config-") && example.wrapper.ends_with(".ts"));
  EXPECT_NE(example.wrapper_text.find("import * as real from \"" + example.project.directory +
                                      "/cypress.config.ts\""),
            std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(example.project.directory + "/" + example.wrapper));
  EXPECT_TRUE(has(example.commands.back(), "--spec"));
}

TEST(CypressListing, NeverRecordsOnTheService) {
  CypressExample example;
  example.project.settings.command = "npx cypress run --record --key secret --parallel --group g --component";
  found(&example);
  const Words& command = example.commands.back();
  for (const char* const left_out : {"--record", "--key", "secret", "--parallel", "--group", "g"})
    EXPECT_FALSE(has(command, left_out)) << left_out;
  EXPECT_TRUE(has(command, "--component"));
}

TEST(CypressListing, IsLoadedAsTheProjectLoadsItsOwn) {
  CypressExample example;
  example.write("cypress.config.js");
  found(&example);
  EXPECT_TRUE(example.wrapper.ends_with(".cjs"));
  example.write("package.json", R"({"type": "module"})");
  found(&example);
  EXPECT_TRUE(example.wrapper.ends_with(".mjs"));
}

TEST(CypressListing, IsAnErrorWithoutAnAnswer) {
  CypressExample example;
  example.patterns = "no JSON";
  EXPECT_FALSE(example.made()->list_files().ok());
}

TEST(Unskippable, IsAFileThatSaysSoOrCannotBeRead) {
  NodeExample example("jest");
  example.write("a.test.js", "/* @datadog {\"unskippable\": true} */");
  example.write("b.test.js", "// unskippable");
  const std::unique_ptr<Framework> framework = example.made();
  EXPECT_TRUE(framework->is_unskippable("a.test.js"));
  EXPECT_FALSE(framework->is_unskippable("b.test.js"));
  EXPECT_TRUE(framework->is_unskippable("gone.test.js"));
}

TEST(FileOfSuite, IsThePathItself) {
  NodeExample example("jest");
  example.write_all({"web/src/a.test.js", "outside.test.js"});
  example.project.repository = example.project.directory;
  example.project.directory += "/web";
  const std::unique_ptr<Framework> framework = example.made();
  EXPECT_EQ(framework->file_of_suite("", "src/a.test.js"), "src/a.test.js");
  EXPECT_EQ(framework->file_of_suite("", "./src/a.test.js"), "src/a.test.js");
  EXPECT_EQ(framework->file_of_suite("", "web/src/a.test.js"), "src/a.test.js");
  EXPECT_EQ(framework->file_of_suite("", "outside.test.js"), "");
  EXPECT_EQ(framework->file_of_suite("", "gone.test.js"), "");
  EXPECT_EQ(framework->file_of_suite("", ""), "");
}

TEST(FileOfSuite, IsRelativeToTheProjectOfCypress) {
  NodeExample example("cypress");
  example.project.settings.command = "npx cypress run --project web";
  example.write("web/cypress/e2e/a.cy.js");
  EXPECT_EQ(example.made()->file_of_suite("", "cypress/e2e/a.cy.js"), "web/cypress/e2e/a.cy.js");
}

TEST(RuntimeTags, AreWhatNodeSays) {
  NodeExample example("jest");
  example.answer = [](const Words& command, const auto&) {
    EXPECT_EQ(command[1], "-e");
    write_file(command.back(), R"({"runtime.name": "node", "runtime.version": "v20.1.0", "odd": 1})");
    return process::ChildOutput{};
  };
  const auto tags = example.made()->runtime_tags();
  ASSERT_TRUE(tags.ok());
  EXPECT_EQ(*tags,
            (std::map<std::string, std::string>{{"runtime.name", "node"}, {"runtime.version", "v20.1.0"}}));
  example.answer = [](const auto&, const auto&) { return process::ChildOutput{}; };
  EXPECT_FALSE(example.made()->runtime_tags().ok());
}

}  // namespace
}  // namespace alibi::framework

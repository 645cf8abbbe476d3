// The adapter of two commands.
#include "collector/model/plan_errors.h"
#include "tests/unit/framework/javascript/node_example.h"

namespace alibi::framework {
namespace {

using Words = std::vector<std::string>;

struct GenericExample : NodeExample {
  explicit GenericExample(const std::string& run = "./run") : NodeExample("generic") {
    project.settings.platform = "generic";
    project.settings.list_command = "./list 'all tests'";
    project.settings.run_command = run;
  }
  void lists(const std::string& text, int status = 0) {
    answer = [=](const auto&, const auto&) {
      process::ChildOutput output;
      output.text = text;
      output.status = status;
      output.errors = "said why";
      return output;
    };
  }
};

TEST(Generic, ListsALineEach) {
  GenericExample example;
  example.lists("b\r\n./a \n\nMath.Adds/3\na\n");
  const Result<Discovery> found = example.made()->list_files();
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->files, (Words{"Math.Adds/3", "a", "b"}));
  EXPECT_EQ(example.commands.back(), (Words{"./list", "all tests"}));
}

TEST(Generic, TrustsNoListOfACommandThatFails) {
  GenericExample example;
  example.lists("a\n", 3);
  const Result<Discovery> found = example.made()->list_files();
  ASSERT_FALSE(found.ok());
  EXPECT_NE(found.error().message.find("status 3"), std::string::npos);
  EXPECT_NE(found.error().message.find("said why"), std::string::npos);
}

TEST(Generic, FiltersItsListByPatterns) {
  GenericExample example;
  example.lists("t/a.sh\nt/b.sh\nx/a.sh\n");
  example.project.settings.tests_location = "t/*";
  example.project.settings.tests_exclude = "**/b.sh";
  EXPECT_EQ(example.made()->list_files()->files, Words{"t/a.sh"});
}

TEST(Generic, FindsFilesByThePatternWhereThereIsNoListCommand) {
  GenericExample example;
  example.project.settings.list_command.clear();
  EXPECT_EQ(example.made()->check().error().code, collector::kBadPlanSetting);
  example.project.settings.tests_location = "t/*.sh";
  example.write_all({"t/a.sh", "t/b.txt"});
  EXPECT_TRUE(example.made()->check().ok());
  EXPECT_EQ(example.made()->list_files()->files, Words{"t/a.sh"});
}

TEST(Generic, NeedsARunCommand) {
  GenericExample example("");
  EXPECT_EQ(example.made()->check().error().code, collector::kBadPlanSetting);
}

TEST(Generic, AppendsFiles) {
  GenericExample example("./run --fast --");
  EXPECT_EQ(example.command({"a b", "c"}), (Words{"./run", "--fast", "--", "a b", "c"}));
}

TEST(Generic, PutsFilesWhereTheCommandSays) {
  GenericExample example("./run {files} --end");
  EXPECT_EQ(example.command({"a b", "{junit}"}), (Words{"./run", "a b", "{junit}", "--end"}));
  GenericExample each("./run --only={files} --end");
  EXPECT_EQ(each.command({"a", "b"}), (Words{"./run", "--only=a", "--only=b", "--end"}));
}

TEST(Generic, WritesAListOfFilesForACommandThatReadsOne) {
  GenericExample example("./run @{file_list}");
  const Launch launch = example.launches({"a b", "c"}).front();
  ASSERT_EQ(launch.files.size(), 1U);
  EXPECT_EQ(launch.command, (Words{"./run", "@" + launch.files[0]}));
  std::ifstream text(launch.files[0]);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(text), {}), "a b\nc\n");
}

TEST(Generic, KeepsALongListTogetherInAFileAndDividesItOnACommandLine) {
  Words files;
  for (int at = 0; at < 40000; ++at)
    files.push_back("tests/of/some/longer/folder/name/" + std::to_string(at));
  EXPECT_EQ(GenericExample("./run {file_list}").launches(files).size(), 1U);
  EXPECT_GT(GenericExample("./run").launches(files).size(), 1U);
}

TEST(Generic, NamesAReportWhereTheCommandHasPlaceForOne) {
  GenericExample example("./run --xml {junit}");
  EXPECT_TRUE(example.made()->abilities().junit);
  EXPECT_EQ(example.command({"a"}, "/r.xml"), (Words{"./run", "--xml", "/r.xml", "a"}));
  const Launch unread = example.launches({"a"}).front();
  EXPECT_EQ(unread.files, Words{unread.command[2]});
  EXPECT_FALSE(GenericExample("./run").made()->abilities().junit);
}

TEST(Generic, ReadsTheStatus) {
  GenericExample example;
  const std::unique_ptr<Framework> framework = example.made();
  EXPECT_EQ(framework->ending(0), Ending::kPassed);
  EXPECT_EQ(framework->ending(5), Ending::kFailed);
  EXPECT_EQ(framework->ending(127), Ending::kBroken);
  EXPECT_EQ(framework->ending(143), Ending::kInterrupted);
  EXPECT_EQ(framework->ending(139), Ending::kBroken);
}

TEST(Generic, SaysWhatSystemItIs) {
  GenericExample example;
  EXPECT_TRUE(example.made()->runtime_tags()->contains("os.platform"));
  EXPECT_EQ(example.made()->platform(), "generic");
}

}  // namespace
}  // namespace alibi::framework

#include "collector/origin/session_origin.h"

#include <gtest/gtest.h>

#include "tests/support/temporary_directory.h"
#include "tests/unit/origin/repository.h"

namespace alibi::origin {
namespace {

TEST(UserTags, ArePairsBetweenCommas) {
  const UserTags user =
      user_tags({{"DD_TAGS", " team:my team, url:http://x:1 ,none,:empty,key:,test.configuration.disk:ssd"}});
  EXPECT_EQ(user.tags,
            (Tags{{"team", "my team"}, {"url", "http://x:1"}, {"test.configuration.disk", "ssd"}}));
  EXPECT_EQ(user.configurations, (Tags{{"disk", "ssd"}}));
}

TEST(UserTags, ArePairsBetweenSpacesWhereThereIsNoComma) {
  EXPECT_EQ(user_tags({{"DD_TAGS", "a:1  b:2\tc:3"}}).tags, (Tags{{"a", "1"}, {"b", "2"}, {"c", "3"}}));
  EXPECT_TRUE(user_tags({}).tags.empty());
  EXPECT_TRUE(user_tags({{"DD_TAGS", "test.configuration.:x"}}).configurations.empty());
}

TEST(UserTags, AreBounded) {
  std::string many;
  for (int i = 0; i < 100'000; ++i) many += "k" + std::to_string(i) + ":v,";
  EXPECT_EQ(user_tags({{"DD_TAGS", many}}).tags.size(), 500U);
  const Tags tags = user_tags({{"DD_TAGS", "k:" + std::string(1 << 20, '\xfe')}}).tags;
  EXPECT_EQ(tag_of(tags, "k"), clean_text(tag_of(tags, "k")));
}

std::string service(Language language, std::string_view url, std::string_view directory = "/home/u/Folder") {
  return service_name(language, {}, url, directory, "rspec").name;
}

TEST(ServiceName, OfPythonIsTheRepositorysInLowerCase) {
  EXPECT_EQ(service(Language::kPython, "https://github.com/Acme/Demo.git"), "demo");
  EXPECT_EQ(service(Language::kPython, "git@github.com:Acme/Demo.git"), "demo");
  EXPECT_EQ(service(Language::kPython, "https://github.com/Acme/Demo"), "test") << "as that client does";
  EXPECT_EQ(service(Language::kPython, ""), "test");
  EXPECT_EQ(service(Language::kPython, "/.git"), "test");
}

TEST(ServiceName, OfRubyKeepsTheCaseAndFallsBackToTheFolder) {
  EXPECT_EQ(service(Language::kRuby, "https://github.com/Acme/Demo.git"), "Demo");
  EXPECT_EQ(service(Language::kRuby, "https://github.com/Acme/Demo/"), "Demo");
  EXPECT_EQ(service(Language::kRuby, "git@host:Demo.git"), "Demo");
  EXPECT_EQ(service(Language::kRuby, ""), "Folder");
  EXPECT_EQ(service(Language::kRuby, "", "/"), "rspec");
}

TEST(ServiceName, OfTheUserCountsFirst) {
  const ServiceName told =
      service_name(Language::kPython, {{"DD_SERVICE", "Mine"}}, "x/y.git", "/z", "pytest");
  EXPECT_EQ(told.name, "Mine");
  EXPECT_TRUE(told.by_user);
  const ServiceName empty = service_name(Language::kRuby, {{"DD_SERVICE", ""}}, "x/y.git", "/z", "rspec");
  EXPECT_EQ(empty.name, "y");
  EXPECT_FALSE(empty.by_user);
}

TEST(EnvironmentName, HasAnOrderPerLanguage) {
  const Environment both{{"_CI_DD_ENV", "private"}, {"DD_ENV", "ci"}};
  EXPECT_EQ(environment_name(Language::kPython, both, "agent"), "private");
  EXPECT_EQ(environment_name(Language::kPython, {{"DD_ENV", "ci"}}, "agent"), "ci");
  EXPECT_EQ(environment_name(Language::kPython, {}, "agent"), "agent");
  EXPECT_EQ(environment_name(Language::kPython, {}, ""), "none");
  EXPECT_EQ(environment_name(Language::kRuby, both, "agent"), "ci");
  EXPECT_EQ(environment_name(Language::kRuby, {}, "agent"), std::nullopt);
}

TEST(SessionName, IsTheUsersOrMadeOfJobAndCommand) {
  EXPECT_EQ(session_name({{"DD_TEST_SESSION_NAME", "mine"}}, "job", "pytest x"), "mine");
  EXPECT_EQ(session_name({}, "job", "pytest x"), "job-pytest x");
  EXPECT_EQ(session_name({}, "", "pytest x"), "pytest x");
}

const SystemFacts kSystem{"Linux", "6.1.0", "x86_64"};

TEST(RuntimeTags, CallTheSystemAsTheLanguageDoes) {
  EXPECT_EQ(runtime_tags(Language::kPython, {"CPython", "3.11.2"}, kSystem),
            (Tags{{"os.architecture", "x86_64"},
                  {"os.platform", "Linux"},
                  {"os.version", "6.1.0"},
                  {"runtime.name", "CPython"},
                  {"runtime.version", "3.11.2"}}));
  EXPECT_EQ(tag_of(runtime_tags(Language::kRuby, {"ruby", "3.1.2"}, kSystem), "os.platform"), "linux-gnu");
}

TEST(RuntimeTags, AreOfThisSystem) {
  EXPECT_EQ(uname_facts().name, "Linux");
  EXPECT_FALSE(uname_facts().release.empty());
  EXPECT_FALSE(uname_facts().architecture.empty());
}

TEST(RuntimeTags, OfEventsMayBeReplacedByTheUser) {
  const Tags tags = runtime_tags(Language::kRuby, {"ruby", "3.1.2"}, kSystem);
  std::vector<std::string> notices;
  const Tags replaced = runtime_tags_of_events(
      tags, {{"DD_TEST_OPTIMIZATION_RUNTIME_TAGS", R"({"os.platform":"ios","os.version":17,"team":"x"})"}},
      &notices);
  EXPECT_EQ(tag_of(replaced, "os.platform"), "ios");
  EXPECT_EQ(tag_of(replaced, "os.version"), "6.1.0");
  EXPECT_FALSE(replaced.contains("team"));
  ASSERT_EQ(notices.size(), 1U);
  EXPECT_NE(notices[0].find("os.version is not a text"), std::string::npos);
  for (const std::string& wrong : {std::string("no"), std::string("[]"), std::string(1 << 20, '[')}) {
    notices.clear();
    EXPECT_EQ(runtime_tags_of_events(tags, {{"DD_TEST_OPTIMIZATION_RUNTIME_TAGS", wrong}}, &notices), tags);
    EXPECT_EQ(notices.size(), 1U);
  }
}

TEST(SessionOrigin, SaysAllOfIt) {
  const alibi::testing::TemporaryDirectory directory;
  testing::Repository repository(directory / "project");
  const std::string commit = repository.commit("a.py", "1", "message");
  repository.git({"remote", "add", "origin", "https://example.com/o/Demo.git"});
  const Environment environment{
      {"GITLAB_CI", "1"},
      {"CI_JOB_NAME", "unit"},
      {"CI_COMMIT_REF_NAME", "of provider"},
      {"CI_MERGE_REQUEST_IID", "4"},
      {"DD_TAGS", "team:x,ci.job.name:mine,git.branch:refs/heads/corrected,test.configuration.disk:ssd"},
      {"DD_GIT_COMMIT_SHA", "wrong"},
      {"DD_TEST_OPTIMIZATION_RUNTIME_TAGS", R"({"runtime.version":"9"})"}};
  const SessionFacts facts{Language::kPython, {"CPython", "3.11.2"}, kSystem, "pytest",
                           "pytest tests",    repository.path(),     "none"};
  const SessionOrigin origin = session_origin(facts, environment, FileSystem::real(),
                                              GitCommand(repository.path()), Timepiece::real());
  EXPECT_EQ(tag_of(origin.tags, "git.branch"), "corrected");
  EXPECT_EQ(tag_of(origin.tags, "git.commit.sha"), commit);
  EXPECT_EQ(tag_of(origin.tags, "pr.number"), "4");
  EXPECT_EQ(tag_of(origin.tags, "team"), "x");
  EXPECT_EQ(tag_of(origin.tags, "runtime.version"), "9");
  EXPECT_EQ(tag_of(origin.runtime, "runtime.version"), "3.11.2");
  EXPECT_EQ(tag_of(origin.tags, "ci.workspace_path"), repository.path());
  EXPECT_EQ(origin.configurations, (Tags{{"disk", "ssd"}}));
  EXPECT_EQ(origin.service.name, "demo");
  EXPECT_EQ(origin.environment, "none");
  EXPECT_EQ(origin.session_name, "mine-pytest tests");
  EXPECT_EQ(origin.notices.size(), 1U);
}

class SlowGit final : public Git {
 public:
  explicit SlowGit(const Git& git) : git_(git) {}
  Result<GitAnswer> run(const std::vector<std::string>& arguments, std::string_view input,
                        Milliseconds patience) const override {
    ++calls;
    used += patience;
    return git_.run(arguments, input, kLongPatience);
  }
  mutable int calls = 0;
  mutable Milliseconds used{0};

 private:
  const Git& git_;
};

class TimeOf final : public Timepiece {
 public:
  explicit TimeOf(const SlowGit& git) : git_(git) {}
  Milliseconds now() const override { return git_.used; }

 private:
  const SlowGit& git_;
};

// Each call takes all the time that it may.
TEST(SessionOrigin, IsNotHeldUpByASlowGit) {
  const alibi::testing::TemporaryDirectory directory;
  testing::Repository repository(directory / "project");
  repository.commit("a.py", "1");
  const GitCommand git(repository.path());
  const SlowGit slow(git);
  const TimeOf time(slow);
  const SessionOrigin origin = session_origin({}, {}, FileSystem::real(), slow, time);
  EXPECT_LE(slow.used, Milliseconds(10'000));
  EXPECT_EQ(tag_of(origin.tags, "git.branch"), "main");
  EXPECT_FALSE(origin.tags.contains("git.commit.message")) << "no time was left for it";
}

TEST(SessionOrigin, AsksAGitThatIsNotThereOnce) {
  const alibi::testing::TemporaryDirectory directory;
  const GitCommand git(directory.path());
  const SlowGit counted(git);
  const SessionOrigin origin = session_origin({}, {{"DD_GIT_COMMIT_SHA", std::string(40, 'a')}},
                                              FileSystem::real(), counted, Timepiece::real());
  EXPECT_EQ(counted.calls, 1);
  EXPECT_EQ(tag_of(origin.tags, "git.commit.sha"), std::string(40, 'a'));
}

}  // namespace
}  // namespace alibi::origin

#include "collector/origin/codeowners.h"

#include <gtest/gtest.h>

#include <iterator>
#include <random>

#include "tests/support/temporary_directory.h"

namespace alibi::origin {
namespace {

Codeowners github(std::string_view text) {
  return Codeowners::parse(text, OwnersDialect::kGithub);
}
Codeowners gitlab(std::string_view text) {
  return Codeowners::parse(text, OwnersDialect::kGitlab);
}

bool owned(OwnersDialect dialect, const std::string& pattern, std::string_view path) {
  return !Codeowners::parse(pattern + " @o", dialect).owners_of(path).empty();
}
bool on_github(const std::string& pattern, std::string_view path) {
  return owned(OwnersDialect::kGithub, pattern, path);
}
bool on_gitlab(const std::string& pattern, std::string_view path) {
  return owned(OwnersDialect::kGitlab, pattern, path);
}

TEST(Codeowners, AreThoseOfTheLastMatch) {
  const Codeowners owners = github("* @all\n*.py @py me@example.com\n/docs/ @docs\n/docs/free.md\n");
  EXPECT_EQ(owners.json_of("x.c"), R"(["@all"])");
  EXPECT_EQ(owners.json_of("a/b/x.py"), R"(["@py","me@example.com"])");
  EXPECT_EQ(owners.json_of("docs/a/x.py"), R"(["@docs"])");
  EXPECT_EQ(owners.json_of("docs/free.md"), "") << "an entry without owners takes them away";
  EXPECT_EQ(owners.json_of("/x.c"), owners.json_of("./x.c"));
}

TEST(Codeowners, OfGithubMatchLikeItsDocumentation) {
  EXPECT_TRUE(on_github("*.js", "a/b/x.js"));
  EXPECT_FALSE(on_github("*.js", "a/x.jsx"));
  EXPECT_TRUE(on_github("/build/logs/", "build/logs/a/b"));
  EXPECT_FALSE(on_github("/build/logs/", "x/build/logs/a"));
  EXPECT_FALSE(on_github("/build/logs/", "build/logs")) << "a file of that name is no folder";
  EXPECT_TRUE(on_github("docs/*", "docs/a.md"));
  EXPECT_FALSE(on_github("docs/*", "docs/b/a.md"));
  EXPECT_TRUE(on_github("apps/", "x/y/apps/z"));
  EXPECT_TRUE(on_github("/docs/", "docs/x"));
  EXPECT_FALSE(on_github("/docs/", "a/docs/x"));
  EXPECT_TRUE(on_github("**/logs", "deeply/nested/logs/x"));
  EXPECT_TRUE(on_github("**/logs", "logs"));
  EXPECT_TRUE(on_github("a/**/z", "a/z"));
  EXPECT_TRUE(on_github("a/**/z", "a/b/c/z"));
  EXPECT_TRUE(on_github("a/**", "a/b/c"));
  EXPECT_FALSE(on_github("a/**", "a"));
  EXPECT_FALSE(on_github("lib/a", "x/lib/a")) << "a slash in the middle anchors";
  EXPECT_TRUE(on_github("lib/a", "lib/a/b"));
  EXPECT_TRUE(on_github("te?t_*.p*y", "x/test_a.pppy"));
  EXPECT_FALSE(on_github("te?t_*.p*y", "tet_a.py"));
  EXPECT_TRUE(on_github("a/**/b/**/c.py", "a/x/b/b/y/c.py"));
  EXPECT_FALSE(on_github("a/**/b/**/c.py", "a/x/y/c.py"));
  EXPECT_TRUE(on_github("*", "any/file"));
  EXPECT_TRUE(on_github("/*", "file"));
  EXPECT_FALSE(on_github("/*", "any/file"));
}

TEST(Codeowners, OfGitlabMatchAnywhereUnlessAnchored) {
  EXPECT_TRUE(on_gitlab("internal/README.md", "a/internal/README.md"));
  EXPECT_FALSE(on_gitlab("/internal/README.md", "a/internal/README.md"));
  EXPECT_TRUE(on_gitlab("/docs/**/*.md", "docs/a/b/x.md"));
  EXPECT_TRUE(on_gitlab("/docs/**/*.md", "docs/x.md"));
  EXPECT_TRUE(on_gitlab("*", ".hidden"));
  EXPECT_TRUE(on_gitlab("[ab].py", "x/a.py"));
  EXPECT_FALSE(on_gitlab("[ab].py", "c.py"));
  EXPECT_FALSE(on_gitlab("/docs/*", "docs/a/x"));
}

TEST(Codeowners, MayHaveSpacesAndSignsInTheirPatterns) {
  const Codeowners owners = gitlab("path\\ with\\ spaces/ @s\n\\#file.rb @p\nend\\\\ @e\n");
  EXPECT_EQ(owners.json_of("a/path with spaces/x"), R"(["@s"])");
  EXPECT_EQ(owners.json_of("#file.rb"), R"(["@p"])");
  EXPECT_EQ(owners.json_of("end\\"), R"(["@e"])");
  EXPECT_EQ(github("\xEF\xBB\xBF*.py @x").json_of("a.py"), R"(["@x"])");
  EXPECT_TRUE(on_github("star\\*", "star*"));
  EXPECT_FALSE(on_github("star\\*", "starry"));
}

TEST(Codeowners, OfGithubHaveCommentsAndNoNegation) {
  const Codeowners owners =
      github("# @nobody\n  *.go @go # not @this\n!x.go @no\n\n[Section]\r\n*.rb\t@rb\r\n");
  EXPECT_EQ(owners.json_of("x.go"), R"(["@go"])");
  EXPECT_EQ(owners.json_of("x.rb"), R"(["@rb"])");
}

TEST(Codeowners, OfSectionsAreJoined) {
  const Codeowners owners = gitlab(
      "* @general\n[Documentation][2] @docs-team\ndocs/\n*.md @md\n^[Database] "
      "@db\nmodel/db/\nmodel/db/x.md\n"
      "[documentation] @other\nlate.md\n");
  EXPECT_EQ(owners.json_of("x.c"), R"(["@general"])");
  EXPECT_EQ(owners.json_of("docs/x.c"), R"(["@general","@docs-team"])");
  EXPECT_EQ(owners.json_of("docs/x.md"), R"(["@general","@md"])");
  EXPECT_EQ(owners.json_of("model/db/x.md"), R"(["@general","@md","@db"])");
  EXPECT_EQ(owners.json_of("late.md"), R"(["@general","@other"])") << "the same section, whatever the case";
}

TEST(Codeowners, OfGitlabExcludeForGoodAndPerSection) {
  const Codeowners owners = gitlab("* @all\n!*.lock\nyarn.lock @js\n[Build]\n*.lock @build\n");
  EXPECT_EQ(owners.json_of("x.c"), R"(["@all"])");
  EXPECT_EQ(owners.json_of("yarn.lock"), R"(["@build"])");
}

TEST(Codeowners, NameAnOwnerOnceAndOnlyWhatMayBeOne) {
  EXPECT_EQ(github("* @a word @a \"@b\n").json_of("x"), R"(["@a","\"@b"])");
  EXPECT_EQ(github("* \n/ @a\n \t\n").json_of("x"), R"(["@a"])") << "the root is everything";
}

TEST(Codeowners, AreFoundInTheUsualPlaces) {
  const alibi::testing::TemporaryDirectory root;
  const FileSystem& files = FileSystem::real();
  EXPECT_FALSE(find_codeowners(files, root.path()));
  const std::pair<const char*, const char*> places[] = {
      {"docs", R"(["@docs"])"}, {".gitlab", R"(["@.gitlab"])"}, {".github", R"(["@.github"])"}};
  for (const auto& [folder, expected] : places) {
    ASSERT_TRUE(files.make_directories(root / folder));
    alibi::testing::write_text(root / (std::string(folder) + "/CODEOWNERS"),
                               "[S] @" + std::string(folder) + "\n* @" + folder);
    EXPECT_EQ(find_codeowners(files, root.path())->json_of("x"), expected) << folder;
  }
  alibi::testing::write_text(root / "CODEOWNERS", "[S] @root\n*.py");
  EXPECT_EQ(find_codeowners(files, root.path())->json_of("x.py"), R"(["@root"])")
      << "a section: it is GitLab's";
  alibi::testing::write_text(root / "CODEOWNERS", std::string(4 << 20, '*'));
  EXPECT_EQ(find_codeowners(files, root.path())->json_of("x"), R"(["@.github"])") << "too large to be one";
}

TEST(Codeowners, OfHostileFilesCostLittle) {
  const std::string path = std::string(200, 'a') + "/" + std::string(200, 'a');
  EXPECT_FALSE(on_github(std::string(1000, '*') + "b", path));
  std::string stars, folders;
  for (int i = 0; i < 200; ++i) {
    stars += "*a";
    folders += "**/a/";
  }
  EXPECT_FALSE(on_github(stars + "b", path));
  std::string deep;
  for (int i = 0; i < 500; ++i) deep += "a/";
  EXPECT_FALSE(on_github(folders + "b", deep));
  EXPECT_TRUE(github("\xff\xfe[\\").json_of("x").empty());
  EXPECT_TRUE(gitlab("[\n^[\n[]\n[a][\n!\n!  @x\n\\").json_of("x").empty());
}

TEST(Codeowners, OfAnyTextAreRead) {
  std::mt19937 random(5);
  constexpr std::string_view kPieces[] = {"*", "**",   "/", "a",  "\\", " ", "\n",  "[",
                                          "]", "^[A]", "!", "@o", "#",  "?", "\xff"};
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    for (int i = 0; i < 40; ++i) text += kPieces[random() % std::size(kPieces)];
    for (const Codeowners& owners : {github(text), gitlab(text)})
      for (const char* const path : {"", "a", "a/a/a", "a/\xff/?"}) {
        for (const std::string& owner : owners.owners_of(path))
          EXPECT_NE(owner.find('@'), std::string::npos) << text;
      }
  }
}

// 5,000,000 comparisons if none were saved.
TEST(Codeowners, AreAnsweredForTenThousandFilesAndFiveHundredRules) {
  std::string text;
  for (int i = 0; i < 125; ++i) {
    const std::string n = std::to_string(i);
    text += "/src/package_" + n + "/ @team" + n + "\n*.ext" + n + " @ext" + n + "\nname_" + n + ".py @name" +
            n + "\n/lib/**/deep_" + n + "/*.rb @deep" + n + "\n";
  }
  const Codeowners owners = github(text);
  size_t found = 0;
  for (int i = 0; i < 10'000; ++i)
    found += owners.json_of("src/package_" + std::to_string(i % 250) + "/sub/folder/file_" +
                            std::to_string(i) + ".py")
                     .empty()
                 ? 0U
                 : 1U;
  EXPECT_EQ(found, 5000U);
}

}  // namespace
}  // namespace alibi::origin

#include "collector/change/import_finder.h"

#include <gtest/gtest.h>

#include "collector/store/disk.h"
#include "tests/support/temporary_directory.h"

namespace alibi::change {
namespace {

class Finder : public ::testing::Test {
 protected:
  void write(const std::string& path) {
    const std::string whole = directory_ / path;
    ASSERT_TRUE(store::make_directories(whole.substr(0, whole.rfind('/'))).ok());
    testing::write_text(whole, "");
  }
  std::string find(const std::string& module) {
    ProjectFiles files;
    return ImportFinder(ImportFinder::Search::kPython, &files, {directory_ / "one", directory_ / "two"},
                        {"sys"})
        .find(module);
  }
  testing::TemporaryDirectory directory_;
};

TEST_F(Finder, TakesTheFirstFolderOfThePath) {
  write("two/m.py");
  EXPECT_EQ(find("m"), directory_ / "two/m.py");
  write("one/m.py");
  EXPECT_EQ(find("m"), directory_ / "one/m.py");
}

TEST_F(Finder, TakesAPackageBeforeAModuleAndAModuleBeforeANamespace) {
  write("one/p.py");
  write("one/p/part.py");
  EXPECT_EQ(find("p"), directory_ / "one/p.py");
  write("one/p/__init__.py");
  EXPECT_EQ(find("p"), directory_ / "one/p/__init__.py");
  EXPECT_EQ(find("p.part"), directory_ / "one/p/part.py");
}

TEST_F(Finder, PutsNamespacesTogether) {
  write("one/ns/a.py");
  write("two/ns/b.py");
  EXPECT_EQ(find("ns.a"), directory_ / "one/ns/a.py");
  EXPECT_EQ(find("ns.b"), directory_ / "two/ns/b.py");
}

TEST_F(Finder, FindsNothingBelowAModule) {
  write("one/m.py");
  EXPECT_EQ(find("m.x"), "");
  EXPECT_EQ(find("nowhere.m"), "");
}

}  // namespace
}  // namespace alibi::change

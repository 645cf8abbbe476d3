#include "collector/store/distributions.h"

#include <gtest/gtest.h>

#include "collector/store/disk.h"
#include "tests/support/temporary_directory.h"

namespace alibi::store {
namespace {

using testing::TemporaryDirectory;
using testing::write_text;

class Distributions : public ::testing::Test {
 protected:
  void install(const std::string& folder, const std::string& name, const std::string& version,
               const std::string& record) {
    ASSERT_TRUE(make_directories(site_ + "/" + folder));
    write_text(site_ + "/" + folder + "/METADATA", "Metadata-Version: 2.1\r\nName: " + name +
                                                       "\r\nVersion: " + version +
                                                       "\r\n\r\nVersion: of the prose\r\n");
    write_text(site_ + "/" + folder + "/RECORD", record);
  }

  TemporaryDirectory directory_;
  std::string site_ = directory_ / "lib/python3.12/site-packages";
};

TEST_F(Distributions, AreFoundByNameAndByRecord) {
  install("six-1.16.0.dist-info", "six", "1.16.0", "six.py,,\n");
  install("PyYAML-6.0.dist-info", "PyYAML", "6.0",
          "yaml/__init__.py,sha256=x,1\n_yaml.cpython-312-x86_64-linux-gnu.so,,\n../../bin/x,,\n");
  const auto found = resolve_distributions({{"six", site_ + "/six.py"},
                                            {"yaml.loader", site_ + "/yaml/loader.py"},
                                            {"_yaml", site_ + "/_yaml.so"},
                                            {"unknown", site_ + "/unknown.py"}});
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0].name, "PyYAML");
  EXPECT_EQ(found[0].version, "6.0");
  EXPECT_EQ(found[0].modules, (std::vector<std::string>{"_yaml", "yaml"}));
  EXPECT_EQ(found[1].version, "1.16.0");
  EXPECT_FALSE(found[1].editable);
}

TEST_F(Distributions, EditableOnesAreMarked) {
  install("mine-0.1.dist-info", "mine", "0.1", "");
  const std::string source = directory_ / "work/mine/src";
  ASSERT_TRUE(make_directories(source + "/mine"));
  write_text(site_ + "/mine-0.1.dist-info/direct_url.json",
             "{\"url\": \"file://" + (directory_ / "work/mine") + "\", \"dir_info\": {\"editable\": true}}");
  install("six-1.16.0.dist-info", "six", "1.16.0", "six.py,,\n");
  const auto found =
      resolve_distributions({{"six", site_ + "/six.py"}, {"mine", source + "/mine/__init__.py"}});
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].name, "mine");
  EXPECT_TRUE(found[0].editable);
}

TEST_F(Distributions, CodeWithoutMetadataIsKnownByItsContent) {
  const std::string folder = directory_ / "lib/shared";
  ASSERT_TRUE(make_directories(folder + "/pack"));
  write_text(folder + "/one.py", "X = 1\n");
  write_text(folder + "/pack/__init__.py", "");
  write_text(folder + "/pack/part.py", "Y = 1\n");
  const auto versions = [&] {
    std::vector<std::string> found;
    for (const auto& each :
         resolve_distributions({{"one", folder + "/one.py"}, {"pack", folder + "/pack/__init__.py"}}))
      found.push_back(each.name + " " + each.version);
    return found;
  };
  const auto before = versions();
  ASSERT_EQ(before.size(), 2U);
  EXPECT_EQ(versions(), before);
  write_text(folder + "/pack/part.py", "Y = 2\n");
  EXPECT_EQ(versions()[0], before[0]);
  EXPECT_NE(versions()[1], before[1]);
}

TEST_F(Distributions, SayWhatTheyRequire) {
  ASSERT_TRUE(make_directories(site_ + "/top-1.dist-info"));
  write_text(site_ + "/top-1.dist-info/METADATA",
             "Name: top\nVersion: 1\nRequires-Dist: Under_Lying>=2; python_version > '3'\nRequires-Dist: six "
             "(>=1)\n\n");
  const auto found = resolve_distributions({{"top", site_ + "/top.py"}});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].required, (std::vector<std::string>{"six", "under_lying"}));
}

TEST_F(Distributions, BrokenMetadataIsNobody) {
  ASSERT_TRUE(make_directories(site_ + "/bad-1.dist-info"));
  write_text(site_ + "/bad-1.dist-info/METADATA", "no headers here");
  write_text(site_ + "/bad-1.dist-info/direct_url.json", "{\"url\": 5, \"dir_info\": []}");
  const auto found = resolve_distributions({{"bad", site_ + "/bad.py"}, {"", ""}, {"x", "relative.py"}});
  ASSERT_EQ(found.size(), 1U);  // known by its content
  EXPECT_EQ(found[0].name, "bad");
}

}  // namespace
}  // namespace alibi::store

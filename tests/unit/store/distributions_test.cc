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
  ASSERT_EQ(found.size(), 2U);
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

TEST_F(Distributions, BrokenMetadataIsNobody) {
  ASSERT_TRUE(make_directories(site_ + "/bad-1.dist-info"));
  write_text(site_ + "/bad-1.dist-info/METADATA", "no headers here");
  write_text(site_ + "/bad-1.dist-info/direct_url.json", "{\"url\": 5, \"dir_info\": []}");
  EXPECT_TRUE(resolve_distributions({{"bad", site_ + "/bad.py"}, {"", ""}, {"x", "relative.py"}}).empty());
}

}  // namespace
}  // namespace alibi::store

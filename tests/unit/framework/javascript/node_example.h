// A project whose packages are names of executables alone. Single thread.
#ifndef ALIBI_TESTS_UNIT_FRAMEWORK_JAVASCRIPT_NODE_EXAMPLE_H_
#define ALIBI_TESTS_UNIT_FRAMEWORK_JAVASCRIPT_NODE_EXAMPLE_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "collector/framework/disk.h"
#include "collector/framework/framework_makers.h"
#include "tests/unit/framework/example_project.h"

namespace alibi::framework {

struct NodeExample : ExampleProject {
  explicit NodeExample(const std::string& framework) {
    project.settings.platform = "javascript";
    project.settings.framework = framework;
    answer = [](const auto& command, const auto&) {
      process::ChildOutput output;
      if (command == std::vector<std::string>{"node", "--version"}) output.text = "v20.1.0\n";
      return output;
    };
  }

  void install(const std::string& executable) const { install_at("node_modules/.bin/" + executable); }
  void install_at(const std::string& name) const {
    write(name, "#!/bin/sh\n");
    std::filesystem::permissions(std::filesystem::path(project.directory) / name,
                                 std::filesystem::perms::owner_all);
  }

  std::unique_ptr<Framework> made() {
    return project.settings.platform == "generic" ? make_generic(project, programs(), Disk::real())
                                                  : make_javascript(project, programs(), Disk::real());
  }

  static std::vector<plan::Unit> units(const std::vector<std::string>& files) {
    std::vector<plan::Unit> made;
    for (const std::string& file : files) made.push_back({.file = file});
    return made;
  }
  std::vector<Launch> launches(const std::vector<std::string>& files, const std::string& junit = "") {
    Result<std::vector<Launch>> made_launches = made()->launches(units(files), junit, "7");
    EXPECT_TRUE(made_launches.ok()) << made_launches.error().message;
    return made_launches.ok() ? *made_launches : std::vector<Launch>{};
  }
  std::vector<std::string> command(const std::vector<std::string>& files, const std::string& junit = "") {
    const std::vector<Launch> all = launches(files, junit);
    EXPECT_EQ(all.size(), 1U);
    return all.empty() ? std::vector<std::string>{} : all.front().command;
  }
};

inline std::string variable(const Launch& launch, const std::string& name) {
  for (const auto& [given, value] : launch.environment) {
    if (given == name) return value.value_or("(removed)");
  }
  return "(untouched)";
}

inline bool has(const std::vector<std::string>& words, const std::string& word) {
  return std::ranges::find(words, word) != words.end();
}

// What a program that lists would write: the file that an option or a variable names.
inline void write_file(const std::string& path, const std::string& text) {
  std::ofstream(path) << text;
}

inline std::string set_variable(const process::ChildOptions& options, const std::string& name) {
  for (const std::string& entry : options.set) {
    if (entry.starts_with(name + "=")) return entry.substr(name.size() + 1);
  }
  return "(unset)";
}

}  // namespace alibi::framework

#endif  // ALIBI_TESTS_UNIT_FRAMEWORK_JAVASCRIPT_NODE_EXAMPLE_H_

// A project on disk that a test makes, and programs that answer as the test says. Single thread.
#ifndef ALIBI_TESTS_UNIT_FRAMEWORK_EXAMPLE_PROJECT_H_
#define ALIBI_TESTS_UNIT_FRAMEWORK_EXAMPLE_PROJECT_H_

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "collector/framework/framework.h"
#include "tests/support/temporary_directory.h"

namespace alibi::framework {

class ExampleProject {
 public:
  ExampleProject() {
    project.directory = folder_.path() + "/project";
    project.scratch = folder_.path() + "/scratch";
    std::filesystem::create_directories(project.directory);
    std::filesystem::create_directories(project.scratch);
  }

  void write(const std::string& name, const std::string& text = "") const {
    const std::filesystem::path path = std::filesystem::path(project.directory) / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  void write_all(const std::vector<std::string>& names) const {
    for (const std::string& name : names) write(name);
  }

  // Notes what is started and answers with `answer`.
  RunProgram programs() {
    return [this](const std::vector<std::string>& command, const process::ChildOptions& given) {
      commands.push_back(command);
      options.push_back(given);
      return answer(command, given);
    };
  }

  Project project;
  std::vector<std::vector<std::string>> commands;
  std::vector<process::ChildOptions> options;
  std::function<Result<process::ChildOutput>(const std::vector<std::string>&, const process::ChildOptions&)>
      answer = [](const auto&, const auto&) { return process::ChildOutput{}; };

 private:
  testing::TemporaryDirectory folder_;
};

}  // namespace alibi::framework

#endif  // ALIBI_TESTS_UNIT_FRAMEWORK_EXAMPLE_PROJECT_H_

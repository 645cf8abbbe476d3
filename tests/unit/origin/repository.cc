#include "tests/unit/origin/repository.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>

#include "collector/process/child_process.h"
#include "tests/support/temporary_directory.h"
#include "tracer/base/file_system.h"

namespace alibi::origin::testing {
namespace {

// Also for the git that the product starts.
class PlainGit : public ::testing::Environment {
 public:
  void SetUp() override {
    for (const char* const name : {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"}) ::unsetenv(name);
    ::setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1);
    ::setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
    ::setenv("GIT_CEILING_DIRECTORIES", "/tmp", 1);
  }
};
const ::testing::Environment* const plain = ::testing::AddGlobalTestEnvironment(new PlainGit);

std::string run(const std::vector<std::string>& command, const std::string& directory, int64_t time,
                std::string_view input = {}) {
  process::ChildOptions options{std::chrono::seconds(60)};
  options.directory = directory;
  const std::string date = "@" + std::to_string(time) + " +0100";
  options.set = {"GIT_AUTHOR_NAME=Ann Author",        "GIT_AUTHOR_EMAIL=ann@example.com",
                 "GIT_COMMITTER_NAME=Carl Committer", "GIT_COMMITTER_EMAIL=carl@example.com",
                 "GIT_AUTHOR_DATE=" + date,           "GIT_COMMITTER_DATE=" + date};
  const Result<process::ChildOutput> output = process::run_child(command, input, options);
  EXPECT_TRUE(output);
  if (!output) return {};
  EXPECT_EQ(output->status, 0) << command[1] << ": " << output->errors;
  std::string text = output->text;
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

}  // namespace

Repository::Repository(std::string path) : path_(std::move(path)), time_(std::time(nullptr) - 86400) {
  run({"git", "init", "-q", "-b", "main", path_}, {}, time_);
}

Repository::Repository(std::string path, const std::string& url, const std::vector<std::string>& options)
    : path_(std::move(path)), time_(std::time(nullptr) - 3600) {
  std::vector<std::string> command = {"git", "clone", "-q"};
  command.insert(command.end(), options.begin(), options.end());
  command.insert(command.end(), {url, path_});
  run(command, {}, time_);
}

std::string Repository::git(const std::vector<std::string>& arguments, std::string_view input) const {
  std::vector<std::string> command = {"git"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return run(command, path_, time_, input);
}

std::string Repository::commit(const std::string& file, std::string_view content,
                               const std::string& message) {
  const std::string path = path_ + "/" + file;
  EXPECT_TRUE(FileSystem::real().make_directories(path.substr(0, path.find_last_of('/'))));
  alibi::testing::write_text(path, content);
  git({"add", "-A"});
  git({"commit", "-q", "--allow-empty", "-m", message});
  time_ += 60;
  return git({"rev-parse", "HEAD"});
}

std::string Repository::state() const {
  return run({"sh", "-c", "find .git -type f -printf '%p %s %T@\\n' | sort"}, path_, time_);
}

Result<GitAnswer> WatchedGit::run(const std::vector<std::string>& arguments, std::string_view input,
                                  Milliseconds patience) const {
  asked.push_back(arguments);
  patiences.push_back(patience);
  if (instead)
    if (const GitAnswer* const answer = instead(arguments)) return *answer;
  return git_.run(arguments, input, patience);
}

int WatchedGit::count(const std::string& verb) const {
  return static_cast<int>(std::ranges::count_if(
      asked, [&](const auto& arguments) { return std::ranges::count(arguments, verb) != 0; }));
}

}  // namespace alibi::origin::testing

// A real git repository of a test: made by the real command, apart from the configuration of this machine.
#ifndef ALIBI_TESTS_UNIT_ORIGIN_REPOSITORY_H_
#define ALIBI_TESTS_UNIT_ORIGIN_REPOSITORY_H_

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "collector/origin/git.h"

namespace alibi::origin::testing {

class Repository {
 public:
  // An empty one in a new folder, with the branch main.
  explicit Repository(std::string path);
  // What is at `url`, cloned.
  Repository(std::string path, const std::string& url, const std::vector<std::string>& options);

  const std::string& path() const { return path_; }
  std::string url() const { return "file://" + path_; }
  // Its output without newlines at the end; the test fails when git does.
  std::string git(const std::vector<std::string>& arguments, std::string_view input = {}) const;
  // Writes the file and commits everything: the commit's id. Times rise by a minute per commit from `first`.
  std::string commit(const std::string& file, std::string_view content,
                     const std::string& message = "change");
  // Every file below .git with its size: the same before and after means untouched.
  std::string state() const;
  void date_from(int64_t first_unix) { time_ = first_unix; }

 private:
  std::string path_;
  int64_t time_;
};

// Counts and may change what is asked of a real git.
class WatchedGit final : public Git {
 public:
  explicit WatchedGit(const Git& git) : git_(git) {}
  Result<GitAnswer> run(const std::vector<std::string>& arguments, std::string_view input,
                        Milliseconds patience) const override;
  int count(const std::string& verb) const;

  std::function<const GitAnswer*(const std::vector<std::string>&)> instead;  // null: asks the real one
  mutable std::vector<std::vector<std::string>> asked;
  mutable std::vector<Milliseconds> patiences;

 private:
  const Git& git_;
};

}  // namespace alibi::origin::testing

#endif  // ALIBI_TESTS_UNIT_ORIGIN_REPOSITORY_H_

// What the evidence of a store says about paths, for `alibi watch`: sources and inputs that tests rest on,
// files that they write, what test files are called. Each evidence file is read once; what an old one said
// stays, which costs a run at most. One thread.
#ifndef ALIBI_COLLECTOR_CLI_RECORDED_PATHS_H_
#define ALIBI_COLLECTOR_CLI_RECORDED_PATHS_H_

#include <set>
#include <string>
#include <string_view>

#include "collector/model/session_coverage.h"
#include "collector/store/store.h"
#include "collector/watch/known_paths.h"

namespace alibi::cli {

class RecordedPaths {
 public:
  // `root`: where the project lies here.
  explicit RecordedPaths(std::string root) : root_(std::move(root)) {}

  // Takes in evidence that is new in the store. What cannot be read says nothing.
  void read(store::Store* store);
  void add(const collector::SessionCoverage& coverage);

  const watch::KnownPaths& known() const { return known_; }

 private:
  void add_input(const collector::Input& input, const std::string& recorded_root);
  void add_read(const std::string& path);
  std::string here(const std::string& path, const std::string& recorded_root) const;

  std::string root_;
  std::set<std::string> seen_;  // evidence files
  watch::KnownPaths known_;
};

}  // namespace alibi::cli

#endif  // ALIBI_COLLECTOR_CLI_RECORDED_PATHS_H_

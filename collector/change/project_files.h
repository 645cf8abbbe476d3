// The project's files and the paths that tests asked about, as they are now. The door to the disk for all
// questions that recorded inputs raise; each path is looked at once per run. Hashes are those of the
// recorder.
#ifndef ALIBI_COLLECTOR_CHANGE_PROJECT_FILES_H_
#define ALIBI_COLLECTOR_CHANGE_PROJECT_FILES_H_

#include <absl/container/flat_hash_set.h>
#include <absl/container/node_hash_map.h>

#include <string>
#include <string_view>

#include "collector/model/session_coverage.h"
#include "tracer/recording/file_hashes.h"

namespace alibi::change {

class ProjectFiles {
 public:
  ProjectFiles();

  // What is below `recorded_root` in evidence lies below `root` here.
  void set_roots(std::string recorded_root, std::string root);
  std::string here(std::string_view recorded_path) const;

  // Of paths as they are here. References stay good: looking at one path asks about others.
  const recording::Observed& content(const std::string& path);
  const recording::Observed& listing(const std::string& path);
  bool exists(const std::string& path);
  // File names in a directory; empty when there is none.
  const absl::flat_hash_set<std::string>& names_in(const std::string& directory);

  // Does the recorded answer to a question about a path (stat, access, readlink, …) still hold?
  bool answer_holds(const collector::Input& probe, std::string_view question);

 private:
  recording::FileHashes hashes_;
  std::string recorded_root_;
  std::string root_;
  absl::node_hash_map<std::string, recording::Observed> contents_;
  absl::node_hash_map<std::string, recording::Observed> listings_;
  absl::node_hash_map<std::string, absl::flat_hash_set<std::string>> names_;
};

// Does the path lie in the folder, at any depth? Not the folder itself. Both without a slash at the end.
bool is_inside(std::string_view path, std::string_view folder);

}  // namespace alibi::change

#endif  // ALIBI_COLLECTOR_CHANGE_PROJECT_FILES_H_

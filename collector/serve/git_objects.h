// The commits and trees that clients upload, in a bare repository of ours: takes packs, says which commits
// are complete, lists their files. There are no blobs in it, and nothing of it is ever checked out.
//
// Where several servers share a database, packs are kept there and the repository is only what this server
// has made of them: it takes up the others' packs when it lacks something.
//
// Any thread; spawns git, with a time limit each, and remembers trees. Never follows what a pack says to a
// network or a hook.
#ifndef ALIBI_COLLECTOR_SERVE_GIT_OBJECTS_H_
#define ALIBI_COLLECTOR_SERVE_GIT_OBJECTS_H_

#include <absl/container/flat_hash_map.h>

#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "collector/serve/commit_tree.h"
#include "collector/serve/database.h"
#include "tracer/base/result.h"

namespace alibi::serve {

class GitObjects {
 public:
  // Makes the repository when there is none. An error when git is not there. `shared`: nullptr, or where
  // packs are kept.
  static Result<std::unique_ptr<GitObjects>> open(const std::string& folder, Database* shared = nullptr);

  // An error: git does not take it.
  Result<void> add_pack(std::string_view pack);
  // Of commits (hexadecimal), those that are here with all their trees.
  Result<std::vector<std::string>> complete(const std::vector<std::string>& commits);
  // nullptr in place of a tree: the commit, or a part of it, is not here.
  Result<std::shared_ptr<const CommitTree>> tree(const std::string& commit);

 private:
  GitObjects(std::string folder, Database* shared) : folder_(std::move(folder)), shared_(shared) {}
  std::vector<std::string> command(std::initializer_list<std::string_view> words) const;
  Result<void> index_pack(std::string_view pack) const;
  Result<std::vector<std::string>> complete_here(const std::vector<std::string>& commits) const;
  Result<std::shared_ptr<const CommitTree>> tree_here(const std::string& commit);
  Result<bool> take_up_packs();  // whether there were any
  void remember(const std::string& commit, std::shared_ptr<const CommitTree> tree);

  std::string folder_;
  Database* shared_;
  std::mutex taking_mutex_;
  std::string taken_from_;  // the identity of the database
  uint64_t taken_up_ = 0;   // the last pack

  std::mutex mutex_;
  absl::flat_hash_map<std::string, std::shared_ptr<const CommitTree>> trees_;
  std::list<std::string> order_;  // oldest first
  uint64_t bytes_ = 0;
};

}  // namespace alibi::serve

#endif  // ALIBI_COLLECTOR_SERVE_GIT_OBJECTS_H_

// Turns an observation into an input record: whose it is, under which absolute path, once per context.
//
// Used by Inputs and its parts, with the GVL. Details are lines, the words of other glues
// (tracer/shard/FORMAT.md): what was asked, "session" for what the session itself made, "import:<file>" and
// "line:<N>" for what was read while that line of a file, class or module ran that is loaded.
#ifndef ALIBI_RUBY_EXT_INPUT_LOG_H_
#define ALIBI_RUBY_EXT_INPUT_LOG_H_

#include <cstdint>
#include <string>
#include <unordered_set>

#include "callers.h"
#include "contexts.h"
#include "project_files.h"
#include "session_paths.h"
#include "tracer/abi/alibi.h"

namespace alibi::ruby {

class InputLog {
 public:
  void start(alibi_session* session, const Contexts* contexts, ProjectFiles* files);
  alibi_session* session() const { return session_; }
  const Contexts& contexts() const { return *contexts_; }
  SessionPaths& paths() { return paths_; }

  // The same (kind, subject, detail) is written once per context: the first reading counts.
  void record(const Callers::Caller& caller, int32_t kind, int32_t state, const alibi_hash& hash,
              const std::string& subject, const std::string& word = {});
  void record_for(uint32_t context, int32_t kind, int32_t state, const alibi_hash& hash,
                  const std::string& subject, const std::string& detail);
  // The content of a file, the listing of a folder, as they are now. Returns the state.
  int32_t record_file(const Callers::Caller& caller, const std::string& path);
  int32_t record_folder(const Callers::Caller& caller, const std::string& path);
  void record_absent(const Callers::Caller& caller, const std::string& path);
  void lose(uint64_t count = 1);

 private:
  std::string detail_of(const Callers::Caller& caller, int32_t kind, const std::string& subject,
                        const std::string& word) const;

  alibi_session* session_ = nullptr;
  const Contexts* contexts_ = nullptr;
  ProjectFiles* files_ = nullptr;
  SessionPaths paths_;
  std::unordered_set<uint64_t> seen_;
};

}  // namespace alibi::ruby

#endif  // ALIBI_RUBY_EXT_INPUT_LOG_H_

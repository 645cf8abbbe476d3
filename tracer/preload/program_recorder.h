// Writes down what a program that is no interpreter does, as inputs of its context 0. One per process, made
// when the library is loaded, used by the hooks in a Section only. Knows what was written already (the first
// reading counts, as in the glue of interpreters), and what the process itself made, replaced or removed:
// readings of that carry the word "session".
//
// Never reads more of a file than its hash needs, never keeps a descriptor, never makes the session
// directory.
#ifndef ALIBI_TRACER_PRELOAD_PROGRAM_RECORDER_H_
#define ALIBI_TRACER_PRELOAD_PROGRAM_RECORDER_H_

#include <sys/stat.h>
#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "tracer/abi/alibi.h"
#include "tracer/base/climbed_path.h"
#include "tracer/base/program_kind.h"
#include "tracer/preload/outside_values.h"
#include "tracer/preload/program_environment.h"

namespace alibi::preload {

// A path as the program gave it: relative to `folder` (AT_FDCWD, or a descriptor) unless absolute.
struct Place {
  int folder;
  const char* path;
};

class ProgramRecorder {
 public:
  // Null: this process does not record (no valid invitation, an interpreter with a recorder of its own, a
  // session that is over).
  static ProgramRecorder* start(const char* invitation);
  void close();

  // Empty: it cannot be told; that is counted as a loss.
  std::string path_of(Place place);
  std::string path_of_descriptor(int descriptor);
  bool is_of_machine(std::string_view path) const;
  std::string_view invitation() const { return invitation_; }

  void record_file(const std::string& path);
  // Of a file just opened there: also under its own name when symlinks lead to it.
  void record_open_file(const std::string& path, int descriptor);
  void record_absent_file(const std::string& path);
  void record_directory(const std::string& path);

  // The answer to a question that selection can ask again (collector/change/project_files.cc).
  void record_status(const std::string& path, bool follows, const struct stat* status, int error_number);
  void record_access(const std::string& path, int mode, bool allowed);
  void record_link(const std::string& path);

  enum class Before : uint8_t { kAbsent, kKept, kReplaced };  // what was there
  void record_written(const std::string& path, Before before);
  void record_removed(const std::string& path);
  void record_folder_made(const std::string& path);

  void record_variable(std::string_view name, const char* value);  // null: not set
  void record_socket(std::string_view peer, std::string_view detail);

  // `program`: absolute path, found already. The record is written by finish(), with the process id (0: not
  // known).
  struct Start {
    std::string program;
    std::string command;
    int32_t recording = ALIBI_RECORDING_NONE;
    bool is_there = false;
  };
  Start look_at(std::string program, std::string command, ProgramEnvironment environment);
  void finish(const Start& start, pid_t process);
  // Something that nobody will see into was started.
  void record_unobserved(std::string_view program, std::string_view command);
  // Along PATH, with what was not there; empty: nowhere.
  std::string program_on_path(const char* name);
  void take_vfork_starts();

  // Libraries that the loader has put into the process since the last look.
  void record_loaded_objects();
  void lose(uint64_t count = 1);

 private:
  ProgramRecorder() = default;
  bool open(const char* invitation);
  void record_start();
  bool is_new(int32_t kind, std::string_view subject, std::string_view detail);
  void write(int32_t kind, int32_t state, const alibi_hash& hash, std::string_view subject,
             std::string_view detail);
  std::string details_of(std::string_view path, std::string_view word) const;
  bool is_made_here(std::string_view path) const;
  void record_passed(const std::vector<PassedFolder>& passed);
  void record_answer(const std::string& path, std::string_view question, int32_t state, uint64_t first,
                     uint64_t second);

  alibi_session* session_ = nullptr;
  std::string invitation_;
  std::string directory_;  // of the session
  std::string root_;       // of the project; empty: not known
  std::string own_library_;
  std::string program_;
  OutsideValues outside_;
  std::unordered_set<uint64_t> seen_;
  std::unordered_set<std::string> made_;
  std::unordered_set<std::string> made_folders_;
};

// Arguments, for people, cut off where they are long.
std::string command_text(char* const* arguments);

}  // namespace alibi::preload

#endif  // ALIBI_TRACER_PRELOAD_PROGRAM_RECORDER_H_

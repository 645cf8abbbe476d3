// Turns an observation into an input record: whose it is, under which absolute path, once per context.
//
// Used by input, path probe, environment and import events, each with a log of its own. Details are
// lines: "import:<module file>" and "line:<N>" for what was read while that line of a module's body ran (0:
// not known which), "session" for a value that the session itself made, "whole", "script", "pickle", "begun"
// (see the callers of record).
#ifndef ALIBI_PYTHON_EXT_INPUT_LOG_H_
#define ALIBI_PYTHON_EXT_INPUT_LOG_H_

#include <cstdint>
#include <string>
#include <unordered_set>

#include "activation.h"
#include "callers.h"
#include "recording.h"
#include "tracer/abi/alibi.h"

namespace alibi::python {

// Keeps our own calls, and what they cause, from being recorded. One at a time per thread.
class Quiet {
 public:
  Quiet() : outermost_(!active) { active = true; }
  ~Quiet() {
    if (outermost_) active = false;
  }
  Quiet(const Quiet&) = delete;
  Quiet& operator=(const Quiet&) = delete;
  static bool is_active() { return active; }

 private:
  static inline thread_local bool active = false;
  bool outermost_;
};

class InputLog {
 public:
  explicit InputLog(const Recording& recording);

  Callers& callers() { return callers_; }
  alibi_session* session() const { return recording_.session; }
  CodeFiles& files() const { return recording_.files; }
  uint64_t recorded() const { return recorded_; }
  uint32_t current_context() const { return recording_.activation.current_context(); }

  // For the current context. The same (kind, subject, detail) is written once per context: the first
  // reading counts.
  void record(int32_t kind, int32_t state, const alibi_hash& hash, const std::string& subject,
              const std::string& detail = {});
  // For an observation whose outcome is known only later; `detail` as details() said then.
  void record_for(uint32_t context, int32_t kind, int32_t state, const alibi_hash& hash,
                  const std::string& subject, const std::string& detail);
  // `detail` and, while a module body runs, which one and where. With the RecordingLock.
  std::string details(const std::string& detail) const;
  // The content of a file or the listing of a directory, as it is now. Returns its state.
  int32_t record_file(const std::string& path, const std::string& detail = {},
                      int32_t kind = ALIBI_INPUT_FILE);
  int32_t record_directory(const std::string& path);
  void record_directory_for(uint32_t context, const std::string& path);
  // The links on the way to a folder from which others go on, by relative paths or modules: it may come to be
  // another one under its name.
  void record_links(const std::string& path) { record_links_for(current_context(), path); }
  void record_links_for(uint32_t context, const std::string& path);
  void count_loss();

  // Absolute and without "." and ".."; `directory` is what a relative path starts from, empty for the
  // working directory.
  static std::string absolute(const std::string& path, const std::string& directory = {}) {
    return resolved(path, directory, nullptr);
  }
  // The same of a path that is asked for something: what its ".." left is an input, too.
  std::string asked(const std::string& path, const std::string& directory = {}) {
    return resolved(path, directory, this);
  }
  // /proc, /dev, /sys: machine state, not the project's. And what lies in a data folder, which each run
  // changes.
  static bool is_noise(const std::string& path);
  // Code files that the import system reads for itself.
  static bool is_code_file(const std::string& path);

  // An object whose class says what path it is, other than the library's own classes.
  static bool is_user_path(PyObject* object);

  // The object given as a path, as absolute path; false when it is none we may look at (a file
  // descriptor, an object of the user). A pathlib path and a directory entry are asked for their text.
  bool path_of(PyObject* object, std::string* path) { return path_of(object, path, nullptr); }
  // As asked().
  bool asked_path_of(PyObject* object, std::string* path) { return path_of(object, path, this); }

 private:
  // `asking`: that records what ".." left; may be null.
  static std::string resolved(const std::string& path, const std::string& directory, InputLog* asking);
  static std::string climbed(const std::string& whole, InputLog* asking);
  bool path_of(PyObject* object, std::string* path, InputLog* asking);
  Recording recording_;
  Callers callers_;
  std::unordered_set<uint64_t> seen_;
  uint64_t recorded_ = 0;
};

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_INPUT_LOG_H_

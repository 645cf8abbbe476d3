// The one owner of everything that records in this process: shard, event source, evidence beyond lines.
//
// Made and driven by the Python type Session (session_type.h), with the interpreter attached. Starts
// whole or not at all; stop() leaves the interpreter as it was. One runs at a time.
#ifndef ALIBI_PYTHON_EXT_SESSION_H_
#define ALIBI_PYTHON_EXT_SESSION_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "activation.h"
#include "code_files.h"
#include "crash_report.h"
#include "environment_events.h"
#include "event_source.h"
#include "import_events.h"
#include "input_events.h"
#include "shared_state.h"
#include "tracer/abi/alibi.h"

namespace alibi::python {

struct SessionOptions {
  std::string directory;
  std::string root;
  CodeFilesOptions files;
  uint64_t session_id = 0;
  alibi_role role = ALIBI_MAIN;
  std::string worker;
  std::string strategy;  // empty: the best that passes its self-test
  bool inputs = true;
  bool state = true;
  // Of a program that was started by a process of the session: its value of ALIBI_SESSION, what it is, and
  // what the environment was for the session.
  std::string invitation;
  std::string program;
  std::string command;
  std::string ruby_option;  // what makes a Ruby that is started join the session; empty: none does
  std::optional<EnvironmentOutside> environment;
  uint64_t hang_ms = 0;  // a test that runs for longer is reported; 0: none is
};

struct StartFailure {
  int32_t status;
  std::string message;
};

class Session {
 public:
  explicit Session(SessionOptions options);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Strategies that this build knows for this interpreter, best first.
  static std::vector<const char*> strategies();
  static void before_fork();
  // In a forked child: the running session, if any, forgets other threads.
  static void after_fork_in_child();

  std::optional<StartFailure> start();
  void stop();
  bool is_running() const { return session_ != nullptr; }

  // All below do nothing (and return 0) when no recording runs.
  uint32_t begin_test(const std::string& test_id);
  void end_test(uint32_t context, alibi_outcome outcome, uint64_t duration_ns, const std::string& reason);
  uint32_t begin_context(alibi_context_kind kind, const std::string& name, const std::string& scope);
  void end_context(uint32_t context);
  void resume_context(uint32_t context);
  void charge(uint32_t user, uint32_t used);
  void note(uint32_t context, const std::string& text);
  // All that was found in a test file; `ended_well`: nothing of it failed or was left out.
  void end_collection(uint32_t context, const std::vector<std::string>& test_ids, bool ended_well);
  void record_input(int32_t kind, int32_t state, const std::string& subject, const std::string& detail,
                    const alibi_hash& hash);
  // As if the project read it now: ALIBI_INPUT_FILE, _DIRECTORY or _ENVIRONMENT. Is it there?
  bool observe(int32_t kind, const std::string& subject);
  void lose_input();
  // Who is told of crashes and hangs: a descriptor, which is duplicated; -1: nobody.
  void announce_crashes_to(int descriptor) { crashes_.announce_to(descriptor); }
  void record_imported(const std::string& module, const std::string& path);
  PyObject* instrument(PyObject* code);  // new reference

  // Valid after start(), also once stopped.
  std::string strategy() const;
  std::string strategy_reason() const;
  std::string shard_path() const;
  std::string root() const { return options_.root; }
  uint64_t drop_count(int32_t reason) const;
  // Counters by stable name.
  std::vector<std::pair<std::string, uint64_t>> statistics() const;

 private:
  static int audit(const char* event, PyObject* arguments, void* unused);
  void watch_sub_interpreters();
  void count_sub_interpreters();
  std::optional<StartFailure> open_shard();
  bool start_source(std::string* why);
  bool start_evidence(std::string* why);
  void tear_down();

  SessionOptions options_;
  alibi_session* session_ = nullptr;
  std::unique_ptr<CodeFiles> files_;
  std::unique_ptr<Activation> activation_;
  std::unique_ptr<EventSource> source_;
  std::unique_ptr<ImportEvents> imports_;
  std::unique_ptr<InputEvents> inputs_;             // null when not asked for
  std::unique_ptr<EnvironmentEvents> environment_;  // likewise
  std::unique_ptr<SharedState> state_;              // likewise
  CrashReport crashes_;
  std::string rejected_;  // "self: …": strategies that did not start, and why
  std::string shard_path_;
  // What the properties answer once all of the above is gone.
  std::string final_strategy_;
  std::string final_reason_;
  std::vector<std::pair<std::string, uint64_t>> final_statistics_;
  uint64_t final_drops_[ALIBI_DROP_REASON_COUNT] = {};
};

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_SESSION_H_

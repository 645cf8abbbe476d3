// What tests read besides code: the parts that know how, and when they are called.
//
// One per process, owned by Recording. Hooks hand over what was asked of the C library; the rest comes from
// Ruby: features that were not found, gems, inputs that tests declare. Records with the GVL only; a hook that
// runs without it waits for it where that is safe, and leaves a note where it is not. Never raises.
#ifndef ALIBI_RUBY_EXT_INPUTS_H_
#define ALIBI_RUBY_EXT_INPUTS_H_

#include <atomic>
#include <string>

#include "callers.h"
#include "environment_inputs.h"
#include "input_log.h"
#include "observation.h"
#include "package_inputs.h"
#include "path_inputs.h"
#include "process_inputs.h"
#include "socket_inputs.h"

namespace alibi::ruby {

// Whose table the call went through.
enum class Origin : uint8_t {
  kRuby,  // the interpreter's: it holds no lock of anybody's
  kOthers
};

class Inputs {
 public:
  Inputs() = default;
  Inputs(const Inputs&) = delete;
  Inputs& operator=(const Inputs&) = delete;

  void start(alibi_session* session, LineEvents* lines, Contexts* contexts, ProjectFiles* files,
             std::string data_folder, const EnvironmentOutside& outside, Callers::Runs runs);
  void stop();
  // Before the first line that belongs to it, and after the last.
  void begin_context();
  void end_context(uint32_t context);
  // Declared by a test: kind is "file", "directory" or "environment". False: there is no such kind.
  bool declare(const std::string& kind, const std::string& subject);
  Callers& callers() { return callers_; }
  void mark() const { callers_.mark(); }

  // From any thread, also in a child of vfork. errno stays.
  static void deliver(Origin origin, const Observation& seen);
  static bool is_running() { return running_.load(std::memory_order_relaxed) != nullptr; }
  // What waits to be recorded, is: before a process ends without notice.
  static void settle();
  // On a thread that is about to start a program: on whose behalf. Its child of vfork says so.
  static void will_start_program();
  // A forked process runs for the context that was said last.
  static void will_fork();

 private:
  struct Delivery {
    Inputs* inputs;
    const Observation* seen;
    bool is_remembered;
  };
  static void* deliver_with_lock(void* delivery);
  static void on_raise(VALUE, const rb_trace_arg_t* argument);
  static bool runs_elsewhere();
  static Inputs* at_hand();
  bool take(const Observation& seen);
  bool take_one(const Observation& seen);
  void take_pending();
  Callers::Caller caller_of(const Observation& seen);

  static inline std::atomic<Inputs*> running_{nullptr};
  static inline thread_local bool starts_for_project_ = true;
  InputLog log_;
  Callers callers_;
  PathInputs paths_;
  EnvironmentInputs environment_;
  ProcessInputs processes_;
  SocketInputs sockets_;
  PackageInputs packages_;
  Contexts* contexts_ = nullptr;
  LineEvents* lines_ = nullptr;
  const Observation* pending_ = nullptr;  // that is being taken
};

}  // namespace alibi::ruby

#endif  // ALIBI_RUBY_EXT_INPUTS_H_

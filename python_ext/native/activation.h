// What hits are charged to right now, and the only road by which they reach the shard.
//
// One per process, owned by Session. Holds the stack of contexts (session, test, fixture) and the
// module bodies that are running. Each change re-arms what was hit before it, so that a line first
// executed inside an import still fires for the test itself. Called with the interpreter attached and
// the RecordingLock held.
#ifndef ALIBI_PYTHON_EXT_ACTIVATION_H_
#define ALIBI_PYTHON_EXT_ACTIVATION_H_

#include <cstdint>
#include <vector>

#include "code_files.h"
#include "event_source.h"
#include "tracer/abi/alibi.h"

namespace alibi::python {

class Activation {
 public:
  explicit Activation(alibi_session* session);
  // Before the source starts; null before the source is destroyed.
  void set_source(EventSource* source) { source_ = source; }

  // HOT. First execution of `line` of project code since the last rearm.
  void record_line(CodeRecord* record, int line) {
    const uint32_t offset = static_cast<uint32_t>(line - record->first_line);
    if (offset >= record->span) return line_out_of_range(line);
    const uint32_t probe = record->base + offset;
    if (__builtin_expect(record->module_level && !running_.empty(), 0))
      return record_module_line(record, probe);
    alibi_append_hit(session_, stream_, probe);
  }

  // What has been recorded once in a round need not be recorded again in it: every change of what hits are
  // charged to begins a new one.
  uint32_t round() const { return round_; }
  // A use of the name that `probe` stands for.
  void record_name(uint32_t probe) { alibi_append_hit(session_, stream_, probe); }

  // Contexts nest: a fixture is set up while a test is current. push switches, pop switches back. What one
  // thread begins while another one's context is open runs beside it: which of the two a hit belongs to
  // cannot be told, so each is charged with all of the other.
  void push_context(uint32_t context);
  void pop_context(uint32_t context);  // tolerates a wrong order: what its thread began inside it ends too
  uint32_t current_context() const { return contexts_.back(); }
  // How many tests and set-ups are open, whichever thread began them.
  size_t open_contexts() const { return contexts_.size() - 1; }

  // A module body of the project starts or ends on this thread (builtins.exec wrapper). Between the
  // two, a module-level line of it becomes a statement entry in the stream. When other threads exist
  // in between, the import is marked concurrent: its hits are charged to the enclosing context too.
  void enter_module(CodeRecord* module);
  void leave_module();
  // A class body that is module level ended on this thread: what its metaclass and decorators do next
  // belongs to the line of the class statement. Where a source misses it, the next module-level line has
  // the same effect.
  void leave_class_body(CodeRecord* body);
  bool module_is_running() const { return !running_.empty(); }
  // Line of the module-level statement (in a class body: of that) that runs innermost on this thread; 0 when
  // it is not known.
  int running_line() const;

  // Evidence of what is current now was lost. Cannot fail.
  void count_loss(alibi_drop_reason reason);
  // The source continues in another way; tells the shard.
  void strategy_changed();

  // Evidence of `context` was lost. Never fails.
  void drop(uint32_t context, int32_t reason) { alibi_drop(session_, context, reason, 1); }

  // In a forked child: forget what other threads were doing.
  void after_fork_in_child();

 private:
  // A module body, or a class body directly in one, and the statement it is at.
  struct Running {
    CodeRecord* body;
    uint32_t statement;  // its probe; 0: no line of it fired yet
    unsigned long thread;
    bool is_module;
    int line;  // of the statement; 0: none yet, or another thread's module kept it from being seen
  };

  void record_module_line(CodeRecord* record, uint32_t probe);
  void forget_line(unsigned long thread);
  void line_out_of_range(int line);
  void charge_with_others(uint32_t context, unsigned long thread);
  void switch_context(uint32_t context);
  void resume_statement();
  void begin_round(EventSource::ModuleLines module_lines);
  void mark_if_concurrent();

  alibi_session* session_;
  alibi_hit_stream* stream_;
  EventSource* source_ = nullptr;
  std::vector<Running> running_;  // innermost last
  std::vector<uint32_t> contexts_;
  std::vector<unsigned long> context_threads_;  // that began them
  bool concurrent_marked_ = false;
  uint32_t round_ = 1;
};

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_ACTIVATION_H_

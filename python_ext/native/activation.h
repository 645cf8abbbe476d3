// What hits are charged to right now, and the only road by which they reach the shard.
//
// One per process, owned by Session. Holds the stack of contexts (session, test, fixture) and the
// module bodies that are running. Each change re-arms what was hit before it, so that a line first
// executed inside an import still fires for the test itself.
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
  Activation(alibi_session* session, EventSource* source);

  // HOT. First execution of `line` of project code since the last rearm.
  void record_line(CodeRecord* record, int line) {
    const uint32_t offset = static_cast<uint32_t>(line - record->first_line);
    if (offset >= record->span) return line_out_of_range(record, line);
    const uint32_t probe = record->base + offset;
    if (__builtin_expect(record->module_level && running_modules_ != 0, 0)) return record_module_line(record, probe);
    alibi_append_hit(session_, stream_, probe);
  }

  // Contexts nest: a fixture is set up while a test is current. push switches, pop switches back.
  void push_context(uint32_t context);
  void pop_context(uint32_t context);  // tolerates a wrong order: pops down to it
  uint32_t current_context() const { return stack_.back(); }

  // A module body of the project starts or ends on this thread (builtins.exec wrapper). Between the
  // two, a module-level line of it becomes a statement entry in the stream. When other threads exist
  // in between, the import is marked concurrent: its hits are charged to the enclosing context too.
  void enter_module(CodeRecord* module);
  void leave_module();
  bool module_is_running() const { return running_modules_ != 0; }

  // In a forked child: forget what other threads were doing.
  void after_fork_in_child();

 private:
  void record_module_line(CodeRecord* record, uint32_t probe);
  void line_out_of_range(CodeRecord* record, int line);
  void switch_to(uint32_t entry);

  alibi_session* session_;
  alibi_hit_stream* stream_;
  EventSource* source_;
  int running_modules_ = 0;
  std::vector<uint32_t> stack_;
};

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_ACTIVATION_H_

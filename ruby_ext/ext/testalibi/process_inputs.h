// Programs that project code starts.
//
// Part of Inputs, which hands it observations with the GVL, or takes them from children of vfork. Records
// each with its process id, and whether its own evidence is to be expected. Never keeps a program from being
// started.
#ifndef ALIBI_RUBY_EXT_PROCESS_INPUTS_H_
#define ALIBI_RUBY_EXT_PROCESS_INPUTS_H_

#include <string>

#include "callers.h"
#include "input_log.h"
#include "observation.h"

namespace alibi::ruby {

class ProcessInputs {
 public:
  void start(InputLog* log) { log_ = log; }
  void forked(const Callers::Caller& caller);
  void started(const Callers::Caller& caller, const Observation& seen);

 private:
  InputLog* log_ = nullptr;
};

// Of an environment as execve gets it: does it tell of the session as ours does, and does it preload the
// recorder of programs that are no interpreters? Allocates nothing.
void look_at_environment(char* const* settings, Observation* start);
// The command for people, as far as it fits. Allocates nothing.
void join_arguments(char* const* arguments, char* text, size_t size);

}  // namespace alibi::ruby

#endif  // ALIBI_RUBY_EXT_PROCESS_INPUTS_H_

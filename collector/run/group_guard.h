// A small process that ends the workers' process groups when the runner is killed (SIGKILL, out of memory):
// the kernel tells their leaders alone, and what tests started would live on. Made by the runner before its
// first worker, on its thread; says and reads nothing else, holds none of our descriptors, is in a session of
// its own.
//
// It knows a group from before its program runs until before its leader is reaped, so that no number that it
// holds can be another's while the runner lives. Afterwards the system reaps: a number is free only when the
// whole group is gone, which is looked for every 20 ms, and the number forgotten. Without it (no process, no
// socket) all is as it was.
#ifndef ALIBI_COLLECTOR_RUN_GROUP_GUARD_H_
#define ALIBI_COLLECTOR_RUN_GROUP_GUARD_H_

#include <sys/types.h>

#include <cstdint>

#include "tracer/base/unique_fd.h"

namespace alibi::run {

class GroupGuard {
 public:
  explicit GroupGuard(uint64_t grace_ms);
  ~GroupGuard();  // it is told that all is well, and is gone afterwards
  GroupGuard(const GroupGuard&) = delete;
  GroupGuard& operator=(const GroupGuard&) = delete;

  int fd() const { return socket_.fd(); }  // for the two below; -1: there is no guard

 private:
  UniqueFd socket_;
  pid_t pid_ = 0;
};

// By the leader itself between fork and exec, and by the runner before it reaps the leader.
void tell_guard_of_start(int fd, pid_t group);
void tell_guard_of_end(int fd, pid_t group);

}  // namespace alibi::run

#endif  // ALIBI_COLLECTOR_RUN_GROUP_GUARD_H_

// Who this process is, in a way that outlives the reuse of its pid. Used to name shards; tests pass
// identities of their own. Asked anew after every fork, never cached here.
#ifndef ALIBI_TRACER_BASE_PROCESS_IDENTITY_H_
#define ALIBI_TRACER_BASE_PROCESS_IDENTITY_H_

#include <cstdint>
#include <string_view>

namespace alibi {

struct ProcessIdentity {
  uint32_t pid = 0;
  uint32_t parent_pid = 0;
  uint64_t start_ticks = 0;  // clock ticks since boot; 0 where /proc is not mounted
  uint64_t random = 0;       // fresh at each call
};

class ProcessIdentitySource {
 public:
  virtual ~ProcessIdentitySource() = default;
  virtual ProcessIdentity current() const = 0;
  // Without the start ticks, which cost a forked child as much as all the rest: `random` tells it apart as
  // well.
  virtual ProcessIdentity forked() const { return current(); }

  static const ProcessIdentitySource& real();
};

// Field 22 of the text of /proc/<pid>/stat; 0 when it is not there. The second field, a name in
// parentheses, may itself hold spaces and parentheses.
uint64_t start_ticks_of(std::string_view stat);

}  // namespace alibi

#endif  // ALIBI_TRACER_BASE_PROCESS_IDENTITY_H_

// What a test wrote into state that outlives it and left there: module globals, class attributes, the
// contents of containers and instances, caches.
//
// One per process, owned by Session; looks once per test, right before it ends, with the interpreter
// attached. A value that was put back is no write. Keeps no value alive and runs no Python code. When a
// look takes longer than its budget, contents are examined less often; what was left out is counted.
#ifndef ALIBI_PYTHON_EXT_SHARED_STATE_H_
#define ALIBI_PYTHON_EXT_SHARED_STATE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "compat.h"
#include "recording.h"

namespace alibi::python {

class SharedState {
 public:
  explicit SharedState(const Recording& recording);
  ~SharedState();

  // False, with the cause in `why`, leaves the interpreter as it was.
  bool start(std::string* why);
  void stop();
  // Right after the test's context became current; right before it stops being so.
  void begin_test(uint32_t context);
  void end_test(uint32_t context);

  // By stable names: state_writes, state_objects, state_not_examined, state_cut_off, state_ns.
  std::vector<std::pair<std::string, uint64_t>> statistics() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_SHARED_STATE_H_

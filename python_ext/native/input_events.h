// What code reads that is not code: files, listings, processes, sockets, probed paths, whole
// namespaces, pickled names.
//
// One per process, owned by Session. Mostly one C audit hook, which CPython never takes back: after
// stop() it returns at once. Events come on any thread, with the interpreter attached; only those of
// the interpreter that started it count, and only what is done on behalf of project code. Never
// raises, never runs code of the user.
#ifndef ALIBI_PYTHON_EXT_INPUT_EVENTS_H_
#define ALIBI_PYTHON_EXT_INPUT_EVENTS_H_

#include <cstdint>
#include <memory>
#include <string>

#include "compat.h"
#include "recording.h"

namespace alibi::python {

class InputEvents {
 public:
  explicit InputEvents(const Recording& recording);
  ~InputEvents();

  // False, with the cause in `why`, leaves the interpreter as it was.
  bool start(const std::string& ruby_option, std::string* why);
  void stop();
  // Right after the test's context became current; right before it stops being so.
  void begin_test(uint32_t context);
  void end_test(uint32_t context);
  // A file or directory as it is now, for whoever is current. Is it there?
  bool declared(int32_t kind, const std::string& path);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_INPUT_EVENTS_H_

// Environment variables that code read through os.environ, os.environb and os.getenv.
//
// One per process, owned by Session; reads come on any thread, with the interpreter attached. Reading
// the environment raises no event, so the dict inside os.environ changes its type to a subclass of
// dict whose reads are seen; os.environ, the dict's identity and content, names, signatures and what
// copying or pickling gives stay. stop() changes the type back. Values are hashed at the read and
// never stored. Never raises.
#ifndef ALIBI_PYTHON_EXT_ENVIRONMENT_EVENTS_H_
#define ALIBI_PYTHON_EXT_ENVIRONMENT_EVENTS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

#include "compat.h"
#include "recording.h"

namespace alibi::python {

// The environment as the session found it.
struct EnvironmentOutside {
  std::unordered_map<std::string, alibi_hash> variables;
  alibi_hash all{};  // of those that do not differ from run to run by themselves
};

class EnvironmentEvents {
 public:
  // `outside`: of a session that began in another process. Null: it begins here.
  EnvironmentEvents(const Recording& recording, const EnvironmentOutside* outside);
  ~EnvironmentEvents();

  // False, with the cause in `why`, leaves the interpreter as it was.
  bool start(std::string* why);
  void stop();
  // Right after the test's context became current; right before it stops being so.
  void begin_test(uint32_t context);
  void end_test(uint32_t context);

  const EnvironmentOutside& outside() const;

  // A variable as it is now, for whoever is current. Is it there?
  bool declared(const std::string& name);

  // From the audit events os.putenv and os.unsetenv: the session itself makes this variable.
  static void variable_changed(PyObject* name);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_ENVIRONMENT_EVENTS_H_

// Programs that project code starts: subprocess, multiprocessing, posix_spawn, exec, os.system.
//
// Part of InputEvents, which calls it for audit events, with the interpreter attached. Records each program
// with its process id, and whether its own evidence is to be expected: that of an interpreter with Alibi that
// is told of the session. Where the caller hands over an environment of its own that holds the session's
// variable, its text is brought up to date; nothing is ever added to an environment. Never raises, never
// keeps a program from being started.
#ifndef ALIBI_PYTHON_EXT_PROCESS_EVENTS_H_
#define ALIBI_PYTHON_EXT_PROCESS_EVENTS_H_

#include <string>
#include <vector>

#include "compat.h"
#include "input_log.h"
#include "socket_addresses.h"

namespace alibi::python {

class ProcessEvents {
 public:
  ProcessEvents(InputLog& log, SocketAddresses& addresses) : log_(log), addresses_(addresses) {}

  // What makes a Ruby that is started join the session; empty: none does.
  void start(const std::string& ruby_option);
  void stop();

  // Audit events. The interpreter goes on in a copy of itself, which records.
  void forked(const char* how);
  void shell_called(PyObject* command);
  // This process becomes another program.
  void replaced(PyObject* path, PyObject* arguments, PyObject* environment);
  // A module is about to be loaded: some of the functions above are in it.
  void import_started(PyObject* module);

 private:
  struct Call;
  template <int kKind>
  struct Wrapper;
  // What is about to be started, as far as it can be seen before.
  struct Start {
    bool counts = false;
    uint32_t context = 0;
    alibi_recording recording = ALIBI_RECORDING_NONE;
    std::string program;
    std::string command;
  };

  // By its environment.
  struct Told {
    bool invited = false;    // of the session
    bool preloaded = false;  // a dynamic program will have the preloaded recorder
  };

  static Told own_environment();
  Start about_to_start(const std::vector<std::string>& candidates, const std::string& command, Told told);
  void goes_to(PyObject* folder);
  void record(const Start& start, uint32_t process_id);

  static inline ProcessEvents* running = nullptr;
  InputLog& log_;
  SocketAddresses& addresses_;
  std::string ruby_option_;
};

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_PROCESS_EVENTS_H_

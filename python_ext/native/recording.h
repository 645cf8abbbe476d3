// What every part of the extension needs to record something: the session and the three objects that
// say which code counts, what hits are charged to, and where line events come from.
//
// Owned by Session, which outlives all who keep a copy; a plain bundle of references.
#ifndef ALIBI_PYTHON_EXT_RECORDING_H_
#define ALIBI_PYTHON_EXT_RECORDING_H_

#include "tracer/abi/alibi.h"

namespace alibi::python {

class Activation;
class CodeFiles;
class EventSource;

struct Recording {
  alibi_session* session;
  CodeFiles& files;
  Activation& activation;
  EventSource& source;
};

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_RECORDING_H_

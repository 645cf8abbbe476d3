// Code that was already running, or already made into functions, when it could have been replaced.
//
// Used by SlotEvents at start and for code that runs without passing builtins.exec (`python script.py`).
// Functions get the twin. A frame or generator keeps the code it was made with, has no slots and reports
// nothing: until it ends, its whole code is charged to every context that begins. More than was executed,
// never less; in practice a main module and a server thread.
#ifndef ALIBI_PYTHON_EXT_SLOT_UNREPLACED_H_
#define ALIBI_PYTHON_EXT_SLOT_UNREPLACED_H_

#include <vector>

#include "activation.h"
#include "slot_codes.h"

namespace alibi::python {

class UnreplacedCode {
 public:
  UnreplacedCode(SlotCodes& codes, CodeFiles& files, Activation& activation);

  // Everything there is at start: frames of all threads, functions, generators.
  void sweep();
  // A frame for `code` is about to run and cannot be given its twin.
  void runs(PyCodeObject* code);
  // A context began: charges all code that may run in it unseen. Free when there is none.
  void charge() {
    if (__builtin_expect(frames_ || !generators_.empty(), 0)) charge_all();
  }
  void clear();

 private:
  void sweep_frames();
  void sweep_object(PyObject* object);
  void sweep_greenlet(PyObject* greenlet);
  void charge_all();
  bool charge_frames();
  void charge_code(const SlotCode& original);

  SlotCodes& codes_;
  CodeFiles& files_;
  Activation& activation_;
  bool frames_ = false;          // a frame may be running unreplaced code
  std::vector<Ref> generators_;  // weak references
};

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_SLOT_UNREPLACED_H_

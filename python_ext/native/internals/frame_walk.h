// The code of the running thread's Python frames, innermost first.
//
// Used by callers. RawFrames makes no objects and holds no references, so it serves questions that are asked
// a thousand times a test; it relies on where a frame keeps the one below it, which raw_frames_are_right()
// proves on the stack at hand. FrameObjects is the public way.
#ifndef ALIBI_PYTHON_EXT_INTERNALS_FRAME_WALK_H_
#define ALIBI_PYTHON_EXT_INTERNALS_FRAME_WALK_H_

#include "../compat.h"

#include <frameobject.h>

#include "frame_access.h"

namespace alibi::python {

// Valid while the thread runs no Python code.
class RawFrames {
 public:
  explicit RawFrames(PyThreadState* thread) {
#if ALIBI_HAS_MONITORING
    frame_ = innermost_frame(thread);
#elif ALIBI_HAS_SLOTS
    frame_ = cpython_311::current_frame(thread);
#else
    frame_ = thread->frame;
#endif
    settle();
  }

  // Borrowed; null behind the last frame.
  PyCodeObject* code() const {
    return code_;
  }
  void next() {
    frame_ = below(frame_);
    settle();
  }

 private:
#if ALIBI_HAS_MONITORING
  using Frame = struct _PyInterpreterFrame;
  // Since 3.12 the second word of a frame, behind its code.
  static Frame* below(Frame* frame) {
    return reinterpret_cast<Frame**>(frame)[1];
  }
  static PyCodeObject* code_of(Frame* frame) {
    const Ref code = Ref::steal(PyUnstable_InterpreterFrame_GetCode(frame));  // the frame has one too
    return code && PyCode_Check(code.get()) ? reinterpret_cast<PyCodeObject*>(code.get()) : nullptr;
  }
  // 3.12's own frame where C calls Python, and the one around an __init__ that an often made object runs.
  // What is taken for a file here lies in no folder.
  static bool is_trampoline(PyCodeObject* code) {
    return is(code->co_filename, "<shim>") || is(code->co_filename, "__init__");
  }
  template <size_t kSize>
  static bool is(PyObject* text, const char (&name)[kSize]) {
    return PyUnicode_GET_LENGTH(text) == kSize - 1 && PyUnicode_CompareWithASCIIString(text, name) == 0;
  }
#elif ALIBI_HAS_SLOTS
  using Frame = cpython_311::Frame;
  static Frame* below(Frame* frame) {
    return frame->previous;
  }
  static PyCodeObject* code_of(Frame* frame) {
    return frame->f_code;
  }
  static bool is_trampoline(PyCodeObject*) {
    return false;
  }
#else
  using Frame = PyFrameObject;
  static Frame* below(Frame* frame) {
    return frame->f_back;
  }
  static PyCodeObject* code_of(Frame* frame) {
    return frame->f_code;
  }
  static bool is_trampoline(PyCodeObject*) {
    return false;
  }
#endif

  void settle() {
    for (; frame_ != nullptr; frame_ = below(frame_)) {
      code_ = code_of(frame_);
      if (code_ != nullptr && !is_trampoline(code_)) return;
    }
    code_ = nullptr;
  }

  Frame* frame_ = nullptr;
  PyCodeObject* code_ = nullptr;
};

class FrameObjects {
 public:
  explicit FrameObjects(PyThreadState* thread)
      : frame_(Ref::steal(reinterpret_cast<PyObject*>(PyThreadState_GetFrame(thread)))) {
    settle();
  }
  PyCodeObject* code() const { return reinterpret_cast<PyCodeObject*>(code_.get()); }
  void next() {
    frame_ = Ref::steal(
        reinterpret_cast<PyObject*>(PyFrame_GetBack(reinterpret_cast<PyFrameObject*>(frame_.get()))));
    settle();
  }

 private:
  void settle() {
    code_ = frame_ ? Ref::steal(reinterpret_cast<PyObject*>(
                         PyFrame_GetCode(reinterpret_cast<PyFrameObject*>(frame_.get()))))
                   : Ref();
  }
  Ref frame_, code_;
};

inline bool raw_frames_are_right() {
  FrameObjects objects(PyThreadState_Get());
  RawFrames raw(PyThreadState_Get());
  while (objects.code() != nullptr && raw.code() == objects.code()) {
    objects.next();
    raw.next();
  }
  return objects.code() == nullptr && raw.code() == nullptr;
}

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_INTERNALS_FRAME_WALK_H_

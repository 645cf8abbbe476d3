#include "slot_unreplaced.h"

#include <algorithm>
#include <cstring>

#include "internals/cpython_311_code.h"

#if ALIBI_HAS_SLOTS

namespace alibi::python {
namespace {

using cpython_311::Frame;

template <class Visit>
void for_each_frame(Visit visit) {
  PyThreadState* thread = PyInterpreterState_ThreadHead(current_interpreter());
  for (; thread != nullptr; thread = PyThreadState_Next(thread)) {
    for (Frame* frame = cpython_311::current_frame(thread); frame != nullptr; frame = frame->previous) {
      if (frame->f_code != nullptr) visit(frame);
    }
  }
}

bool is_generator(PyObject* object) {
  return PyGen_CheckExact(object) || PyCoro_CheckExact(object) || PyAsyncGen_CheckExact(object);
}

}  // namespace

UnreplacedCode::UnreplacedCode(SlotCodes& codes, CodeFiles& files, Activation& activation)
    : codes_(codes), files_(files), activation_(activation) {}

void UnreplacedCode::clear() {
  frames_ = false;
  generators_.clear();
}

void UnreplacedCode::runs(PyCodeObject* code) {
  if (codes_.slots_of(code) != nullptr) return;
  Ref twin = Ref::steal(codes_.twin_of(code));
  const SlotCode* original = codes_.original(code);
  if (original == nullptr) return;
  codes_.replace_constants_of(code);
  frames_ = true;
  charge_code(*original);
}

void UnreplacedCode::sweep() {
  ExceptionGuard guard;
  sweep_frames();
  Ref module = Ref::steal(PyImport_ImportModule("gc"));
  Ref objects;
  if (module) objects = Ref::steal(PyObject_CallMethod(module.get(), "get_objects", nullptr));
  if (!objects || !PyList_Check(objects.get())) {
    files_.drop(ALIBI_DROP_MEMORY);
    return;
  }
  for (Py_ssize_t i = 0; i < PyList_GET_SIZE(objects.get()); ++i)
    sweep_object(PyList_GET_ITEM(objects.get(), i));
}

void UnreplacedCode::sweep_frames() {
  // Making twins allocates and may switch threads, so the frames are read first.
  std::vector<Ref> running;
  for_each_frame([&](Frame* frame) {
    if (files_.in_project(frame->f_code->co_filename)) {
      running.push_back(Ref::share(reinterpret_cast<PyObject*>(frame->f_code)));
    }
  });
  for (const Ref& code : running) runs(reinterpret_cast<PyCodeObject*>(code.get()));
}

void UnreplacedCode::sweep_object(PyObject* object) {
  if (PyFunction_Check(object)) {
    PyFunctionObject* function = reinterpret_cast<PyFunctionObject*>(object);
    if (!files_.in_project(reinterpret_cast<PyCodeObject*>(function->func_code)->co_filename)) return;
    PyObject* twin = codes_.twin_of(reinterpret_cast<PyCodeObject*>(function->func_code));
    function->func_version = 0;  // calls that were specialised for the old code look again
    PyObject* old = std::exchange(function->func_code, twin);
    Py_DECREF(old);
  } else if (is_generator(object)) {
    PyCodeObject* code = reinterpret_cast<PyGenObject*>(object)->gi_code;
    if (code == nullptr || !files_.in_project(code->co_filename) || codes_.slots_of(code) != nullptr) return;
    if (cpython_311::generator_state(reinterpret_cast<PyGenObject*>(object)) ==
        cpython_311::GeneratorState::kOther) {
      return;  // running: among the frames; finished: harmless
    }
    runs(code);
    generators_.push_back(Ref::steal(PyWeakref_NewRef(object, nullptr)));
    if (!generators_.back()) {
      PyErr_Clear();
      generators_.pop_back();
      files_.drop(ALIBI_DROP_MEMORY);
    }
  } else if (std::strcmp(Py_TYPE(object)->tp_name, "greenlet.greenlet") == 0) {
    sweep_greenlet(object);
  }
}

// The frames of a greenlet that is switched away are on no thread's stack, so they cannot be charged later.
void UnreplacedCode::sweep_greenlet(PyObject* greenlet) {
  Ref frame = Ref::steal(PyObject_GetAttrString(greenlet, "gr_frame"));
  while (frame && PyFrame_Check(frame.get())) {
    PyFrameObject* self = reinterpret_cast<PyFrameObject*>(frame.get());
    Ref code = Ref::steal(reinterpret_cast<PyObject*>(PyFrame_GetCode(self)));
    if (files_.in_project(reinterpret_cast<PyCodeObject*>(code.get())->co_filename)) {
      files_.drop(ALIBI_DROP_THREAD);
      return;
    }
    frame = Ref::steal(reinterpret_cast<PyObject*>(PyFrame_GetBack(self)));
  }
  PyErr_Clear();
}

void UnreplacedCode::charge_all() {
  if (frames_) frames_ = charge_frames();
  for (Ref& reference : generators_) {
    PyObject* object = PyWeakref_GetObject(reference.get());  // borrowed
    PyGenObject* generator = reinterpret_cast<PyGenObject*>(object);
    const bool alive = is_generator(object) && generator->gi_frame_state < FRAME_COMPLETED;
    const SlotCode* original = alive ? codes_.original(generator->gi_code) : nullptr;
    if (original != nullptr) {
      charge_code(*original);
    } else {
      reference = Ref();
    }
  }
  generators_.erase(
      std::remove_if(generators_.begin(), generators_.end(), [](const Ref& reference) { return !reference; }),
      generators_.end());
}

bool UnreplacedCode::charge_frames() {
  bool found = false;
  for_each_frame([&](Frame* frame) {
    const SlotCode* original = codes_.original(frame->f_code);
    if (original == nullptr) return;
    found = true;
    charge_code(*original);
  });
  return found;
}

void UnreplacedCode::charge_code(const SlotCode& original) {
  if (original.twin == nullptr) return;  // refused, and counted as that
  const SlotCode* twin = codes_.slots_of(reinterpret_cast<PyCodeObject*>(original.twin));
  if (twin == nullptr) return;
  for (const int32_t line : twin->table.lines) activation_.record_line(original.record, line);
}

}  // namespace alibi::python

#endif  // ALIBI_HAS_SLOTS

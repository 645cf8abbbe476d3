// Tells cheaply whether a dict was written to since it was last looked at.
//
// Used by shared state only. CPython 3.12 and later: one dict watcher; a dict reports its first
// write and is then left alone until it is marked again, so hot dicts cost nothing. Before: the version
// tag that every write changes. Called with the GIL; keeps no dict alive.
#ifndef ALIBI_PYTHON_EXT_STATE_DICTS_H_
#define ALIBI_PYTHON_EXT_STATE_DICTS_H_

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "compat.h"

namespace alibi::python {

#if ALIBI_HAS_DICT_WATCHERS
struct WatchedDict {
  uint32_t users = 0;
  uint32_t generation = 0;  // grows with the first write after each marking
  bool armed = false;
  uint32_t group = 0;
  PyObject* dict = nullptr;  // borrowed, null once it died
};

// What a dict was like when it was marked.
class DictMark {
 public:
  DictMark() = default;
  explicit DictMark(WatchedDict* dict) : dict_(dict), generation_(dict->generation) { ++dict_->users; }
  DictMark(DictMark&& other) noexcept
      : dict_(std::exchange(other.dict_, nullptr)), generation_(other.generation_) {}
  DictMark& operator=(DictMark&& other) noexcept {
    std::swap(dict_, other.dict_);
    std::swap(generation_, other.generation_);
    return *this;
  }
  ~DictMark() {
    if (dict_ != nullptr && --dict_->users == 0 && dict_->dict == nullptr) delete dict_;
  }
  bool changed(PyObject*) const { return dict_ == nullptr || dict_->generation != generation_; }

 private:
  WatchedDict* dict_ = nullptr;
  uint32_t generation_ = 0;
};
#else
class DictMark {
 public:
  DictMark() = default;
  explicit DictMark(PyObject* dict) : version_(version_of(dict)) {}
  bool changed(PyObject* dict) const { return version_of(dict) != version_; }

 private:
  static uint64_t version_of(PyObject* dict) { return reinterpret_cast<PyDictObject*>(dict)->ma_version_tag; }
  uint64_t version_ = 0;
};
#endif

class StateDicts {
 public:
  // False: this interpreter has no watcher left, so changes cannot be seen.
  bool start();
  void stop();
  // From now on writes to `dict` show in the mark, and in the changes of `group` (1, 2, …; a dict of
  // several groups counts for all).
  DictMark mark(PyObject* dict, uint32_t group);
  // Grows with writes to dicts of the group. Always grows where only the marks can tell.
  uint64_t changes_in(uint32_t group);

 private:
#if ALIBI_HAS_DICT_WATCHERS
  static int dict_event(PyDict_WatchEvent event, PyObject* dict, PyObject* key, PyObject* value);
  static inline StateDicts* running_ = nullptr;
  int watcher_ = -1;
  static constexpr uint32_t kEveryGroup = 0;
  void count_change(uint32_t group);
  std::unordered_map<PyObject*, WatchedDict*> dicts_;
  std::vector<uint64_t> changes_;
#else
  uint64_t asked_ = 0;
#endif
};

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_STATE_DICTS_H_

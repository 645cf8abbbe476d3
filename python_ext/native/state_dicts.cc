#include "state_dicts.h"

namespace alibi::python {

#if ALIBI_HAS_DICT_WATCHERS

bool StateDicts::start() {
  watcher_ = PyDict_AddWatcher(&dict_event);
  if (watcher_ < 0) {
    PyErr_Clear();
    return false;
  }
  running_ = this;
  return true;
}

void StateDicts::stop() {
  if (running_ != this) return;
  running_ = nullptr;
  for (auto& [dict, watched] : dicts_) {
    if (watched->armed) PyDict_Unwatch(watcher_, dict);
    watched->dict = nullptr;
    if (watched->users == 0) delete watched;
  }
  dicts_.clear();
  PyDict_ClearWatcher(watcher_);
  PyErr_Clear();
}

uint64_t StateDicts::changes_in(uint32_t group) {
  if (changes_.size() <= group) changes_.resize(group + 1);
  return changes_[group] + changes_[kEveryGroup];
}

void StateDicts::count_change(uint32_t group) {
  if (changes_.size() <= group) changes_.resize(group + 1);
  ++changes_[group];
}

DictMark StateDicts::mark(PyObject* dict, uint32_t group) {
  WatchedDict*& watched = dicts_[dict];
  if (watched == nullptr) watched = new WatchedDict{0, 0, false, group, dict};
  if (watched->group != group) watched->group = kEveryGroup;
  if (!watched->armed) watched->armed = PyDict_Watch(watcher_, dict) == 0;
  if (!watched->armed) {
    PyErr_Clear();
    count_change(group);
    return DictMark();
  }
  return DictMark(watched);
}

// Comes before the write. Takes the watch away at once: what matters is that there was a write.
int StateDicts::dict_event(PyDict_WatchEvent event, PyObject* dict, PyObject*, PyObject*) {
  if (running_ == nullptr) return 0;
  const auto found = running_->dicts_.find(dict);
  if (found == running_->dicts_.end()) return 0;
  WatchedDict* watched = found->second;
  ++watched->generation;
  running_->count_change(watched->group);
  watched->armed = false;
  if (event == PyDict_EVENT_DEALLOCATED) {
    running_->dicts_.erase(found);
    watched->dict = nullptr;
    if (watched->users == 0) delete watched;
  } else {
    PyDict_Unwatch(running_->watcher_, dict);
  }
  return 0;
}

#else

bool StateDicts::start() {
  return true;
}
void StateDicts::stop() {}
DictMark StateDicts::mark(PyObject* dict, uint32_t) {
  return DictMark(dict);
}
uint64_t StateDicts::changes_in(uint32_t) {
  return ++asked_;
}

#endif

}  // namespace alibi::python

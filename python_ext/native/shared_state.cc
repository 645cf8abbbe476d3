#include "shared_state.h"

#include <stdlib.h>
#include <time.h>

#include <unordered_map>

#include "code_files.h"
#include "import_events.h"
#include "module_facts.h"
#include "python_text.h"
#include "state_table.h"

namespace alibi::python {
namespace {

// Mean time of a look that is still taken to be cheap; below three eighths of it more is examined.
constexpr uint64_t kBudgetNs = 30000;
constexpr uint32_t kMostTurns = 64;
constexpr uint64_t kLooksToJudge = 16;
// Functions without state are looked at in one of so many looks: they hardly ever get any.
constexpr uint32_t kFunctionTurns = 32;

// Processor time: a busy machine is no reason to look less closely.
uint64_t now_ns() {
  timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<uint64_t>(time.tv_sec) * 1000000000u + static_cast<uint64_t>(time.tv_nsec);
}

// ALIBI_STATE_BUDGET_US: another budget; 0: each look examines everything, whatever it costs.
uint64_t budget_ns() {
  const char* said = getenv("ALIBI_STATE_BUDGET_US");
  if (said == nullptr || *said < '0' || *said > '9') return kBudgetNs;
  const uint64_t budget = strtoull(said, nullptr, 10);
  return budget == 0 ? UINT64_MAX : budget * 1000;
}

}  // namespace

struct SharedState::Parts {
  struct Module {
    Ref name;  // key in sys.modules
    uint32_t file;
    std::unique_ptr<StateTable> table;
    uint32_t group;
    uint64_t changes_seen;
    uint64_t watched;  // mutable objects below its names
    // Tests since its contents, or its functions, were last examined: each may have made the change
    // that is found next.
    std::vector<uint32_t> content_suspects;
    std::vector<uint32_t> function_suspects;
  };

  explicit Parts(const Recording& given) : recording(given), shapes(given.files) {}

  const uint64_t budget = budget_ns();

  bool start(std::string* why);
  void stop();
  void take_new_modules();
  void take_module(PyObject* name, PyObject* globals);
  void compare_all(uint32_t context);
  struct Share {
    bool contents, functions;
  };
  void compare(Module& module, PyObject* globals, Share share, uint32_t context);
  void record(uint32_t context, uint32_t file, const StateWrite& write);
  void adapt(uint64_t spent_ns);
  void examine_rest();
  static void module_loaded(PyObject* globals);

  static inline Parts* running = nullptr;

  Recording recording;
  StateDicts dicts;
  ValueShapes shapes;
  std::vector<Module> modules;
  std::unordered_map<std::string, bool> known;  // names in sys.modules that were looked at
  Py_ssize_t modules_seen = 0;
  bool in_test = false;
  bool is_last_look = false;
  uint32_t groups = 0;
  // Contents of a module are examined in one of so many looks.
  uint32_t turns = 1;
  uint32_t turn = 0;
  uint64_t mean_ns = 0;
  uint64_t looks = 0, writes = 0, objects = 0, not_examined = 0, cut_off = 0, spent = 0;
};

bool SharedState::Parts::start(std::string*) {
  // Without the GIL values change while they are looked at; without a watcher nothing can be told.
  if (ALIBI_FREE_THREADED || !dicts.start()) {
    recording.files.drop(ALIBI_DROP_STATE);
    return true;
  }
  running = this;
  ImportEvents::observe_loaded_modules(&module_loaded);
  return true;
}

void SharedState::Parts::stop() {
  if (running != this) return;
  examine_rest();
  running = nullptr;
  ImportEvents::observe_loaded_modules(nullptr);
  modules.clear();
  dicts.stop();
}

void SharedState::Parts::take_new_modules() {
  PyObject* all = loaded_modules();
  if (all == nullptr || PyDict_GET_SIZE(all) == modules_seen) return;
  modules_seen = PyDict_GET_SIZE(all);
  Py_ssize_t next = 0;
  PyObject *name, *entry;
  while (PyDict_Next(all, &next, &name, &entry)) {
    PyObject* globals = PyUnicode_CheckExact(name) ? module_globals(entry) : nullptr;
    if (globals != nullptr && known.emplace(utf8_of(name), true).second) take_module(name, globals);
  }
}

void SharedState::Parts::take_module(PyObject* name, PyObject* globals) {
  PyObject* file = text_item(globals, "__file__");
  if (file == nullptr || !recording.files.in_project(file)) return;
  Module module{Ref::share(name), recording.files.file_number(file), nullptr, ++groups, 0, 0, {}, {}};
  std::vector<StateWrite> none;
  StateWalk walk{dicts, shapes, text_item(globals, "__name__"), &none, module.group};
  module.table =
      std::make_unique<StateTable>(StateTable::Kind::kModule, globals, nullptr, std::string(), walk);
  cut_off += walk.cut_off;
  modules.push_back(std::move(module));
}

// A module that a test imports is in its first state now; what the test does to it later is a write.
void SharedState::Parts::module_loaded(PyObject* globals) {
  if (running == nullptr || !running->in_test) return;
  PyObject* name = text_item(globals, "__name__");
  PyObject* all = loaded_modules();
  if (name == nullptr || all == nullptr || module_globals(PyDict_GetItemWithError(all, name)) != globals)
    return;
  running->shapes.forget();
  if (running->known.emplace(utf8_of(name), true).second) running->take_module(name, globals);
}

void SharedState::Parts::compare_all(uint32_t context) {
  PyObject* all = loaded_modules();
  if (all == nullptr) return;
  shapes.forget();
  for (size_t i = 0; i < modules.size(); ++i) {
    Module& module = modules[i];
    PyObject* globals = module_globals(PyDict_GetItemWithError(all, module.name.get()));
    if (globals == module.table->dict()) {
      compare(module, globals, {i % turns == turn % turns, i % kFunctionTurns == turn % kFunctionTurns},
              context);
      continue;
    }
    // Another module has its place, or none: users of the name see that.
    record(context, module.file, {ALIBI_STATE_GLOBAL, "*", {}, false});
    known.erase(utf8_of(module.name.get()));
    modules_seen = -1;
    modules.erase(modules.begin() + static_cast<std::ptrdiff_t>(i--));
  }
  ++turn;
}

void SharedState::Parts::compare(Module& module, PyObject* globals, Share share, uint32_t context) {
  const auto settle = [&](std::vector<uint32_t>& suspects, bool examined) {
    if (examined)
      suspects.clear();
    else if (in_test)
      suspects.push_back(context);
  };
  const uint64_t changes = dicts.changes_in(module.group);
  if (changes == module.changes_seen && !share.contents && !share.functions) {
    not_examined += module.watched;
    settle(module.content_suspects, false);
    return settle(module.function_suspects, false);
  }
  std::vector<StateWrite> found;
  StateWalk walk{dicts, shapes, text_item(globals, "__name__"), &found, module.group};
  walk.namespaces = changes != module.changes_seen;
  // Dicts among the contents are compared with the contents.
  if (share.contents) module.changes_seen = changes;
  walk.contents = share.contents;
  walk.functions = share.functions;
  module.table->compare(walk);
  objects += walk.objects;
  not_examined += walk.skipped;
  module.watched = walk.objects + walk.skipped;
  cut_off += walk.cut_off;
  for (const StateWrite& write : found) {
    const bool content = write.kind != ALIBI_STATE_GLOBAL && write.kind != ALIBI_STATE_CLASS_ATTRIBUTE;
    if (is_last_look && !content) continue;  // made after the last test
    record(context, module.file, write);
    if (!content) continue;
    const auto& suspects = write.by_plain_function ? module.function_suspects : module.content_suspects;
    for (uint32_t suspect : suspects) record(suspect, module.file, write);
  }
  settle(module.content_suspects, share.contents);
  settle(module.function_suspects, share.functions);
}

void SharedState::Parts::record(uint32_t context, uint32_t file, const StateWrite& write) {
  if (!in_test) return;
  alibi_record_state_write(recording.session, context, file, write.kind, text_view(write.name),
                           text_view(write.attribute));
  ++writes;
}

// The tests since the last look at a module are over; what they left is still there.
void SharedState::Parts::examine_rest() {
  PyObject* all = loaded_modules();
  if (all == nullptr) return;
  in_test = is_last_look = true;
  shapes.forget();
  for (Module& module : modules) {
    std::vector<uint32_t>& suspects = module.function_suspects;
    if (suspects.empty()) suspects = module.content_suspects;
    if (suspects.empty()) continue;
    const uint32_t last = suspects.back();
    PyObject* globals = module_globals(PyDict_GetItemWithError(all, module.name.get()));
    if (globals == module.table->dict()) compare(module, globals, {true, true}, last);
  }
  in_test = is_last_look = false;
}

void SharedState::Parts::adapt(uint64_t spent_ns) {
  spent += spent_ns;
  ++looks;
  mean_ns = mean_ns == 0 ? spent_ns : (mean_ns * 15 + spent_ns) / 16;
  if (looks % kLooksToJudge != 0) return;
  if (mean_ns > budget && turns < kMostTurns) {
    turns *= 2;
  } else if (mean_ns < budget / 8 * 3 && turns > 1) {
    turns /= 2;
  }
}

SharedState::SharedState(const Recording& recording) : parts_(std::make_unique<Parts>(recording)) {}

SharedState::~SharedState() {
  stop();
}

bool SharedState::start(std::string* why) {
  ExceptionGuard guard;
  return parts_->start(why);
}

void SharedState::stop() {
  ExceptionGuard guard;
  parts_->stop();
}

void SharedState::begin_test(uint32_t) {
  if (Parts::running == nullptr || parts_->in_test) return;
  ExceptionGuard guard;
  RecordingLock lock;
  // What collection did to modules is nobody's write.
  if (parts_->looks == 0) parts_->compare_all(0);
  parts_->take_new_modules();
  parts_->in_test = true;
}

void SharedState::end_test(uint32_t context) {
  if (Parts::running == nullptr) return;
  ExceptionGuard guard;
  RecordingLock lock;
  const uint64_t begin = now_ns();
  parts_->in_test = true;
  parts_->compare_all(context);
  parts_->take_new_modules();
  parts_->in_test = false;
  parts_->adapt(now_ns() - begin);
}

std::vector<std::pair<std::string, uint64_t>> SharedState::statistics() const {
  return {{"state_looks", parts_->looks},     {"state_writes", parts_->writes},
          {"state_objects", parts_->objects}, {"state_not_examined", parts_->not_examined},
          {"state_cut_off", parts_->cut_off}, {"state_ns", parts_->spent}};
}

}  // namespace alibi::python

#include "slot_self_test.h"

#include <set>
#include <unordered_map>

#include "compat.h"
#include "internals/cpython_311_code.h"
#include "slot_objects.h"

#if ALIBI_HAS_SLOTS

namespace alibi::python {
namespace {

// Enough rounds for the interpreter to specialise what it runs. Lines of `never()` must not be reported.
constexpr const char* kSample = R"(
class Manager:
    def __enter__(self):
        return 3
    def __exit__(self, *exception):
        return False
def numbers(count):
    for number in range(count):
        received = yield number
    return 'end'
def chain(count):
    result = yield from numbers(count)
    return result
async def waits(count):
    if count:
        return await waits(count - 1)
    return 0
def never():
    return [
        one for one in ()]
def run():
    total = 0
    for number in chain(40):
        try:
            if number % 2:
                raise ValueError(number)
            total += number
        except ValueError as error:
            total += len(
                error.args)
        with Manager() as value:
            total += value
    try:
        waits(3).send(None)
    except StopIteration as stop:
        total += stop.value
    short = lambda item: (
        item + 1)
    return sum([
        short(item)
        for item in range(3)]) + total
)";
const std::set<int> kExpectedLines = {4,  6,  8,  9,  10, 12, 13, 15, 16, 17, 22, 23, 24, 25, 26,
                                      27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41};
constexpr long kExpectedResult = 526;

class SelfTest {
 public:
  bool run(std::string* why);

 private:
  struct Hit {
    PyCodeObject* code;
    size_t slot;
  };

  static int ellipsis_is_true(PyObject*);
  void slot_fired(PyCodeObject* code, const uint16_t* unit);
  PyObject* twin_of(PyCodeObject* code);
  bool run_sample(PyObject* function);
  bool rounds(PyObject* function, std::string* why);

  static SelfTest* current;
  std::unordered_map<PyCodeObject*, SlotTable> tables_;
  std::vector<Ref> twins_;
  std::vector<Hit> hits_;
  std::set<int> lines_;
  bool misplaced_ = false;
};

SelfTest* SelfTest::current = nullptr;

int SelfTest::ellipsis_is_true(PyObject*) {
  cpython_311::Frame* frame = cpython_311::current_frame(PyThreadState_Get());
  if (frame != nullptr) current->slot_fired(frame->f_code, cpython_311::running_unit(frame));
  return 1;
}

void SelfTest::slot_fired(PyCodeObject* code, const uint16_t* unit) {
  const auto found = tables_.find(code);
  if (found == tables_.end()) return;  // another thread's bool(Ellipsis)
  const int64_t slot = found->second.running_slot(code, unit);
  if (slot < 0) {
    misplaced_ = true;
    return;
  }
  const size_t index = static_cast<size_t>(slot);
  lines_.insert(found->second.lines[index]);
  hits_.push_back({code, index});
  found->second.disarm(code, index);
}

PyObject* SelfTest::twin_of(PyCodeObject* code) {
  const auto constants = twin_constants(code, [this](PyCodeObject* nested) { return twin_of(nested); });
  auto made = constants ? instrument(code, *constants) : std::nullopt;
  if (!made) {
    misplaced_ = true;
    return Py_NewRef(reinterpret_cast<PyObject*>(code));
  }
  PyObject* twin = made->code.get();
  tables_.emplace(reinterpret_cast<PyCodeObject*>(twin), std::move(made->table));
  twins_.push_back(std::move(made->code));
  return Py_NewRef(twin);
}

bool SelfTest::run_sample(PyObject* function) {
  lines_.clear();
  Ref result = Ref::steal(PyObject_CallNoArgs(function));
  return result && PyLong_Check(result.get()) && PyLong_AsLong(result.get()) == kExpectedResult;
}

bool SelfTest::rounds(PyObject* function, std::string* why) {
  for (int round = 0; round < 3; ++round) {
    const bool first = run_sample(function) && lines_ == kExpectedLines;
    const bool second = run_sample(function) && lines_.empty();
    if (!first || !second || misplaced_) {
      *why = "self-test: round " + std::to_string(round) + ": slots reported other lines than ran";
      return false;
    }
    for (const Hit& hit : hits_) tables_[hit.code].arm(hit.code, hit.slot);
    hits_.clear();
  }
  return true;
}

bool SelfTest::run(std::string* why) {
  *why = "self-test: the sample could not be instrumented";
  Ref globals = Ref::steal(PyDict_New());
  Ref module = Ref::steal(Py_CompileString(kSample, "<alibi self-test>", Py_file_input));
  if (!globals || !module || PyDict_SetItemString(globals.get(), "__builtins__", PyEval_GetBuiltins()) != 0)
    return false;
  Ref twin = Ref::steal(twin_of(reinterpret_cast<PyCodeObject*>(module.get())));
  if (misplaced_) return false;
  PyNumberMethods number_methods = {};
  number_methods.nb_bool = &SelfTest::ellipsis_is_true;
  PyNumberMethods* before = std::exchange(PyEllipsis_Type.tp_as_number, &number_methods);
  current = this;
  Ref executed = Ref::steal(PyEval_EvalCode(twin.get(), globals.get(), globals.get()));
  PyObject* function = executed ? PyDict_GetItemString(globals.get(), "run") : nullptr;
  for (const Hit& hit : hits_) tables_[hit.code].arm(hit.code, hit.slot);
  hits_.clear();
  const bool passed = function != nullptr && rounds(function, why);
  current = nullptr;
  PyEllipsis_Type.tp_as_number = before;
  PyDict_Clear(globals.get());
  return passed;
}

}  // namespace

bool slots_work(std::string* why) {
  ExceptionGuard guard;
  return SelfTest().run(why);
}

}  // namespace alibi::python

#endif  // ALIBI_HAS_SLOTS

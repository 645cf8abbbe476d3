#include "monitoring_selftest.h"

#include <algorithm>
#include <set>
#include <vector>

#include "code_lines.h"
#include "internals/monitoring_layout.h"

namespace alibi::python {
namespace {

using internals::kLineEvent;
using internals::kStartEvent;

constexpr const char* kSample =
    "def callee(x):\n"
    "    return x + 1\n"
    "\n"
    "one_line = lambda x: x + 1\n"
    "def generator(n):\n"
    "    for i in range(n):\n"
    "        yield i\n"
    "def sample(n):\n"
    "    total = 0\n"
    "    for i in range(n):\n"
    "        if i % 2:\n"
    "            continue\n"
    "        try:\n"
    "            total += callee(i)\n"
    "            if i == 4:\n"
    "                raise ValueError\n"
    "        except ValueError:\n"
    "            total += 100\n"
    "    total += one_line(1)\n"
    "    for i in generator(3):\n"
    "        total += i\n"
    "    return total\n"
    "def wide():\n"
    "    x = 0\n";
const std::set<int> kSampleLines = {2, 4, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22};
// Enough for the JIT to compile the loop and inline the callee.
constexpr long kHotIterations = 10000;
constexpr long kColdIterations = 8;
// From this line span on a packed entry needs a third byte.
constexpr int kWideLines = 320;

class SelfTest {
 public:
  SelfTest(MonitoringTool& tool, const MonitoringProbes& probes, Rearming rearming)
      : tool_(tool), probes_(probes), rearming_(rearming) {}
  ~SelfTest() {
    for (PyCodeObject* code : codes_) tool_.set_local_events(code, 0);
    tool_.set_callback(kLineEvent, nullptr, nullptr);
    tool_.set_callback(kStartEvent, nullptr, nullptr);
  }
  SelfTest(const SelfTest&) = delete;
  SelfTest& operator=(const SelfTest&) = delete;

  bool prepare(std::string* why);
  bool tables_are_right(std::string* why) const;
  bool behaves(std::string* why);

 private:
  struct Hit {
    PyCodeObject* code;
    unsigned unit;
    bool start;
  };

  static PyObject* on_line(void* owner, PyObject* const* arguments);
  static PyObject* on_start(void* owner, PyObject* const* arguments);
  PyObject* answer(ProbeState state, Hit hit);
  bool table_is_right(PyCodeObject* code, std::string* why) const;
  enum class Probes : bool { kSpent, kArmed };
  bool run(Probes probes, const char* round, std::string* why);
  bool rearm();
  std::vector<std::string> bytecodes() const;

  MonitoringTool& tool_;
  const MonitoringProbes& probes_;
  const Rearming rearming_;
  Ref module_code_, globals_, function_, first_result_;
  std::vector<PyCodeObject*> codes_;  // borrowed from module_code_
  std::set<int> seen_;
  std::vector<Hit> hits_;
  bool misplaced_ = false;
  bool foreign_ = false;
};

bool SelfTest::prepare(std::string* why) {
  const std::string source = kSample + std::string(kWideLines, '\n') + "    x += 1\n";
  *why = "its sample code does not run";
  module_code_ = Ref::steal(Py_CompileString(source.c_str(), "<alibi self-test>", Py_file_input));
  globals_ = Ref::steal(PyDict_New());
  if (!module_code_ || !globals_) return false;
  if (PyDict_SetItemString(globals_.get(), "__builtins__", PyEval_GetBuiltins()) != 0) return false;
  Ref done = Ref::steal(PyEval_EvalCode(module_code_.get(), globals_.get(), globals_.get()));
  function_ = Ref::share(PyDict_GetItemString(globals_.get(), "sample"));
  if (!done || !function_) return false;

  *why = "events cannot be asked for";
  if (!tool_.set_callback(kLineEvent, on_line, this) || !tool_.set_callback(kStartEvent, on_start, this))
    return false;
  PyObject* constants = reinterpret_cast<PyCodeObject*>(module_code_.get())->co_consts;
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(constants); ++i) {
    PyObject* constant = PyTuple_GET_ITEM(constants, i);
    if (PyCode_Check(constant)) codes_.push_back(reinterpret_cast<PyCodeObject*>(constant));
  }
  for (PyCodeObject* code : codes_) {
    const unsigned start = probes_.starts_on_resume_line(code) ? 1u << kStartEvent : 0;
    if (!tool_.set_local_events(code, (1u << kLineEvent) | start)) return false;
  }
  return true;
}

PyObject* SelfTest::answer(ProbeState state, Hit hit) {
  foreign_ |= state == ProbeState::kForeign;
  if (state == ProbeState::kAlreadyGone) return Ref::share(Py_None).release();
  hits_.push_back(hit);
  return state == ProbeState::kGone ? Ref::share(Py_None).release() : tool_.disable();
}

PyObject* SelfTest::on_line(void* owner, PyObject* const* arguments) {
  auto* test = static_cast<SelfTest*>(owner);
  auto* code = reinterpret_cast<PyCodeObject*>(arguments[0]);
  const int line = static_cast<int>(PyLong_AsLong(arguments[1]));
  test->seen_.insert(line);
  if (test->rearming_ == Rearming::kRestart) return test->tool_.disable();
  const unsigned unit = current_unit();
  if (unit >= static_cast<unsigned>(Py_SIZE(code)) ||
      PyCode_Addr2Line(code, static_cast<int>(unit * kCodeUnitBytes)) != line) {
    test->misplaced_ = true;
    return test->tool_.disable();
  }
  return test->answer(test->probes_.disarm_line(code, unit), {code, unit, false});
}

PyObject* SelfTest::on_start(void* owner, PyObject* const* arguments) {
  auto* test = static_cast<SelfTest*>(owner);
  auto* code = reinterpret_cast<PyCodeObject*>(arguments[0]);
  const int resume = code->_co_firsttraceable * static_cast<int>(kCodeUnitBytes);
  test->seen_.insert(PyCode_Addr2Line(code, resume));
  if (test->rearming_ == Rearming::kRestart) return test->tool_.disable();
  return test->answer(test->probes_.disarm_start(code), {code, 0, true});
}

bool SelfTest::rearm() {
  if (rearming_ == Rearming::kRestart) return tool_.restart_events();
  if (!probes_.forget_compiled_traces()) return false;
  for (const Hit& hit : hits_) {
    const ProbeState state =
        hit.start ? probes_.rearm_start(hit.code) : probes_.rearm_line(hit.code, hit.unit);
    foreign_ |= state == ProbeState::kForeign;
  }
  hits_.clear();
  return !foreign_;
}

bool SelfTest::table_is_right(PyCodeObject* code, std::string* why) const {
  *why = "LINE was not switched on";
  if (!probes_.is_prepared_for_lines(code)) return false;
  *why = "the line table is not where it should be";
  Ref bytes = Ref::steal(PyCode_GetCode(code));
  if (!bytes || PyBytes_GET_SIZE(bytes.get()) != Py_SIZE(code) * Py_ssize_t{kCodeUnitBytes}) return false;
  const auto* generic = reinterpret_cast<const uint8_t*>(PyBytes_AS_STRING(bytes.get()));
  const auto* running = reinterpret_cast<const uint8_t*>(code->co_code_adaptive);
  const alibi_opcodes& opcodes = probes_.opcodes();
  int lines = 0;
  for (auto unit = static_cast<unsigned>(code->_co_firsttraceable);
       unit < static_cast<unsigned>(Py_SIZE(code)); ++unit) {
    const size_t at = size_t{unit} * kCodeUnitBytes;
    if (generic[at] == 0) continue;  // a cache, not an instruction
    const uint8_t slot = probes_.original_opcode(code, unit);
    if (running[at] == opcodes.instrumented_line) {
      if (slot != generic[at] && slot < opcodes.smallest_instrumented) return false;
      ++lines;
    } else if (slot != 0) {
      return false;
    }
  }
  if (lines == 0) return false;
  *why = "the entries of the line table do not have the expected size";
  const int entry = line_range(code).last - code->co_firstlineno < kWideLines ? 2 : 3;
  return probes_.bytes_per_entry(code) == 0 || probes_.bytes_per_entry(code) == entry;
}

bool SelfTest::tables_are_right(std::string* why) const {
  if (rearming_ == Rearming::kRestart) return true;
  return std::all_of(codes_.begin(), codes_.end(),
                     [&](PyCodeObject* code) { return table_is_right(code, why); });
}

std::vector<std::string> SelfTest::bytecodes() const {
  std::vector<std::string> all;
  for (PyCodeObject* code : codes_) {
    Ref bytes = Ref::steal(PyCode_GetCode(code));
    if (bytes)
      all.emplace_back(PyBytes_AS_STRING(bytes.get()), static_cast<size_t>(PyBytes_GET_SIZE(bytes.get())));
  }
  return all;
}

bool SelfTest::run(Probes probes, const char* round, std::string* why) {
  const long iterations = probes_.may_have_compiled_traces() ? kHotIterations : kColdIterations;
  seen_.clear();
  Ref result = Ref::steal(PyObject_CallFunction(function_.get(), "l", iterations));
  *why = std::string("its sample code failed when ") + round;
  if (!result) return false;
  if (!first_result_) first_result_ = Ref::share(result.get());
  if (PyObject_RichCompareBool(first_result_.get(), result.get(), Py_EQ) != 1) return false;
  *why = "an instruction is not where its frame says";
  if (misplaced_) return false;
  *why = "a probe's bytes are not what they should be";
  if (foreign_) return false;
  // A compiled trace that is left in the middle of a line reports that line again (seen on 3.14): such
  // a repetition is harmless, so spent probes need only be quiet for the most part.
  if (probes == Probes::kSpent ? seen_.size() * 4 <= kSampleLines.size() : seen_ == kSampleLines) return true;
  const std::set<int> expected = probes == Probes::kSpent ? std::set<int>{} : kSampleLines;
  std::vector<int> differing;
  std::set_symmetric_difference(expected.begin(), expected.end(), seen_.begin(), seen_.end(),
                                std::back_inserter(differing));
  *why = "when " + std::string(round) + ", these lines of its sample were lost or reported again:";
  for (int line : differing) *why += ' ' + std::to_string(line);
  return false;
}

bool SelfTest::behaves(std::string* why) {
  const std::vector<std::string> before = bytecodes();
  if (!run(Probes::kArmed, "first armed", why)) return false;
  for (int round = 0; round < 2; ++round) {
    if (!run(Probes::kSpent, "spent", why)) return false;
    *why = "probes could not be armed again";
    if (!rearm()) return false;
    if (!run(Probes::kArmed, "armed again", why)) return false;
  }
  *why = "the bytecode that code objects show has changed";
  return bytecodes() == before;
}

}  // namespace

bool monitoring_selftest(MonitoringTool& tool, const MonitoringProbes& probes, Rearming rearming,
                         std::string* why) {
  ExceptionGuard guard;
  std::string cause;
  SelfTest test(tool, probes, rearming);
  if (test.prepare(&cause) && test.tables_are_right(&cause) && test.behaves(&cause)) return true;
  *why = "the self-test failed: " + cause;
  return false;
}

}  // namespace alibi::python

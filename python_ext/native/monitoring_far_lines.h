// The lines of a code object by code unit, for code whose LINE events would be dear.
//
// Releases with the line table kPairs keep a line as one byte: its distance from what its place in the code
// lets expect. From about 130 code units on it does not fit, and CPython finds the line of each LINE event
// by a walk over the location table from its start: in a long test function with rewritten assertions that
// is dearer by far than the event itself. Such code gets INSTRUCTION events where LINE events would have
// fired, and its lines from here.
//
// Not beside another tool: where one answers a LINE event with DISABLE, CPython 3.12 goes on without the
// INSTRUCTION event of the same place.
// Used by monitoring_events as strategy_data of a CodeRecord, under the RecordingLock.
#ifndef ALIBI_PYTHON_EXT_MONITORING_FAR_LINES_H_
#define ALIBI_PYTHON_EXT_MONITORING_FAR_LINES_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "compat.h"

namespace alibi::python {

class MonitoringProbes;
class MonitoringTool;

class FarLines {
 public:
  // Shorter code is served as well by LINE.
  static bool are_dear(PyCodeObject* code, const MonitoringProbes& probes);

  // Asks for INSTRUCTION and the other `events` in `code`, which LINE events were asked for in before, and
  // leaves probes only where those would have fired. Null: refused, LINE stays on.
  static std::unique_ptr<FarLines> replace_line_events(PyCodeObject* code, unsigned events,
                                                       MonitoringTool& tool, const MonitoringProbes& probes);

  // 0: none begins at this place.
  int line_at(unsigned unit) const { return unit < lines_.size() ? lines_[unit] : 0; }

 private:
  explicit FarLines(std::vector<int> lines) : lines_(std::move(lines)) {}
  std::vector<int> lines_;  // of code units; 0 where no LINE event fires
};

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_MONITORING_FAR_LINES_H_

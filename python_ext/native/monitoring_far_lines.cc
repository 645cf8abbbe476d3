#include "monitoring_far_lines.h"

#include "code_lines.h"
#include "internals/monitoring_layout.h"
#include "monitoring_probes.h"
#include "monitoring_tool.h"

namespace alibi::python {
namespace {

// The line table's byte holds the distance of a line from the first one, less the code unit's number.
constexpr Py_ssize_t kNearUnits = 126;

}  // namespace

bool FarLines::are_dear(PyCodeObject* code, const MonitoringProbes& probes) {
  // Without a GIL a probe shared with another tool stays armed, which every instruction would pay for.
  return !ALIBI_FREE_THREADED && probes.looks_lines_up() && Py_SIZE(code) > kNearUnits;
}

std::unique_ptr<FarLines> FarLines::replace_line_events(PyCodeObject* code, unsigned events,
                                                        MonitoringTool& tool,
                                                        const MonitoringProbes& probes) {
  if (!probes.is_prepared_for_lines(code)) return nullptr;
  std::vector<int> lines = unit_lines(code);
  probes.keep_line_starts(code, &lines);
  if (!tool.set_local_events(code, events | (1u << internals::kInstructionEvent))) return nullptr;
  // Only saves time: a place that keeps its probe reports once, and no line begins there.
  probes.disarm_instructions_without(lines, code);
  return std::unique_ptr<FarLines>(new FarLines(std::move(lines)));
}

}  // namespace alibi::python

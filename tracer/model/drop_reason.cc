#include "tracer/model/drop_reason.h"

namespace alibi::model {

const char* drop_reason_name(uint32_t reason) {
  switch (static_cast<DropReason>(reason)) {
    case DropReason::kDisk:
      return "disk";
    case DropReason::kMemory:
      return "memory";
    case DropReason::kNumbers:
      return "numbers";
    case DropReason::kLineOutOfRange:
      return "line-out-of-range";
    case DropReason::kRefusedCode:
      return "refused-code";
    case DropReason::kProbeLost:
      return "probe-lost";
    case DropReason::kTracerEvicted:
      return "tracer-evicted";
    case DropReason::kSubinterpreter:
      return "subinterpreter";
    case DropReason::kThread:
      return "thread";
    case DropReason::kInput:
      return "input";
    case DropReason::kTooLarge:
      return "too-large";
    case DropReason::kFork:
      return "fork";
    case DropReason::kState:
      return "state";
    case DropReason::kProcess:
      return "process";
  }
  return "unknown";
}

}  // namespace alibi::model

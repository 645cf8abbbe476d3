// MULTIFIT: the least capacity for which first fit, heaviest first, needs no further bin. Pure.
#ifndef ALIBI_COLLECTOR_PLAN_MULTIFIT_H_
#define ALIBI_COLLECTOR_PLAN_MULTIFIT_H_

#include <cstdint>
#include <optional>

#include "collector/plan/packing.h"

namespace alibi::plan {

// Capacities from `least` (a lower bound) to below `below`; nothing when none of those tried suffices.
std::optional<Packing> multifit(const Weights& weights, uint32_t bins, uint64_t least, uint64_t below);

}  // namespace alibi::plan

#endif  // ALIBI_COLLECTOR_PLAN_MULTIFIT_H_

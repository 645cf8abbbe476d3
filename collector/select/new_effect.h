// What a statement that was not there when evidence was recorded may do to others: by what it says, and by
// what its callees did elsewhere. Pure.
#ifndef ALIBI_COLLECTOR_SELECT_NEW_EFFECT_H_
#define ALIBI_COLLECTOR_SELECT_NEW_EFFECT_H_

#include "collector/change/project_change.h"
#include "collector/select/snapshot.h"

namespace alibi::select {

Effect effect_of_new(const Snapshot& snapshot, const change::FileChange& change,
                     const StatementUnit& statement);

}  // namespace alibi::select

#endif  // ALIBI_COLLECTOR_SELECT_NEW_EFFECT_H_

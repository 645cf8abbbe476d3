// Whose code made a value that a test left behind for later ones: the functions of that test that speak of
// the changed name, everything they can have called, and, where one of them stores or calls what it was
// given, whoever can have given it. Names stand for calls (docs/evidence.md, "Why callers are not recorded").
// Pure.
#ifndef ALIBI_COLLECTOR_SELECT_STATE_ORIGIN_H_
#define ALIBI_COLLECTOR_SELECT_STATE_ORIGIN_H_

#include <vector>

#include "collector/select/snapshot.h"

namespace alibi::select {

struct StateOrigin {
  bool whole = false;  // cannot be told apart: everything the test rests on
  std::vector<UnitRef> functions;
};

StateOrigin origin_of_state(const Snapshot& snapshot, const collector::Evidence& evidence,
                            const collector::StateWrite& write);

}  // namespace alibi::select

#endif  // ALIBI_COLLECTOR_SELECT_STATE_ORIGIN_H_

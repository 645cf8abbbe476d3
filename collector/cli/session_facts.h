// Who a session is to the service, from what its runner says and what is found here. Used by what opens a
// session's report and by what asks for a plan; one thread. Asks git and the system, never the service.
#ifndef ALIBI_COLLECTOR_CLI_SESSION_FACTS_H_
#define ALIBI_COLLECTOR_CLI_SESSION_FACTS_H_

#include "collector/cli/local_intake.h"
#include "collector/origin/session_origin.h"
#include "collector/ship/opening.h"
#include "collector/transport/intake_address.h"

namespace alibi::cli {

// Of this machine: `about` need not name its system.
origin::SessionOrigin origin_here(origin::SessionFacts about, const transport::Environment& environment);

// What is left to set is whether suites are wanted.
ship::SessionFacts session_facts(const ship::RunDescription& run, origin::SessionOrigin origin,
                                 const transport::Environment& environment, const Intake& intake);

}  // namespace alibi::cli

#endif  // ALIBI_COLLECTOR_CLI_SESSION_FACTS_H_

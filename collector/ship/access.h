// Whom a process talks to: the intake's address and the key for it, from the environment.
//
// Used by `alibi ship`, `alibi merge` and `alibi plan`. Nothing configured, or nothing that works, is a
// reason for the user, never a failure of the run. No message holds the key.
#ifndef ALIBI_COLLECTOR_SHIP_ACCESS_H_
#define ALIBI_COLLECTOR_SHIP_ACCESS_H_

#include <chrono>
#include <string>

#include "collector/transport/api_key.h"
#include "collector/transport/intake_address.h"
#include "collector/transport/intake_client.h"
#include "tracer/base/result.h"

namespace alibi::ship {

struct Access {
  transport::IntakeAddress address;
  transport::ApiKey key;
};

// What is found on the machine.
struct Surroundings {
  bool default_socket_exists = false;
  std::string cgroup;  // text of /proc/self/cgroup
};

// An error says why there is none.
Result<Access> intake_access(const transport::Environment& environment, const Surroundings& surroundings);

// Of the time that a run may take longer because it is reported (ALIBI_INTAKE_PATIENCE_MS, 2000), more than
// half is for what the service wants, the rest for what it gets.
enum class Part : uint8_t { kOpening, kSending };
transport::ClientLimits limits_of_run(const transport::Environment& environment, Part part);
// Of a plan, all that it asks together: ALIBI_INTAKE_PATIENCE_MS, else 10 s.
transport::ClientLimits limits_of_plan(const transport::Environment& environment);
// What is wrong with ALIBI_INTAKE_PATIENCE_MS or DD_CIVISIBILITY_BACKEND_API_TIMEOUT_MILLIS, for the user;
// empty: nothing.
std::string patience_problem(const transport::Environment& environment);
// Of `alibi ship`, for which nobody waits.
transport::ClientLimits patient_limits(const transport::Environment& environment);

}  // namespace alibi::ship

#endif  // ALIBI_COLLECTOR_SHIP_ACCESS_H_

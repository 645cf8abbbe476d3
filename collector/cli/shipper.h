// What `alibi merge` and `alibi ship` share: the environment as the client of the intake sees it, randomness,
// the spool of a data folder, and what is told of sending.
#ifndef ALIBI_COLLECTOR_CLI_SHIPPER_H_
#define ALIBI_COLLECTOR_CLI_SHIPPER_H_

#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "collector/model/session_coverage.h"
#include "collector/ship/access.h"
#include "collector/ship/shipping.h"
#include "collector/transport/spool_delivery.h"
#include "tracer/base/result.h"

namespace alibi::cli {

transport::Environment environment_of_process();
ship::Surroundings surroundings_of_process();
std::string random_hex(size_t bytes);
uint64_t random_number();  // of 63 bits, never 0

// Where the session asked for a report (reporting.json): its messages, kept in DATA/spool. Nothing: it did
// not.
struct SpooledSession {
  bool reported = false;
  ship::Spooled spooled;
  std::string problem;  // nothing, or not all, could be kept
};
SpooledSession spool_session(const std::string& session, const collector::SessionCoverage& coverage,
                             const std::string& data);

// As store::IntakeOptions::then; `told` is filled with the last session that asked for a report.
std::function<void(const std::string& session, const collector::SessionCoverage& coverage)> spooling(
    const std::string& data, SpooledSession* told);

transport::ShipReport ship_waiting_reports(const std::string& data, const ship::Access& access,
                                           const transport::ClientLimits& limits);

nlohmann::json shipped_json(const transport::ShipReport& report);
std::string shipped_text(const transport::ShipReport& report, const std::string& where);

}  // namespace alibi::cli

#endif  // ALIBI_COLLECTOR_CLI_SHIPPER_H_

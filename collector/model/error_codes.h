// The collector's own numbers among the errors of Alibi (tracer/base/error_code.h has the recorder's).
// Stable, never reused: users and CI logs quote them as "[alibi-41]".
#ifndef ALIBI_COLLECTOR_MODEL_ERROR_CODES_H_
#define ALIBI_COLLECTOR_MODEL_ERROR_CODES_H_

#include <cstdint>
#include <string>

#include "tracer/base/error_code.h"

namespace alibi::collector {

inline constexpr ErrorCode kNoSession{40};        // the session directory does not exist or holds nothing
inline constexpr ErrorCode kCannotWrite{41};      // the store (or an output file) refused
inline constexpr ErrorCode kNoStore{42};          // there is no evidence yet
inline constexpr ErrorCode kNotEvidence{43};      // not an evidence file, or damaged
inline constexpr ErrorCode kEvidenceVersion{44};  // an evidence file of a later version
inline constexpr ErrorCode kIndexFailed{45};      // SQLite refused
inline constexpr ErrorCode kNoSuchTest{46};
inline constexpr ErrorCode kAmbiguousTest{47};
inline constexpr ErrorCode kBusy{48};   // another merge holds the store for too long
inline constexpr ErrorCode kUsage{49};  // wrong command line
inline constexpr ErrorCode kUnitsUnreadable{
    50};                                        // what the interpreter said about a source is not understood
inline constexpr ErrorCode kNoInterpreter{51};  // the interpreter that reads sources cannot be run
inline constexpr ErrorCode kNoRevision{52};     // git does not have it, or is not there
inline constexpr ErrorCode kBadRequest{53};     // what the test runner asked is not understood
// 60 to 62: messages of the Test Optimization protocol.
inline constexpr ErrorCode kNotPayload{60};       // damaged, cut short, or something else
inline constexpr ErrorCode kPayloadVersion{61};   // of a version that is not known
inline constexpr ErrorCode kPayloadTooLarge{62};  // larger than it may be, also once unpacked
// Of the way to the intake.
inline constexpr ErrorCode kBadAddress{70};      // a variable that says where the intake is means nothing
inline constexpr ErrorCode kNotReached{71};      // nobody answers there, or the connection broke
inline constexpr ErrorCode kRefused{72};         // the intake answered, and does not want it
inline constexpr ErrorCode kAnswerTooLarge{73};  // longer than any answer of an intake
inline constexpr ErrorCode kSpoolDamaged{74};    // a payload kept on disk is not what was written
inline constexpr ErrorCode kTimedOut{75};        // the time that a run may spend on the intake is over
inline constexpr ErrorCode kRateLimited{76};     // the intake asks to come back later than the run can wait
inline constexpr ErrorCode kNoRepository{80};    // the project lies in no git repository, or there is no git
inline constexpr ErrorCode kGitFailed{81};       // git refused, or was not done in time
inline constexpr ErrorCode kCannotListen{
    90};                                   // no address to listen on, or a certificate that cannot be used
inline constexpr ErrorCode kDatabase{91};  // the server's database refused
inline constexpr ErrorCode kBadServeOption{92};  // options of alibi serve that cannot be followed

// "[alibi-41]"
inline std::string bracketed(ErrorCode code) {
  return "[alibi-" + std::to_string(static_cast<int32_t>(code)) + "]";
}

}  // namespace alibi::collector

#endif  // ALIBI_COLLECTOR_MODEL_ERROR_CODES_H_

// Session coverage -> the bytes of an evidence file (EVIDENCE.md). Pure; used by the store and by golden
// tests. Equal coverage gives equal bytes.
#ifndef ALIBI_COLLECTOR_STORE_EVIDENCE_ENCODER_H_
#define ALIBI_COLLECTOR_STORE_EVIDENCE_ENCODER_H_

#include <string>

#include "collector/model/session_coverage.h"
#include "tracer/base/result.h"

namespace alibi::store {

// Fails when memory runs out or a section would be larger than the format allows.
Result<std::string> encode_evidence(const collector::SessionCoverage& coverage);

}  // namespace alibi::store

#endif  // ALIBI_COLLECTOR_STORE_EVIDENCE_ENCODER_H_

// Fingerprint: the hash of a code unit's compiled meaning, computed by the language's glue. Two code units
// with one fingerprint behave the same; it survives moves and reformatting.
#ifndef ALIBI_TRACER_MODEL_FINGERPRINT_H_
#define ALIBI_TRACER_MODEL_FINGERPRINT_H_

#include <string>

#include "tracer/base/hash.h"

namespace alibi::model {

using Fingerprint = Hash128;

std::string to_hex(const Fingerprint& fingerprint);  // 32 digits, the high half first

}  // namespace alibi::model

#endif  // ALIBI_TRACER_MODEL_FINGERPRINT_H_

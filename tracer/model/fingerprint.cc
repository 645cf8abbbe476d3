#include "tracer/model/fingerprint.h"

#include <cinttypes>
#include <cstdio>

namespace alibi::model {

std::string to_hex(const Fingerprint& fingerprint) {
  char digits[33];
  std::snprintf(digits, sizeof digits, "%016" PRIx64 "%016" PRIx64, fingerprint.high, fingerprint.low);
  return digits;
}

}  // namespace alibi::model

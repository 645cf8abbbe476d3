// gzip of whole bodies. Used by intake_client and curl_client; pure, any thread.
#ifndef ALIBI_COLLECTOR_TRANSPORT_GZIP_H_
#define ALIBI_COLLECTOR_TRANSPORT_GZIP_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "tracer/base/result.h"

namespace alibi::transport {

Result<std::string> gzip(std::string_view bytes);
// kInvalidArgument when it is no gzip or ends early, kAnswerTooLarge when it holds more than `largest` bytes.
Result<std::string> gunzip(std::string_view bytes, size_t largest);

}  // namespace alibi::transport

#endif  // ALIBI_COLLECTOR_TRANSPORT_GZIP_H_

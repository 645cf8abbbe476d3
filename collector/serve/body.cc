#include "collector/serve/body.h"

#include <utility>

#include "collector/compression/gzip.h"
#include "collector/model/error_codes.h"
#include "collector/serve/json_text.h"

namespace alibi::serve {
namespace {

Answer too_large(uint64_t most) {
  return failure(413, "a body may have at most " + std::to_string(most) + " bytes");
}

Answer crowded() {
  Answer answer = failure(503, "too many large bodies at a time, send it again");
  answer.headers.emplace_back("Retry-After", "1");
  return answer;
}

}  // namespace

Answer failure(int status, const std::string& message) {
  Answer answer;
  answer.status = status;
  answer.body = "{\"errors\":[";
  append_json_string(message, &answer.body);
  answer.body += "]}";
  return answer;
}

Body::Body(const HttpRequest& request, const BodyLimits& limits, BodyMemory* memory) : memory_(memory) {
  receive(request, limits);
  if (refusal_) return;
  const std::string packing = request.header("Alibi-Content-Encoding");
  if (packing == "gzip" || packing == "x-gzip")
    unpack(limits);
  else if (!packing.empty() && packing != "identity")
    refusal_ = failure(415, "the only Content-Encoding that is understood is gzip");
}

bool Body::reserve(uint64_t bytes) {
  if (!memory_->take(bytes)) return false;
  reserved_ += bytes;
  return true;
}

void Body::receive(const HttpRequest& request, const BodyLimits& limits) {
  if (request.body_length.value_or(0) > limits.sent) {
    refusal_ = too_large(limits.sent);
    return;
  }
  if (request.body_length && !reserve(*request.body_length)) {
    refusal_ = crowded();
    return;
  }
  bytes_.reserve(request.body_length.value_or(0));
  const bool announced = request.body_length.has_value();
  const bool complete = request.read_body([&](std::string_view piece) {
    if (bytes_.size() + piece.size() > limits.sent) {
      refusal_ = too_large(limits.sent);
    } else if (!announced && !reserve(piece.size())) {
      refusal_ = crowded();
    } else {
      bytes_.append(piece);
    }
    return !refusal_;
  });
  if (!complete && !refusal_) refusal_ = failure(400, "the body did not come as it was announced");
}

void Body::unpack(const BodyLimits& limits) {
  // Nobody knows how large it gets: at most this, and mostly not more than eight times what came.
  const uint64_t expected = std::min<uint64_t>(limits.unpacked, bytes_.size() * 8 + 4096);
  if (!reserve(expected)) {
    refusal_ = crowded();
    return;
  }
  Result<std::string> unpacked = compression::gunzip(bytes_, expected);
  if (!unpacked && unpacked.error().code == collector::kPayloadTooLarge && expected < limits.unpacked) {
    if (!reserve(limits.unpacked - expected)) {
      refusal_ = crowded();
      return;
    }
    unpacked = compression::gunzip(bytes_, limits.unpacked);
  }
  if (unpacked) {
    bytes_ = std::move(*unpacked);
  } else {
    const bool large = unpacked.error().code == collector::kPayloadTooLarge;
    refusal_ = large ? too_large(limits.unpacked) : failure(400, unpacked.error().message);
  }
}

}  // namespace alibi::serve

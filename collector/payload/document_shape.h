// The outer shape that citestcycle and citestcov documents share: a map with a version and a list of events.
// Used by their decoders. Pure; as untrusting as MsgpackWalk.
#ifndef ALIBI_COLLECTOR_PAYLOAD_DOCUMENT_SHAPE_H_
#define ALIBI_COLLECTOR_PAYLOAD_DOCUMENT_SHAPE_H_

#include <cstdint>
#include <functional>
#include <string_view>

#include "tracer/base/result.h"

namespace alibi::payload {

struct DocumentShape {
  std::string_view metadata;  // the bytes of the value; empty: there is none
  std::string_view events;    // of the list
};

// `list` is the key of the events. The whole document has been walked when this returns without an error.
Result<DocumentShape> document_shape(std::string_view document, std::string_view list, uint64_t version);

// Gives the bytes of each element of a list that document_shape found.
void each_event(std::string_view events, const std::function<void(std::string_view)>& take);

}  // namespace alibi::payload

#endif  // ALIBI_COLLECTOR_PAYLOAD_DOCUMENT_SHAPE_H_

// What an event's tags are once the tags of its whole body are laid under them: the event's own win over
// those of its type, those over the ones of all types. Clients differ in where they put what, so that whoever
// reads an event has to ask here. Pure.
#ifndef ALIBI_COLLECTOR_PAYLOAD_MERGED_TAGS_H_
#define ALIBI_COLLECTOR_PAYLOAD_MERGED_TAGS_H_

#include <string_view>

#include "collector/payload/test_events.h"

namespace alibi::payload {

// Each key once: the event's in their order, then what the others add in theirs.
Tags merged_tags(const Metadata& metadata, const Event& event);

// The same for a single key, without copying; nullptr: nobody has it.
const std::string* merged_tag(const Metadata& metadata, const Event& event, std::string_view key);

}  // namespace alibi::payload

#endif  // ALIBI_COLLECTOR_PAYLOAD_MERGED_TAGS_H_

// What an event's tags are once the tags of its whole body are laid under them: the event's own win over
// those of its type, those over the ones of all types. Clients differ in where they put what, so that whoever
// reads an event has to ask here. Nothing is copied: metadata and event outlive it. Used by serve.
#ifndef ALIBI_COLLECTOR_PAYLOAD_MERGED_TAGS_H_
#define ALIBI_COLLECTOR_PAYLOAD_MERGED_TAGS_H_

#include <array>
#include <string>
#include <string_view>

#include "collector/payload/test_events.h"

namespace alibi::payload {

class MergedTags {
 public:
  MergedTags(const Metadata& metadata, const Event& event);

  const std::string* find(std::string_view name) const;        // nullptr: nobody has it
  const std::string& operator[](std::string_view name) const;  // empty: nobody has it
  bool is_true(std::string_view name) const { return (*this)[name] == "true"; }

  // Each name that begins so once: the event's in their order, then what the others add in theirs.
  Tags beginning_with(std::string_view prefix) const;

 private:
  std::array<const Tags*, 3> layers_;  // that of the first one wins; nullptr: there is none
};

}  // namespace alibi::payload

#endif  // ALIBI_COLLECTOR_PAYLOAD_MERGED_TAGS_H_

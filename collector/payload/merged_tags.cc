#include "collector/payload/merged_tags.h"

#include <absl/container/flat_hash_set.h>

#include <algorithm>

#include "collector/payload/event_rules.h"

namespace alibi::payload {
namespace {

const Tags* tags_under(const Metadata& metadata, std::string_view type) {
  for (const auto& [name, tags] : metadata.by_type) {
    if (name == type) return &tags;
  }
  return nullptr;
}

}  // namespace

Tags merged_tags(const Metadata& metadata, const Event& event) {
  Tags merged;
  absl::flat_hash_set<std::string_view> seen;
  const Tags* const layers[] = {&event.meta, tags_under(metadata, type_name(event.type)),
                                tags_under(metadata, "*")};
  for (const Tags* const layer : layers) {
    if (layer == nullptr) continue;
    for (const auto& [key, value] : *layer) {
      if (seen.insert(key).second) merged.emplace_back(key, value);
    }
  }
  return merged;
}

const std::string* merged_tag(const Metadata& metadata, const Event& event, std::string_view key) {
  const Tags* const layers[] = {&event.meta, tags_under(metadata, type_name(event.type)),
                                tags_under(metadata, "*")};
  for (const Tags* const layer : layers) {
    if (layer == nullptr) continue;
    const auto found = std::ranges::find(*layer, key, &std::pair<std::string, std::string>::first);
    if (found != layer->end()) return &found->second;
  }
  return nullptr;
}

}  // namespace alibi::payload

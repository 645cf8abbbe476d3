#include "collector/payload/merged_tags.h"

#include <absl/container/flat_hash_set.h>

#include <algorithm>

#include "collector/payload/event_rules.h"

namespace alibi::payload {

MergedTags::MergedTags(const Metadata& metadata, const Event& event)
    : layers_{&event.meta, nullptr, nullptr} {
  const std::string_view own_type = type_name(event.type);
  for (const auto& [type, tags] : metadata.by_type) {
    if (type == own_type) layers_[1] = &tags;
    if (type == "*") layers_[2] = &tags;
  }
}

const std::string* MergedTags::find(std::string_view name) const {
  for (const Tags* const layer : layers_) {
    if (layer == nullptr) continue;
    const auto found = std::ranges::find(*layer, name, &Tags::value_type::first);
    if (found != layer->end()) return &found->second;
  }
  return nullptr;
}

const std::string& MergedTags::operator[](std::string_view name) const {
  static const std::string kNothing;
  const std::string* const found = find(name);
  return found != nullptr ? *found : kNothing;
}

Tags MergedTags::beginning_with(std::string_view prefix) const {
  Tags merged;
  absl::flat_hash_set<std::string_view> seen;
  for (const Tags* const layer : layers_) {
    if (layer == nullptr) continue;
    for (const auto& [name, value] : *layer) {
      if (name.starts_with(prefix) && seen.insert(name).second) merged.emplace_back(name, value);
    }
  }
  return merged;
}

}  // namespace alibi::payload

#include "tracer/preload/outside_values.h"

#include <utility>

namespace alibi::preload {

OutsideValues::OutsideValues(std::string_view text) {
  if (auto parsed = recording::parse_outside(text); parsed.ok()) known_ = std::move(parsed).value();
}

OutsideValues OutsideValues::read(const FileSystem& files, const std::string& session_directory) {
  OutsideValues values;
  if (auto read = recording::read_outside(files, session_directory); read.ok())
    values.known_ = std::move(read).value();
  return values;
}

std::string_view OutsideValues::setting(std::string_view key) const {
  if (!known_.has_value()) return {};
  for (const auto& [name, value] : known_->settings) {
    if (name == key) return value;
  }
  return {};
}

bool OutsideValues::has_variable(std::string_view name, const Hash128* value) const {
  if (!known_.has_value()) return true;
  const auto outside = known_->variables.find(std::string(name));
  if (outside == known_->variables.end()) return value == nullptr;
  return value != nullptr && outside->second == *value;
}

}  // namespace alibi::preload

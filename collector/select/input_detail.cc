#include "collector/select/input_detail.h"

#include <charconv>

#include "tracer/model/listing_detail.h"

namespace alibi::select {

InputDetail parse_detail(std::string_view detail) {
  InputDetail parsed;
  const auto take = [](std::string_view line, std::string_view key, std::string_view* value) {
    if (!line.starts_with(key)) return false;
    *value = line.substr(key.size());
    return true;
  };
  while (!detail.empty()) {
    const size_t end = detail.find('\n');
    const std::string_view line = detail.substr(0, end);
    detail = end == std::string_view::npos ? std::string_view() : detail.substr(end + 1);
    std::string_view number;
    if (take(line, "import:", &parsed.importing) || take(line, "at:", &parsed.location)) continue;
    if (line == "session") {
      parsed.by_session = true;
    } else if (line.starts_with(model::kFoundKey)) {
      parsed.was_touched = true;
    } else if (take(line, "line:", &number)) {
      std::from_chars(number.data(), number.data() + number.size(), parsed.line);
    } else if (parsed.word.empty()) {
      parsed.word = line;
    }
  }
  return parsed;
}

const char* input_kind_name(collector::InputKind kind) {
  switch (kind) {
    case collector::InputKind::kFile:
      return "file";
    case collector::InputKind::kDirectory:
      return "directory";
    case collector::InputKind::kProbe:
      return "probe";
    case collector::InputKind::kEnvironment:
      return "environment";
    case collector::InputKind::kOption:
      return "option";
    default:
      return nullptr;
  }
}

bool can_be_written(const collector::Input& input) {
  switch (input.kind) {
    case collector::InputKind::kFile:
    case collector::InputKind::kDirectory:
    case collector::InputKind::kProbe:
      return true;
    case collector::InputKind::kEnvironment:
      // One that was put back has the value that it had outside.
      return parse_detail(input.detail).by_session;
    default:
      return false;
  }
}

std::string written_key(const collector::Input& input) {
  return input.kind == collector::InputKind::kEnvironment ? "environ:" + input.subject : input.subject;
}

}  // namespace alibi::select

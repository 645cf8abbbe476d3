#include "collector/serve/stored_text.h"

#include <cstdint>

namespace alibi::serve {
namespace {

// Of the character that begins here; 0: none does.
size_t length_of_character(std::string_view text) {
  const auto byte = [text](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t first = byte(0);
  if (first != 0 && first < 0x80) return 1;
  const size_t length = first >= 0xC2 && first < 0xE0   ? 2
                        : first >= 0xE0 && first < 0xF0 ? 3
                        : first >= 0xF0 && first < 0xF5 ? 4
                                                        : 0;
  if (length == 0 || text.size() < length) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80) return 0;
  }
  const bool too_long = (first == 0xE0 && byte(1) < 0xA0) || (first == 0xF0 && byte(1) < 0x90);
  const bool surrogate = first == 0xED && byte(1) >= 0xA0;
  const bool beyond = first == 0xF4 && byte(1) >= 0x90;
  return too_long || surrogate || beyond ? 0 : length;
}

// Calls `visit` with each text of a body, of a const one or not.
template <typename Body, typename Visit>
void each_text(Body* body, Visit visit) {
  const auto all = [&visit](auto&... texts) { (visit(texts), ...); };
  for (auto& one : body->contexts) all(one.service, one.env, one.configurations);
  for (auto& one : body->sessions)
    all(one.repository, one.branch, one.sha, one.message, one.command, one.framework, one.name);
  for (auto& one : body->attempts) {
    all(one.repository, one.module, one.suite, one.name, one.parameters, one.source_file, one.codeowners);
    all(one.skip_reason, one.retry_reason, one.error_type, one.error_message, one.error_stack, one.sha);
  }
  for (auto& one : body->parts) all(one.module, one.suite, one.source_file);
  for (auto& one : body->coverage) {
    for (auto& file : one.files) all(file.path);
  }
}

}  // namespace

bool can_be_stored(std::string_view text) {
  while (!text.empty()) {
    const size_t length = length_of_character(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

bool can_be_stored(const Intake& intake) {
  bool all = true;
  each_text(&intake, [&all](const std::string& text) { all = all && can_be_stored(text); });
  return all;
}

std::string storable(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const size_t length = length_of_character(text);
    result.append(length == 0 ? std::string_view("\xEF\xBF\xBD") : text.substr(0, length));
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return result;
}

Intake storable(Intake intake) {
  each_text(&intake, [](std::string& text) {
    if (!can_be_stored(text)) text = storable(text);
  });
  return intake;
}

}  // namespace alibi::serve

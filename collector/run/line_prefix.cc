#include "collector/run/line_prefix.h"

#include <utility>

namespace alibi::run {
namespace {

constexpr size_t kMostColours = 256;

// The colours that are on after `text`, as the sequences that switched them on.
void follow_colours(std::string_view text, std::string* colours) {
  for (size_t at = text.find("\x1b["); at != std::string_view::npos; at = text.find("\x1b[", at + 2)) {
    const size_t end = text.find_first_not_of("0123456789;:", at + 2);
    if (end == std::string_view::npos || text[end] != 'm') continue;
    const std::string_view parameters = text.substr(at + 2, end - at - 2);
    if (parameters.empty() || parameters == "0" || parameters == "00") {
      colours->clear();
      continue;
    }
    if (parameters.starts_with("0;")) colours->clear();
    if (colours->size() + (end - at) < kMostColours) colours->append(text.substr(at, end - at + 1));
  }
}

}  // namespace

std::string LinePrefix::line_of(std::string_view text) {
  if (prefix_.empty()) return std::string(text) + "\n";
  const bool returned = text.ends_with('\r');
  if (returned) text.remove_suffix(1);
  const std::string before = colours_;
  follow_colours(text, &colours_);
  const size_t drawn_over = text.rfind('\r');
  if (drawn_over != std::string_view::npos) text.remove_prefix(drawn_over + 1);
  std::string line = prefix_ + before + std::string(text);
  if (!colours_.empty()) line += "\x1b[0m";
  return line + (returned ? "\r\n" : "\n");
}

std::string LinePrefix::feed(std::string_view bytes) {
  std::string lines;
  while (!bytes.empty()) {
    const size_t newline = bytes.find('\n');
    partial_.append(bytes.substr(0, newline));
    if (newline == std::string_view::npos) break;
    lines += line_of(std::exchange(partial_, {}));
    bytes.remove_prefix(newline + 1);
  }
  if (partial_.size() > kLongestLine) {
    const size_t drawn_over = partial_.rfind('\r', partial_.size() - 2);
    if (drawn_over != std::string::npos) partial_.erase(0, drawn_over + 1);
  }
  if (partial_.size() > kLongestLine) lines += flush();
  return lines;
}

std::string LinePrefix::flush() {
  return partial_.empty() ? "" : line_of(std::exchange(partial_, {}));
}

}  // namespace alibi::run

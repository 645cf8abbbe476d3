#include "collector/serve/stack_text.h"

namespace alibi::serve {
namespace {

constexpr std::string_view kOpening = "Traceback (most recent call last):\n";
constexpr std::string_view kFrame = "  File \"";
constexpr std::string_view kDetail = "    ";  // the text of the line and marks below it

bool is_of_runner(std::string_view frame) {
  const std::string_view line = frame.substr(0, frame.find('\n'));
  const size_t end = line.find('"', kFrame.size());
  const std::string_view path = line.substr(0, end);
  return path.find("/_pytest/") != std::string_view::npos ||
         path.find("/pluggy/") != std::string_view::npos || path.ends_with("/unittest/case.py");
}

// Where the frame that begins at `start` ends.
size_t frame_end(std::string_view stack, size_t start) {
  size_t end = start;
  do {
    const size_t line = stack.find('\n', end);
    end = line == std::string_view::npos ? stack.size() : line + 1;
  } while (stack.substr(end).starts_with(kDetail));
  return end;
}

}  // namespace

std::string without_runner(std::string_view stack) {
  if (!stack.starts_with(kOpening)) return std::string(stack);
  size_t place = kOpening.size(), left_away = 0;
  while (stack.substr(place).starts_with(kFrame) && is_of_runner(stack.substr(place))) {
    place = frame_end(stack, place);
    left_away += 1;
  }
  // Of a failure in the runner itself its frames are what there is to see.
  if (left_away < 2 || !stack.substr(place).starts_with(kFrame)) return std::string(stack);
  return std::string(kOpening) + "  … " + std::to_string(left_away) + " frames of the test runner\n" +
         std::string(stack.substr(place));
}

}  // namespace alibi::serve

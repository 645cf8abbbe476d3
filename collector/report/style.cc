#include "collector/report/style.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>

namespace alibi::report {
namespace {

const char* code_of(Colour colour) {
  switch (colour) {
    case Colour::kBold:
      return "1";
    case Colour::kDim:
      return "2";
    case Colour::kGreen:
      return "32";
    case Colour::kRed:
      return "31";
    case Colour::kYellow:
      return "33";
    case Colour::kCyan:
      return "36";
    case Colour::kNone:
      break;
  }
  return "0";
}

template <typename... Values>
std::string formatted(const char* format, Values... values) {
  char text[96];
  std::snprintf(text, sizeof text, format, values...);
  return text;
}

// Columns a terminal uses, taking each UTF-8 character as one.
size_t width_of(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char byte) { return (byte & 0xC0) != 0x80; }));
}

}  // namespace

std::string Style::paint(Colour colour, std::string_view text) const {
  if (!coloured || colour == Colour::kNone || text.empty()) return std::string(text);
  std::string painted = "\x1b[";
  painted.append(code_of(colour)).append(1, 'm').append(text).append("\x1b[0m");
  return painted;
}

std::string duration_text(uint64_t nanoseconds) {
  const double seconds = static_cast<double>(nanoseconds) / 1e9;
  if (seconds < 1e-3) return formatted("%.0f us", seconds * 1e6);
  if (seconds < 1) return formatted("%.1f ms", seconds * 1e3);
  if (seconds < 60) return formatted("%.2f s", seconds);
  const double minutes = std::floor(seconds / 60);
  return formatted("%.0f min %02.0f s", minutes, std::floor(seconds - 60 * minutes));
}

std::string size_text(uint64_t bytes) {
  if (bytes < 1024) return std::to_string(bytes) + " B";
  double size = static_cast<double>(bytes);
  const char* unit = "";
  for (const char* next : {"KiB", "MiB", "GiB", "TiB"}) {
    if (size < 1024) break;
    size /= 1024;
    unit = next;
  }
  return formatted("%.1f %s", size, unit);
}

std::string count_text(uint64_t count, std::string_view noun) {
  std::string text = std::to_string(count);
  text.append(1, ' ').append(noun).append(count == 1 ? "" : "s");
  return text;
}

std::string time_text(uint64_t unix_ns) {
  const auto seconds = static_cast<std::time_t>(unix_ns / 1'000'000'000U);
  std::tm parts{};
  if (::gmtime_r(&seconds, &parts) == nullptr) return "?";
  char text[64];
  const size_t length = std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts);
  return {text, length};
}

std::string ranges_text(const std::vector<uint32_t>& lines) {
  std::string text;
  for (size_t begin = 0; begin < lines.size();) {
    size_t end = begin + 1;
    while (end < lines.size() && lines[end] == lines[end - 1] + 1) ++end;
    if (!text.empty()) text += ", ";
    text += std::to_string(lines[begin]);
    if (end - begin > 1) text.append(1, '-').append(std::to_string(lines[end - 1]));
    begin = end;
  }
  return text;
}

std::string drops_text(const collector::DropCounts& drops) {
  std::string text;
  for (const collector::DropCount& drop : drops) {
    if (!text.empty()) text += ", ";
    text += collector::drop_name(drop.reason) + " " + std::to_string(drop.count);
  }
  return text;
}

std::string printable(std::string_view text) {
  std::string shown(text);
  for (char& byte : shown) {
    const auto code = static_cast<unsigned char>(byte);
    if (code < 0x20 || code == 0x7F) byte = '?';
  }
  return shown;
}

std::string printable_lines(std::string_view text) {
  std::string shown;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.find_first_not_of(' ') == std::string_view::npos) continue;
    shown += (shown.empty() ? "" : "\n  ") + printable(line);
  }
  return shown;
}

std::string Table::text(const Style& style) const {
  std::vector<size_t> widths;
  for (const std::vector<Cell>& row : rows_) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t column = 0; column < row.size(); ++column) {
      widths[column] = std::max(widths[column], width_of(row[column].text));
    }
  }
  std::string text;
  for (const std::vector<Cell>& row : rows_) {
    for (size_t column = 0; column < row.size(); ++column) {
      const Cell& cell = row[column];
      const std::string padding(widths[column] - width_of(cell.text), ' ');
      const bool last = column + 1 == row.size();
      if (cell.right) text += padding;
      text += style.paint(cell.colour, cell.text);
      if (!cell.right && !last) text += padding;
      if (!last) text += "  ";
    }
    text += '\n';
  }
  return text;
}

}  // namespace alibi::report

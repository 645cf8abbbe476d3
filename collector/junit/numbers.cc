#include "collector/junit/numbers.h"

#include <array>
#include <charconv>
#include <chrono>
#include <string>

namespace alibi::junit {
namespace {

constexpr size_t kLongestNumber = 64;
constexpr double kLongestSeconds = 1e7;  // 115 days

std::string_view trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

// Commas between thousands go. One that might be a decimal comma makes the number none.
std::optional<std::string> without_commas(std::string_view text) {
  const size_t point = text.find('.');
  if (text.find(',') == std::string_view::npos) return std::string(text);
  if (point == std::string_view::npos || text.find(',', point) != std::string_view::npos) return std::nullopt;
  std::string plain;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] != ',') {
      plain.push_back(text[at]);
    } else if (at == 0 || at > point || (point - at) % 4 != 0) {
      return std::nullopt;
    }
  }
  return plain;
}

// Exactly `digits` of them, taken off the front.
std::optional<int> number_off(std::string_view* text, size_t digits) {
  int number = 0;
  if (text->size() < digits) return std::nullopt;
  const auto [end, wrong] = std::from_chars(text->data(), text->data() + digits, number);
  if (wrong != std::errc() || end != text->data() + digits || number < 0) return std::nullopt;
  text->remove_prefix(digits);
  return number;
}

bool letter_off(std::string_view* text, std::string_view any_of) {
  if (text->empty() || any_of.find(text->front()) == std::string_view::npos) return false;
  text->remove_prefix(1);
  return true;
}

// "+01:00", "-0130", "Z": in seconds. Nothing for what is no offset.
std::optional<int64_t> offset_in(std::string_view text) {
  if (text.empty() || text == "Z" || text == "z" || text == "UTC") return 0;
  const bool is_west = text.front() == '-';
  if (!letter_off(&text, "+-")) return std::nullopt;
  const std::optional<int> hours = number_off(&text, 2);
  letter_off(&text, ":");
  const std::optional<int> minutes = text.empty() ? 0 : number_off(&text, 2);
  if (!hours || !minutes || !text.empty() || *hours > 23 || *minutes > 59) return std::nullopt;
  const int64_t seconds = *hours * 3600 + *minutes * 60;
  return is_west ? -seconds : seconds;
}

}  // namespace

std::optional<uint64_t> nanoseconds(std::string_view seconds) {
  const std::string_view text = trimmed(seconds);
  if (text.empty() || text.size() > kLongestNumber) return std::nullopt;
  const std::optional<std::string> plain = without_commas(text);
  if (!plain) return std::nullopt;
  double number = 0;
  const auto [end, wrong] = std::from_chars(plain->data(), plain->data() + plain->size(), number);
  if (end != plain->data() + plain->size()) return std::nullopt;
  // Too small, or too large: which it was is not said.
  if (wrong == std::errc::result_out_of_range && plain->find("e-") != std::string::npos) return 0;
  if (wrong != std::errc() || !(number >= 0 && number <= kLongestSeconds)) return std::nullopt;
  return static_cast<uint64_t>(number * 1e9);
}

std::optional<int64_t> moment(std::string_view text) {
  text = trimmed(text);
  std::array<int, 6> parts{};  // year, month, day, hour, minute, second
  constexpr std::array<std::string_view, 6> kBefore = {"", "-", "-", "Tt ", ":", ":"};
  for (size_t part = 0; part < parts.size(); ++part) {
    if (part > 0 && !letter_off(&text, kBefore[part])) return std::nullopt;
    const std::optional<int> number = number_off(&text, part == 0 ? 4 : 2);
    if (!number) return std::nullopt;
    parts[part] = *number;
  }
  if (letter_off(&text, ".,"))
    while (letter_off(&text, "0123456789")) {
    }
  const std::optional<int64_t> offset = offset_in(trimmed(text));
  const std::chrono::year_month_day day{std::chrono::year{parts[0]},
                                        std::chrono::month{static_cast<unsigned>(parts[1])},
                                        std::chrono::day{static_cast<unsigned>(parts[2])}};
  if (!offset || !day.ok() || parts[0] < 1970 || parts[3] > 23 || parts[4] > 59 || parts[5] > 60)
    return std::nullopt;
  const int64_t days = std::chrono::sys_days(day).time_since_epoch().count();
  return days * 86400 + parts[3] * 3600 + parts[4] * 60 + parts[5] - *offset;
}

}  // namespace alibi::junit

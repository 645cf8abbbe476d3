#include "collector/plan_folder/go_json.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "collector/plan_folder/utf8.h"

namespace alibi::plan_folder {
namespace {

constexpr char kReplacement[] = "\\ufffd";

// Stands for itself.
bool is_plain(char c) {
  return c >= 0x20 && c < 0x7F && c != '"' && c != '\\' && c != '<' && c != '>' && c != '&';
}

void add_ascii(char c, std::string* out) {
  static constexpr char kHex[] = "0123456789abcdef";
  switch (c) {
    case '"':
    case '\\':
      *out += '\\';
      *out += c;
      return;
    case '\b':
      *out += "\\b";
      return;
    case '\f':
      *out += "\\f";
      return;
    case '\n':
      *out += "\\n";
      return;
    case '\r':
      *out += "\\r";
      return;
    case '\t':
      *out += "\\t";
      return;
    default:
      break;
  }
  const auto byte = static_cast<unsigned char>(c);
  if (byte >= 0x20 && c != '<' && c != '>' && c != '&') {
    *out += c;
    return;
  }
  *out += "\\u00";
  *out += kHex[byte >> 4];
  *out += kHex[byte & 0xF];
}

// Where C++ writes a large whole number with digits that its double does not tell apart, Go has zeros.
constexpr double kExactWholes = 9007199254740992;

// "1.25e+18" -> "1250000000000000000"
std::string written_out(const std::string& scientific) {
  const size_t mark = scientific.find('e');
  std::string digits = scientific.substr(0, mark);
  const size_t sign = digits.starts_with('-') ? 1 : 0;
  std::erase(digits, '.');
  const size_t wanted = sign + 1 + static_cast<size_t>(std::stoul(scientific.substr(mark + 2)));
  digits.append(wanted > digits.size() ? wanted - digits.size() : 0, '0');
  return digits;
}

}  // namespace

std::string go_quoted(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const auto plain =
        static_cast<size_t>(std::find_if_not(text.begin(), text.end(), is_plain) - text.begin());
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    const size_t length = utf8_length(text);
    const std::string_view character = text.substr(0, length == 0 ? 1 : length);
    if (length == 0) {
      out += kReplacement;
    } else if (length == 1) {
      add_ascii(character.front(), &out);
    } else if (character == "\xE2\x80\xA8") {
      out += "\\u2028";
    } else if (character == "\xE2\x80\xA9") {
      out += "\\u2029";
    } else {
      out += character;
    }
    text.remove_prefix(character.size());
  }
  return out + '"';
}

std::string go_number(double value) {
  if (!std::isfinite(value)) return "0";
  const double size = std::fabs(value);
  const bool scientific = size != 0 && (size < 1e-6 || size >= kExactWholes);
  char digits[400];
  const auto [end, failure] =
      std::to_chars(digits, digits + sizeof digits, value,
                    scientific ? std::chars_format::scientific : std::chars_format::fixed);
  if (failure != std::errc()) return "0";
  std::string text(digits, end);
  // Go has e-9 where C has e-09.
  const size_t exponent = text.find("e-0");
  if (exponent != std::string::npos) text.erase(exponent + 2, 1);
  return size >= kExactWholes && size < 1e21 ? written_out(text) : text;
}

void GoJson::new_line() {
  bytes_ += '\n';
  bytes_.append(levels_.size() * 2, ' ');
}

void GoJson::begin_value() {
  if (after_key_ || levels_.empty()) {
    after_key_ = false;
    return;
  }
  if (!levels_.back().empty) bytes_ += ',';
  levels_.back().empty = false;
  new_line();
}

GoJson& GoJson::open(char bracket) {
  begin_value();
  bytes_ += bracket;
  levels_.push_back({bracket == '{' ? '}' : ']'});
  return *this;
}

GoJson& GoJson::close() {
  const Level level = levels_.back();
  levels_.pop_back();
  if (!level.empty) new_line();
  bytes_ += level.closing;
  return *this;
}

GoJson& GoJson::key(std::string_view name) {
  begin_value();
  bytes_ += go_quoted(name);
  bytes_ += ": ";
  after_key_ = true;
  return *this;
}

GoJson& GoJson::raw(std::string_view value) {
  begin_value();
  bytes_ += value;
  return *this;
}

}  // namespace alibi::plan_folder

#include "collector/serve/html.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <iterator>

#include "collector/serve/style.h"

namespace alibi::serve {
namespace {

constexpr std::pair<const char*, const char*> kPlaces[] = {{"/", "Sessions"},
                                                           {"/tests", "Tests"},
                                                           {"/files", "Files"},
                                                           {"/saved", "Time saved"},
                                                           {"/settings", "Settings"}};

constexpr const char* kIcon =
    R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" width="20" height="20" aria-hidden="true">)"
    R"(<rect width="16" height="16" rx="4" fill="#2456b8"/>)"
    R"(<path d="M3.5 8.5l3 3 6-7" fill="none" stroke="#fff" stroke-width="2"/></svg>)";

// Changes when the style sheet does, so that browsers keep the one of this version.
const std::string& style_address() {
  static const std::string kAddress = [] {
    uint32_t hash = 2166136261;
    for (const char* letter = style_sheet(); *letter != '\0'; ++letter)
      hash = (hash ^ static_cast<unsigned char>(*letter)) * 16777619;
    return "/style.css?v=" + std::to_string(hash);
  }();
  return kAddress;
}

// After these a line's end would be seen as a space.
bool is_inline(std::string_view tag) {
  constexpr std::string_view kTags[] = {"a", "span", "time", "code", "strong", "small"};
  return std::find(std::begin(kTags), std::end(kTags), tag) != std::end(kTags);
}

// U+2400 and following are pictures of the control characters.
void append_visible(unsigned char control, std::string* text) {
  constexpr unsigned char kDelete = 0x7f, kPictureOfDelete = 0xa1;
  text->append("\xE2\x90");
  text->push_back(static_cast<char>(control == kDelete ? kPictureOfDelete : 0x80 + control));
}

}  // namespace

std::string clipped(std::string_view text, size_t letters) {
  size_t bytes = 0;
  while (bytes < text.size() && letters > 0) {
    bytes += 1;
    while (bytes < text.size() && (static_cast<unsigned char>(text[bytes]) & 0xC0U) == 0x80) bytes += 1;
    letters -= 1;
  }
  return std::string(text.substr(0, bytes)) + (bytes < text.size() ? "…" : "");
}

std::string escaped(std::string_view text) {
  std::string result;
  result.reserve(text.size() + 16);
  for (const char letter : text) {
    switch (letter) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      case '\'':
        result += "&#39;";
        break;
      case '\n':
      case '\t':
        result.push_back(letter);
        break;
      default:
        if (static_cast<unsigned char>(letter) < ' ' || letter == 0x7f)
          append_visible(static_cast<unsigned char>(letter), &result);
        else
          result.push_back(letter);
    }
  }
  return result;
}

Html& Html::open(const char* tag, Attributes attributes) {
  text_.append("<").append(tag);
  for (const auto& [name, value] : attributes)
    text_.append(" ").append(name).append("=\"").append(escaped(value)).append("\"");
  text_.append(">");
  return *this;
}

Html& Html::close(const char* tag) {
  text_.append("</").append(tag).append(is_inline(tag) ? ">" : ">\n");
  return *this;
}

Html& Html::text(std::string_view text) {
  text_ += escaped(text);
  return *this;
}

Html& Html::element(const char* tag, std::string_view text, Attributes attributes) {
  return open(tag, attributes).text(text).close(tag);
}

Html& Html::link(std::string_view address, std::string_view text) {
  return open("a", {{"href", address}}).text(text).close("a");
}

Html& Html::drawing(std::string_view svg) {
  text_ += svg;
  return *this;
}

Answer icon() {
  Answer answer;
  answer.type = "image/svg+xml";
  answer.body = kIcon;
  answer.headers = {{"Cache-Control", "max-age=86400"}, {"X-Content-Type-Options", "nosniff"}};
  return answer;
}

Answer page(std::string_view title, std::string main, std::string_view current) {
  Html head;
  head.open("html", {{"lang", "en"}}).open("head").open("meta", {{"charset", "utf-8"}});
  head.open("meta", {{"name", "viewport"}, {"content", "width=device-width, initial-scale=1"}});
  head.open("meta", {{"name", "color-scheme"}, {"content", "light dark"}});
  constexpr size_t kLongestTitle = 100;
  head.element("title", clipped(title, kLongestTitle) + " · Alibi")
      .open("link", {{"rel", "stylesheet"}, {"href", style_address()}})
      .open("link", {{"rel", "icon"}, {"href", "/icon.svg"}, {"type", "image/svg+xml"}});
  head.close("head")
      .open("body")
      .open("a", {{"class", "jump"}, {"href", "#main"}})
      .text("Skip to content")
      .close("a");
  head.open("header").open("nav", {{"aria-label", "Pages"}});
  head.open("span", {{"class", "brand"}}).drawing(kIcon).element("strong", "Alibi").close("span");
  for (const auto& [address, name] : kPlaces) {
    if (current == address)
      head.open("a", {{"href", address}, {"aria-current", "page"}}).text(name).close("a");
    else
      head.link(address, name);
  }
  head.close("nav").close("header").open("main", {{"id", "main"}, {"tabindex", "-1"}});
  Answer answer;
  answer.type = "text/html; charset=utf-8";
  answer.body = "<!doctype html>" + head.take() + std::move(main) + "</main></body></html>\n";
  answer.headers = {{"Content-Security-Policy",
                     "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri "
                     "'none'; frame-ancestors 'none'"},
                    {"X-Content-Type-Options", "nosniff"},
                    {"Referrer-Policy", "same-origin"},
                    {"Cache-Control", "no-store"}};
  return answer;
}

std::string duration_text(uint64_t nanoseconds) {
  const double seconds = static_cast<double>(nanoseconds) / 1e9;
  std::array<char, 48> text{};
  if (seconds < 0.1)
    std::snprintf(text.data(), text.size(), nanoseconds == 0 ? "0 ms" : "%.1f ms", seconds * 1e3);
  else if (seconds < 1)
    std::snprintf(text.data(), text.size(), "%.0f ms", seconds * 1e3);
  else if (seconds < 120)
    std::snprintf(text.data(), text.size(), "%.2f s", seconds);
  else if (seconds < 7200)
    std::snprintf(text.data(), text.size(), "%.1f min", seconds / 60);
  else
    std::snprintf(text.data(), text.size(), "%.1f h", seconds / 3600);
  return text.data();
}

std::string moment_text(uint64_t unix_ns) {
  const auto seconds = static_cast<time_t>(unix_ns / 1'000'000'000);
  std::tm parts{};
  std::array<char, 40> text{};
  if (::gmtime_r(&seconds, &parts) == nullptr) return "?";
  std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S UTC", &parts);
  return text.data();
}

std::string age_text(uint64_t unix_ns, uint64_t now_ns) {
  if (unix_ns == 0) return "never";
  if (unix_ns > now_ns) return moment_text(unix_ns);
  constexpr uint64_t kMinute = 60, kHour = 3600, kDay = 86400;
  const uint64_t seconds = (now_ns - unix_ns) / 1'000'000'000;
  if (seconds < kMinute) return "just now";
  if (seconds < 2 * kHour) return std::to_string(seconds / kMinute) + " min ago";
  if (seconds < 2 * kDay) return std::to_string(seconds / kHour) + " h ago";
  constexpr uint64_t kDaysNamed = 60;
  if (seconds < kDaysNamed * kDay) return std::to_string(seconds / kDay) + " days ago";
  return moment_text(unix_ns).substr(0, std::string_view("2026-11-22").size());
}

std::string count_text(uint64_t number) {
  std::string text = std::to_string(number);
  for (size_t place = text.size(); place > 3; place -= 3) text.insert(place - 3, ",");
  return text;
}

}  // namespace alibi::serve

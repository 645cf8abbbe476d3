#include "collector/serve/html.h"

#include <array>
#include <cstdio>
#include <ctime>

namespace alibi::serve {
namespace {

constexpr std::pair<const char*, const char*> kPlaces[] = {{"/", "Sessions"},
                                                           {"/tests", "Tests"},
                                                           {"/files", "Files"},
                                                           {"/saved", "Time saved"},
                                                           {"/settings", "Settings"}};

}  // namespace

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
      case '\0':
        result += "\xEF\xBF\xBD";
        break;
      default:
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
  text_.append("</").append(tag).append(">\n");
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

Answer page(std::string_view title, std::string main, std::string_view current) {
  Html head;
  head.open("html", {{"lang", "en"}}).open("head").open("meta", {{"charset", "utf-8"}});
  head.open("meta", {{"name", "viewport"}, {"content", "width=device-width, initial-scale=1"}});
  head.element("title", std::string(title) + " · Alibi")
      .open("link", {{"rel", "stylesheet"}, {"href", "/style.css"}});
  head.close("head")
      .open("body")
      .open("a", {{"class", "jump"}, {"href", "#main"}})
      .text("Skip to content")
      .close("a");
  head.open("header").open("nav", {{"aria-label", "Pages"}}).element("strong", "Alibi");
  for (const auto& [address, name] : kPlaces) {
    if (current == address)
      head.open("a", {{"href", address}, {"aria-current", "page"}}).text(name).close("a");
    else
      head.link(address, name);
  }
  head.close("nav").close("header").open("main", {{"id", "main"}}).element("h1", title);
  Answer answer;
  answer.type = "text/html; charset=utf-8";
  answer.body = "<!doctype html>" + head.take() + std::move(main) + "</main></body></html>\n";
  answer.headers = {
      {"Content-Security-Policy",
       "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"},
      {"X-Content-Type-Options", "nosniff"},
      {"Referrer-Policy", "same-origin"},
      {"Cache-Control", "no-store"}};
  return answer;
}

std::string duration_text(uint64_t nanoseconds) {
  const double seconds = static_cast<double>(nanoseconds) / 1e9;
  std::array<char, 48> text{};
  if (seconds < 1)
    std::snprintf(text.data(), text.size(), "%.1f ms", seconds * 1e3);
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

}  // namespace alibi::serve

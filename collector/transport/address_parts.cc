#include "collector/transport/address_parts.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace alibi::transport {
namespace {

constexpr size_t kLongestHost = 253;
constexpr size_t kLongestUrl = 2048;
constexpr size_t kLongestSocketPath = 107;  // sockaddr_un
constexpr size_t kLongestShown = 120;

char lower(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

bool is_letter_or_digit(char letter) {
  const char small = lower(letter);
  return (small >= 'a' && small <= 'z') || (small >= '0' && small <= '9');
}

bool is_hex(char letter) {
  const char small = lower(letter);
  return (small >= '0' && small <= '9') || (small >= 'a' && small <= 'f');
}

bool is_printable(char letter) {
  return letter > ' ' && letter < '\x7f';
}

bool takes_scheme(std::string_view scheme, std::string_view* text) {
  if (text->size() < scheme.size()) return false;
  if (!std::equal(scheme.begin(), scheme.end(), text->begin(),
                  [](char wanted, char found) { return wanted == lower(found); }))
    return false;
  text->remove_prefix(scheme.size());
  return true;
}

std::variant<UrlParts, Fault> parse_unix(std::string_view path) {
  if (!path.starts_with('/')) return Fault{"the socket's path is not absolute (unix:///path/to.sock)"};
  if (path.size() > kLongestSocketPath) return Fault{"the socket's path has more than 107 characters"};
  if (path.find('\0') != std::string_view::npos) return Fault{"the socket's path holds a zero byte"};
  return UrlParts{"http://localhost", std::string(path)};
}

// The host, in brackets or not, and what stands behind it.
struct HostSplit {
  std::string_view host;
  std::string_view rest;
  bool good = false;
};

HostSplit split_host(std::string_view authority) {
  if (!authority.starts_with('[')) {
    const size_t colon = std::min(authority.find(':'), authority.size());
    const std::string_view host = authority.substr(0, colon);
    return {host, authority.substr(colon), is_host_name(host)};
  }
  const size_t end = authority.find(']');
  if (end == std::string_view::npos) return {};
  return {authority.substr(0, end + 1), authority.substr(end + 1), is_ipv6(authority.substr(1, end - 1))};
}

}  // namespace

bool is_host_name(std::string_view host) {
  if (host.empty() || host.size() > kLongestHost || host.starts_with('.') || host.starts_with('-'))
    return false;
  if (host.find("..") != std::string_view::npos) return false;
  return std::all_of(host.begin(), host.end(), [](char letter) {
    return is_letter_or_digit(letter) || letter == '-' || letter == '.' || letter == '_';
  });
}

bool is_ipv6(std::string_view host) {
  if (host.size() < 2 || host.size() > 45 || host.find(':') == std::string_view::npos) return false;
  return std::all_of(host.begin(), host.end(),
                     [](char letter) { return is_hex(letter) || letter == ':' || letter == '.'; });
}

bool is_port(std::string_view port) {
  uint32_t number = 0;
  const auto parsed = std::from_chars(port.data(), port.data() + port.size(), number);
  return parsed.ec == std::errc() && parsed.ptr == port.data() + port.size() && number >= 1 &&
         number <= 65535;
}

std::variant<UrlParts, Fault> parse_url(std::string_view text, UnixUrls unix_urls) {
  if (text.size() > kLongestUrl) return Fault{"it is longer than any address"};
  if (unix_urls == UnixUrls::kTaken && takes_scheme("unix://", &text)) return parse_unix(text);
  if (!std::all_of(text.begin(), text.end(), is_printable))
    return Fault{"it holds spaces, line breaks or letters beyond ASCII"};
  const bool secure = takes_scheme("https://", &text);
  if (!secure && !takes_scheme("http://", &text)) {
    return Fault{unix_urls == UnixUrls::kTaken ? "it begins with none of http://, https:// and unix://"
                                               : "it begins with neither http:// nor https://"};
  }
  const size_t slash = std::min(text.find_first_of("/?#"), text.size());
  const std::string_view authority = text.substr(0, slash);
  std::string_view path = text.substr(slash);
  if (authority.find('@') != std::string_view::npos) return Fault{"it holds a user or password"};
  if (path.find_first_of("?#\\") != std::string_view::npos)
    return Fault{"it holds a query, a fragment or a backslash"};
  const HostSplit split = split_host(authority);
  if (authority.empty() || split.host.empty()) return Fault{"it has no host"};
  if (!split.good) return Fault{"its host is no host name"};
  if (!split.rest.empty() && (!split.rest.starts_with(':') || !is_port(split.rest.substr(1))))
    return Fault{"its port is no number from 1 to 65535"};
  while (path.ends_with('/')) path.remove_suffix(1);
  std::string url = secure ? "https://" : "http://";
  url.append(authority).append(path);
  return UrlParts{std::move(url), {}};
}

bool is_loopback_url(std::string_view url) {
  if (!takes_scheme("http://", &url) && !takes_scheme("https://", &url)) return false;
  const HostSplit split = split_host(url.substr(0, std::min(url.find('/'), url.size())));
  std::string host(split.host);
  std::transform(host.begin(), host.end(), host.begin(), lower);
  if (host == "localhost" || host == "[::1]") return true;
  return host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string::npos;
}

std::string shown(std::string_view text) {
  std::string visible(text);
  const size_t scheme = visible.find("://");
  const size_t start = scheme == std::string::npos ? 0 : scheme + 3;
  // Up to the last one: a password may hold the sign itself.
  if (const size_t at = visible.rfind('@'); at != std::string::npos && at >= start)
    visible.replace(start, at - start, "***");
  if (const size_t query = visible.find_first_of("?#"); query != std::string::npos)
    visible.replace(query + 1, std::string::npos, "***");
  if (visible.size() > kLongestShown) visible = visible.substr(0, kLongestShown) + "...";
  std::replace_if(
      visible.begin(), visible.end(), [](char letter) { return letter != ' ' && !is_printable(letter); },
      '?');
  return visible;
}

}  // namespace alibi::transport

#include "collector/queue/queue_address.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

#include "collector/model/plan_errors.h"

namespace alibi::queue {
namespace {

// Without the URL: it may hold a password.
Error wrong(const std::string& what) {
  return {collector::kQueue, 0,
          "--queue: " + what +
              ": give redis://[user:password@]host[:port][/db], the same with rediss:// for TLS, "
              "or unix:///path/of/socket"};
}

std::optional<uint32_t> number_of(std::string_view text, uint32_t most) {
  uint32_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc() || end != text.data() + text.size() || number > most) return std::nullopt;
  return number;
}

std::optional<uint8_t> digit_of(char letter) {
  if (letter >= '0' && letter <= '9') return static_cast<uint8_t>(letter - '0');
  if (letter >= 'a' && letter <= 'f') return static_cast<uint8_t>(letter - 'a' + 10);
  if (letter >= 'A' && letter <= 'F') return static_cast<uint8_t>(letter - 'A' + 10);
  return std::nullopt;
}

std::optional<std::string> decoded(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      out += text[at];
      continue;
    }
    if (at + 2 >= text.size()) return std::nullopt;
    const std::optional<uint8_t> high = digit_of(text[at + 1]), low = digit_of(text[at + 2]);
    if (!high || !low) return std::nullopt;
    out += static_cast<char>(*high * 16 + *low);
    at += 2;
  }
  return out;
}

// Takes "user:password@" from the front. A password may hold an '@' that nobody escaped.
Result<void> take_credentials(std::string_view* rest, QueueAddress* address) {
  const size_t end = rest->substr(0, rest->find('/')).rfind('@');
  if (end == std::string_view::npos) return {};
  const std::string_view both = rest->substr(0, end);
  rest->remove_prefix(end + 1);
  const size_t colon = both.find(':');
  if (colon == std::string_view::npos)
    return wrong("before the '@' there is no ':' (a password alone is \":password@\")");
  const std::optional<std::string> user = decoded(both.substr(0, colon)),
                                   password = decoded(both.substr(colon + 1));
  if (!user || !password) return wrong("user or password has a '%' that is not followed by two digits");
  address->user = *user;
  address->password = *password;
  return {};
}

Result<QueueAddress> socket_address(std::string_view rest, QueueAddress address) {
  const size_t query = rest.find('?');
  if (query != std::string_view::npos) {
    const std::string_view option = rest.substr(query + 1);
    const std::optional<uint32_t> database =
        option.starts_with("db=") ? number_of(option.substr(3), 65535) : std::nullopt;
    if (!database) return wrong("after the '?' only db=N is known");
    address.database = *database;
  }
  const std::optional<std::string> path = decoded(rest.substr(0, query));
  if (!path || !path->starts_with('/') || path->find('\0') != std::string::npos)
    return wrong("the path of the socket is not absolute");
  address.socket = *path;
  address.shown = "unix://" + address.socket;
  return address;
}

Result<QueueAddress> network_address(std::string_view rest, QueueAddress address) {
  const size_t slash = rest.find('/');
  std::string_view place = rest.substr(0, slash);
  const std::string_view database = slash == std::string_view::npos ? "" : rest.substr(slash + 1);
  if (!database.empty()) {
    const std::optional<uint32_t> number = number_of(database, 65535);
    if (!number) return wrong("the database after the '/' is not a number");
    address.database = *number;
  }
  std::string_view port;
  if (place.starts_with('[')) {  // IPv6
    const size_t end = place.find(']');
    if (end == std::string_view::npos) return wrong("the '[' of the host is not closed");
    port = place.substr(end + 1);
    address.host = place.substr(1, end - 1);
  } else {
    address.host = place.substr(0, place.find(':'));
    port = place.substr(address.host.size());
  }
  if (!port.empty()) {
    const std::optional<uint32_t> number = port[0] == ':' ? number_of(port.substr(1), 65535) : std::nullopt;
    if (number.value_or(0) == 0) return wrong("the port is not a number from 1 to 65535");
    address.port = std::to_string(*number);
  }
  const bool plain = std::ranges::all_of(
      address.host, [](char letter) { return static_cast<unsigned char>(letter) > ' ' && letter != '@'; });
  if (address.host.empty() || !plain) return wrong("there is no host");
  address.shown = (address.tls ? "rediss://" : "redis://") +
                  (place.starts_with('[') ? "[" + address.host + "]" : address.host) + ":" + address.port;
  return address;
}

}  // namespace

Result<QueueAddress> parse_address(const std::string& url) {
  const size_t colon = url.find("://");
  if (colon == std::string::npos) return wrong("this is no URL");
  const std::string scheme = url.substr(0, colon);
  std::string_view rest = std::string_view(url).substr(colon + 3);
  if (scheme != "redis" && scheme != "rediss" && scheme != "unix")
    return wrong("only redis://, rediss:// and unix:// are known, not what is before \"://\"");
  QueueAddress address;
  address.tls = scheme == "rediss";
  if (const Result<void> taken = take_credentials(&rest, &address); !taken.ok()) return taken.error();
  return scheme == "unix" ? socket_address(rest, std::move(address))
                          : network_address(rest, std::move(address));
}

}  // namespace alibi::queue

// The pieces of addresses, checked: http, https and unix URLs, hosts, ports. Used by intake_address; pure.
// What it accepts needs no quoting in a URL. Every refusal says what is wrong, quoting nothing.
#ifndef ALIBI_COLLECTOR_TRANSPORT_ADDRESS_PARTS_H_
#define ALIBI_COLLECTOR_TRANSPORT_ADDRESS_PARTS_H_

#include <string>
#include <string_view>
#include <variant>

namespace alibi::transport {

struct UrlParts {
  std::string base_url;     // scheme, host, port and path, no slash at its end
  std::string unix_socket;  // of unix:// URLs; base_url is then of a host's name only
};

// Why the text is refused: "it has no host".
struct Fault {
  std::string why;
};

enum class UnixUrls : bool { kRefused, kTaken };

std::variant<UrlParts, Fault> parse_url(std::string_view text, UnixUrls unix_urls);

// A name or an IPv4 address.
bool is_host_name(std::string_view host);
bool is_ipv6(std::string_view host);  // without brackets
bool is_port(std::string_view port);  // 1 to 65535
// Of an http or https URL: localhost, 127.0.0.0/8 or ::1.
bool is_loopback_url(std::string_view url);

// What may be shown of an address: without a user part, a query, and what can be no address.
std::string shown(std::string_view text);

}  // namespace alibi::transport

#endif  // ALIBI_COLLECTOR_TRANSPORT_ADDRESS_PARTS_H_

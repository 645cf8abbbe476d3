// The HttpClient of the product, on libcurl: TLS with the certificate checked, proxies by the usual variables
// (never for loopback hosts and unix sockets), connections kept and used again, no redirects, no cookies, no
// signals. Used by intake_client; any thread. Keeps one open connection for each request that was under way
// at once. Holds at most 64 KiB of headers of an answer.
#ifndef ALIBI_COLLECTOR_TRANSPORT_CURL_CLIENT_H_
#define ALIBI_COLLECTOR_TRANSPORT_CURL_CLIENT_H_

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "collector/transport/http_client.h"

namespace alibi::transport {

struct CurlOptions {
  // Certificates to trust instead of the system's; empty: the system's.
  std::string certificate_file;
  std::string certificate_folder;
};

// What SSL_CERT_FILE and SSL_CERT_DIR name, as with all that uses OpenSSL; libcurl does not ask for them.
// environment: a map from names to values.
template <typename Environment>
CurlOptions certificates_of(const Environment& environment) {
  const auto value = [&](const char* name) {
    const auto found = environment.find(name);
    return found == environment.end() ? std::string() : std::string(found->second);
  };
  return {value("SSL_CERT_FILE"), value("SSL_CERT_DIR")};
}

class CurlClient final : public HttpClient {
 public:
  explicit CurlClient(CurlOptions options = {});
  ~CurlClient() override;
  CurlClient(const CurlClient&) = delete;
  CurlClient& operator=(const CurlClient&) = delete;

  HttpAnswer perform(const HttpRequest& request) override;

 private:
  class Channel;  // a connection and what libcurl keeps beside it

  CurlOptions options_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Channel>> idle_;
};

}  // namespace alibi::transport

#endif  // ALIBI_COLLECTOR_TRANSPORT_CURL_CLIENT_H_

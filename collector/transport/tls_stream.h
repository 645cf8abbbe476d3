// Bytes to and from a server over TLS, its certificate checked, on libcurl: for what is not HTTP. No proxies.
// Used by queue's redis_server; one thread at a time. The socket does not block: who gets nothing waits on
// it.
#ifndef ALIBI_COLLECTOR_TRANSPORT_TLS_STREAM_H_
#define ALIBI_COLLECTOR_TRANSPORT_TLS_STREAM_H_

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "collector/transport/curl_client.h"
#include "tracer/base/result.h"

namespace alibi::transport {

class TlsStream {
 public:
  // An error (kCannotRead) when it is not connected within `patience`: unreachable, of another
  // name, signed by nobody we trust, or libcurl is not installed. host: without the brackets of IPv6.
  static Result<std::unique_ptr<TlsStream>> connect(const std::string& host, const std::string& port,
                                                    const CurlOptions& options,
                                                    std::chrono::milliseconds patience);
  ~TlsStream();
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;

  int socket() const { return socket_; }
  // How many bytes went; nothing when none can go or come now. An error when the connection broke;
  // receive: 0 at its end.
  Result<std::optional<size_t>> send(std::string_view bytes);
  Result<std::optional<size_t>> receive(char* bytes, size_t most);

 private:
  TlsStream() = default;

  void* easy_ = nullptr;  // CURL*
  int socket_ = -1;
};

}  // namespace alibi::transport

#endif  // ALIBI_COLLECTOR_TRANSPORT_TLS_STREAM_H_

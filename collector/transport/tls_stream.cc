#include "collector/transport/tls_stream.h"

#include <algorithm>
#include <cstring>

#include "collector/transport/curl_library.h"

namespace alibi::transport {
namespace {

Error failed(const std::string& what) {
  return Error{ErrorCode::kCannotRead, 0, what};
}

// One line of printable characters: libcurl may quote what the other side said.
std::string plain_line(const char* text) {
  std::string line(text, strnlen(text, 200));
  std::replace_if(
      line.begin(), line.end(), [](char letter) { return letter < ' ' || letter > '~'; }, '?');
  return line;
}

std::string place_of(const std::string& host, const std::string& port) {
  const bool v6 = host.find(':') != std::string::npos;
  return "https://" + (v6 ? "[" + host + "]" : host) + ":" + port + "/";
}

}  // namespace

Result<std::unique_ptr<TlsStream>> TlsStream::connect(const std::string& host, const std::string& port,
                                                      const CurlOptions& options,
                                                      std::chrono::milliseconds patience) {
  const CurlLibrary* const curl = curl_library();
  if (curl == nullptr) return failed("TLS needs libcurl, which is not installed: install libcurl4");
  std::unique_ptr<TlsStream> stream(new TlsStream);
  CURL* const easy = curl->easy_init();
  if (easy == nullptr) return failed("there is no memory for a connection");
  stream->easy_ = easy;
  char details[CURL_ERROR_SIZE] = {};
  const auto set = [&](CURLoption option, auto value) { curl->easy_setopt(easy, option, value); };
  const std::string place = place_of(host, port);
  const long left = static_cast<long>(std::max<int64_t>(patience.count(), 1));
  set(CURLOPT_URL, place.c_str());
  set(CURLOPT_CONNECT_ONLY, 1L);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_ERRORBUFFER, details);
  set(CURLOPT_TIMEOUT_MS, left);
  set(CURLOPT_CONNECTTIMEOUT_MS, left);
  set(CURLOPT_PROXY, "");
  set(CURLOPT_SSL_ENABLE_ALPN, 0L);  // what is spoken is not HTTP
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
#if LIBCURL_VERSION_NUM >= 0x075700
  set(CURLOPT_QUICK_EXIT, 1L);  // a name server that is silent must not hold us beyond the deadline
#endif
  if (!options.certificate_file.empty()) set(CURLOPT_CAINFO, options.certificate_file.c_str());
  if (!options.certificate_folder.empty()) set(CURLOPT_CAPATH, options.certificate_folder.c_str());
  const CURLcode code = curl->easy_perform(easy);
  curl->easy_setopt(easy, CURLOPT_ERRORBUFFER, nullptr);
  if (code == CURLE_OPERATION_TIMEDOUT) return failed("it does not answer in time");
  if (code != CURLE_OK) return failed(plain_line(details[0] != '\0' ? details : curl->easy_strerror(code)));
  curl_socket_t socket = CURL_SOCKET_BAD;
  if (curl->easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &socket) != CURLE_OK || socket == CURL_SOCKET_BAD)
    return failed("libcurl lost the connection");
  stream->socket_ = socket;
  return stream;
}

TlsStream::~TlsStream() {
  if (easy_ != nullptr) curl_library()->easy_cleanup(easy_);
}

Result<std::optional<size_t>> TlsStream::send(std::string_view bytes) {
  const CurlLibrary& curl = *curl_library();
  size_t sent = 0;
  const CURLcode code = curl.easy_send(easy_, bytes.data(), bytes.size(), &sent);
  if (code == CURLE_OK) return std::optional(sent);
  if (code == CURLE_AGAIN) return std::optional<size_t>();
  return failed("the connection broke: " + plain_line(curl.easy_strerror(code)));
}

Result<std::optional<size_t>> TlsStream::receive(char* bytes, size_t most) {
  const CurlLibrary& curl = *curl_library();
  size_t got = 0;
  const CURLcode code = curl.easy_recv(easy_, bytes, most, &got);
  if (code == CURLE_OK) return std::optional(got);
  if (code == CURLE_AGAIN) return std::optional<size_t>();
  return failed("the connection broke: " + plain_line(curl.easy_strerror(code)));
}

}  // namespace alibi::transport

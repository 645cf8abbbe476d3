#include "collector/transport/curl_client.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <new>
#include <optional>
#include <utility>

#include "collector/compression/gzip.h"
#include "collector/model/error_codes.h"
#include "collector/transport/address_parts.h"
#include "collector/transport/curl_library.h"

namespace alibi::transport {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using SteadyClock = std::chrono::steady_clock;

constexpr size_t kLargestHeaders = 64 * 1024;
constexpr size_t kMostIdle = 8;
constexpr size_t kFirstPiece = 64 * 1024;
constexpr size_t kLargestHint = 16 * 1024;  // of what a server says beside a refusal
// For the body behind a status that says enough: long enough to keep the connection with any server that is
// well, short enough not to be felt.
constexpr milliseconds kPatienceForHints{200};

char lower(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

std::string_view trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

// What libcurl tells about one exchange as it goes.
struct Progress {
  const HttpRequest* request = nullptr;
  HttpAnswer* answer = nullptr;
  size_t header_bytes = 0;
  bool headers_too_long = false;
  bool body_too_long = false;
  bool out_of_memory = false;
  std::optional<SteadyClock::time_point> headers_ended;
};

void take_header(std::string_view line, Progress* progress) {
  HttpAnswer& answer = *progress->answer;
  if (line.starts_with("HTTP/")) {  // of a new answer: a 1xx or a proxy's came before
    answer.headers.clear();
    const size_t space = std::min(line.find(' '), line.size() - 1);
    answer.status = 0;
    std::from_chars(line.data() + space + 1, line.data() + line.size(), answer.status);
    progress->headers_ended.reset();
    return;
  }
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return;
  std::string name(line.substr(0, colon));
  std::transform(name.begin(), name.end(), name.begin(), lower);
  answer.headers.emplace_back(std::move(name), trimmed(line.substr(colon + 1)));
}

size_t on_header(char* bytes, size_t size, size_t count, void* user) noexcept {
  auto* progress = static_cast<Progress*>(user);
  const size_t length = size * count;
  progress->header_bytes += length;
  if (progress->header_bytes > kLargestHeaders) {
    progress->headers_too_long = true;
    return 0;
  }
  try {
    const std::string_view line(bytes, length);
    if (!trimmed(line).empty()) {
      take_header(line, progress);
    } else if (!progress->headers_ended) {
      progress->headers_ended = SteadyClock::now();
    }
  } catch (const std::bad_alloc&) {
    progress->out_of_memory = true;
    return 0;
  }
  return length;
}

size_t on_body(char* bytes, size_t size, size_t count, void* user) noexcept {
  auto* progress = static_cast<Progress*>(user);
  const size_t length = size * count;
  std::string& body = progress->answer->body;
  size_t largest = progress->request->largest_answer;
  if (progress->answer->status >= 300) largest = std::min(largest, kLargestHint);
  const size_t taken = std::min(length, largest - std::min(body.size(), largest));
  try {
    // Grown by half rather than doubled, so that less than twice the limit is ever held.
    const size_t wanted = body.size() + taken;
    if (wanted > body.capacity()) body.reserve(std::min(std::max(wanted + wanted / 2, kFirstPiece), largest));
    body.append(bytes, taken);
  } catch (const std::bad_alloc&) {
    progress->out_of_memory = true;
    return 0;
  }
  if (taken == length) return length;
  progress->body_too_long = true;
  return 0;
}

// libcurl would take a gzip that ends early for a whole one, so that this is done here.
void decode(const HttpRequest& request, HttpAnswer* answer) {
  const std::string_view encoding = header_of(*answer, "content-encoding");
  if (encoding.empty() || encoding == "identity" || answer->body.empty()) return;
  Result<std::string> plain = encoding == "gzip" || encoding == "x-gzip"
                                  ? compression::gunzip(answer->body, request.largest_answer)
                                  : Error{ErrorCode::kInvalidArgument, 0, "its answer's encoding is unknown"};
  answer->body = plain.ok() ? std::move(*plain) : std::string();
  if (plain.ok() || answer->fault != HttpFault::kNone) return;
  answer->fault =
      plain.error().code == collector::kPayloadTooLarge ? HttpFault::kTooLarge : HttpFault::kUnreadable;
  answer->complaint = plain.error().message;
}

HttpFault fault_of(CURLcode code, const Progress& progress) {
  if (progress.headers_too_long || progress.body_too_long || progress.out_of_memory)
    return HttpFault::kTooLarge;
  switch (code) {
    case CURLE_OK:
      return HttpFault::kNone;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_PROXY:
    case CURLE_INTERFACE_FAILED:
      return HttpFault::kUnreachable;
    case CURLE_OPERATION_TIMEDOUT:
      return HttpFault::kTimedOut;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_SSL_INVALIDCERTSTATUS:
      return HttpFault::kInsecure;
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return HttpFault::kUnreadable;
    case CURLE_URL_MALFORMAT:
    case CURLE_FAILED_INIT:
    case CURLE_OUT_OF_MEMORY:
    case CURLE_BAD_FUNCTION_ARGUMENT:
    case CURLE_UNKNOWN_OPTION:
      return HttpFault::kImpossible;
    default:
      return HttpFault::kBroken;
  }
}

// One line of printable characters: libcurl may quote what the other side said.
std::string plain_line(const char* text) {
  std::string line(text, std::min<size_t>(std::strlen(text), 200));
  std::replace_if(
      line.begin(), line.end(), [](char letter) { return letter < ' ' || letter > '~'; }, '?');
  return line;
}

std::string complaint_of(CURLcode code, const char* details, const Progress& progress) {
  if (progress.headers_too_long) return "its answer has more than 64 KiB of headers";
  if (progress.body_too_long) return "its answer is longer than any that is expected";
  if (progress.out_of_memory) return "no memory for its answer";
  if (code == CURLE_OK) return {};
  // Without libcurl's numbers: the same complaint of many requests is told once.
  if (code == CURLE_OPERATION_TIMEDOUT) return "no whole answer came in time";
  return plain_line(details[0] != '\0' ? details : curl_library()->easy_strerror(code));
}

bool can_be_a_header(const std::pair<std::string, std::string>& header) {
  constexpr std::string_view kNever("\r\n\0", 3);
  return header.first.find_first_of(std::string(kNever) + ": ") == std::string::npos &&
         header.second.find_first_of(kNever) == std::string::npos;
}

struct FreeList {
  void operator()(curl_slist* list) const { curl_library()->slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, FreeList>;

bool append(HeaderList* list, const std::string& line) {
  curl_slist* const longer = curl_library()->slist_append(list->get(), line.c_str());
  if (longer == nullptr) return false;
  static_cast<void>(list->release());
  list->reset(longer);
  return true;
}

HttpAnswer impossible(const char* why) {
  HttpAnswer answer;
  answer.fault = HttpFault::kImpossible;
  answer.complaint = why;
  return answer;
}

}  // namespace

std::string_view header_of(const HttpAnswer& answer, std::string_view name) {
  for (auto header = answer.headers.rbegin(); header != answer.headers.rend(); ++header)
    if (header->first == name) return header->second;
  return {};
}

// A multi handle rather than curl_easy_perform: the deadline is then ours, and so is the decision to leave
// when the status is known.
class CurlClient::Channel {
 public:
  Channel(const CurlLibrary& curl, const CurlOptions& options) : curl_(curl), options_(options) {}
  ~Channel() {
    if (easy_ != nullptr) curl_.easy_cleanup(easy_);
    if (multi_ != nullptr) curl_.multi_cleanup(multi_);
  }
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  bool open() {
    multi_ = curl_.multi_init();
    easy_ = curl_.easy_init();
    return multi_ != nullptr && easy_ != nullptr;
  }

  HttpAnswer perform(const HttpRequest& request);

 private:
  void set_up(const HttpRequest& request, curl_slist* headers, Progress* progress);
  std::optional<CURLcode> drive(const HttpRequest& request, const Progress& progress);

  const CurlLibrary& curl_;
  const CurlOptions& options_;
  CURLM* multi_ = nullptr;
  CURL* easy_ = nullptr;
  char details_[CURL_ERROR_SIZE] = {};
};

void CurlClient::Channel::set_up(const HttpRequest& request, curl_slist* headers, Progress* progress) {
  curl_.easy_reset(easy_);  // keeps connections
  details_[0] = '\0';
  const auto set = [this](CURLoption option, auto value) { curl_.easy_setopt(easy_, option, value); };
  set(CURLOPT_URL, request.url.c_str());
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_ERRORBUFFER, details_);
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
#if LIBCURL_VERSION_NUM >= 0x075500
  set(CURLOPT_PROTOCOLS_STR, "http,https");
#else
  set(CURLOPT_PROTOCOLS, static_cast<long>(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
#if LIBCURL_VERSION_NUM >= 0x075700
  set(CURLOPT_QUICK_EXIT, 1L);  // a name server that is silent must not hold us beyond the deadline
#endif
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(std::chrono::ceil<milliseconds>(request.deadline).count()));
  set(CURLOPT_HTTPHEADER, headers);
  set(CURLOPT_HEADERFUNCTION, on_header);
  set(CURLOPT_HEADERDATA, progress);
  set(CURLOPT_WRITEFUNCTION, on_body);
  set(CURLOPT_WRITEDATA, progress);
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  if (!options_.certificate_file.empty()) set(CURLOPT_CAINFO, options_.certificate_file.c_str());
  if (!options_.certificate_folder.empty()) set(CURLOPT_CAPATH, options_.certificate_folder.c_str());
  if (!request.unix_socket.empty()) set(CURLOPT_UNIX_SOCKET_PATH, request.unix_socket.c_str());
  if (!request.unix_socket.empty() || is_loopback_url(request.url)) set(CURLOPT_PROXY, "");
  if (request.method == HttpMethod::kPost) {
    set(CURLOPT_POST, 1L);
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    set(CURLOPT_POSTFIELDS, request.body.empty() ? "" : request.body.data());  // not copied
  } else {
    set(CURLOPT_HTTPGET, 1L);
  }
}

// Nothing: left before the end, at the deadline or because the status is enough.
std::optional<CURLcode> CurlClient::Channel::drive(const HttpRequest& request, const Progress& progress) {
  const auto deadline = SteadyClock::now() + request.deadline;
  for (;;) {
    int running = 0;
    if (curl_.multi_perform(multi_, &running) != CURLM_OK) return CURLE_FAILED_INIT;
    int queued = 0;
    while (const CURLMsg* message = curl_.multi_info_read(multi_, &queued))
      if (message->msg == CURLMSG_DONE) return message->data.result;
    if (running == 0) return CURLE_FAILED_INIT;
    auto until = deadline;
    const int status = progress.headers_ended ? progress.answer->status : 0;
    if (status >= 300 || (status >= 200 && request.use == AnswerUse::kStatusOnly))
      until = std::min(until, *progress.headers_ended + kPatienceForHints);
    const auto now = SteadyClock::now();
    if (now >= until) return std::nullopt;
    const auto wait = std::chrono::ceil<milliseconds>(until - now);
    curl_.multi_poll(multi_, nullptr, 0, static_cast<int>(std::min(wait, milliseconds(1000)).count()),
                     nullptr);
  }
}

HttpAnswer CurlClient::Channel::perform(const HttpRequest& request) {
  HeaderList headers;
  bool built = append(&headers, "Expect:");  // no waiting for "100 Continue"
  for (const auto& header : request.headers) {
    if (!can_be_a_header(header)) return impossible("a header holds a line break");
    // libcurl drops a header without a value unless it ends in a semicolon.
    built = built && append(&headers,
                            header.second.empty() ? header.first + ";" : header.first + ": " + header.second);
  }
  if (!built) return impossible("no memory for a request");

  HttpAnswer answer;
  Progress progress;
  progress.request = &request;
  progress.answer = &answer;
  set_up(request, headers.get(), &progress);
  if (curl_.multi_add_handle(multi_, easy_) != CURLM_OK) return impossible("libcurl refused a request");
  const std::optional<CURLcode> code = drive(request, progress);
  curl_.multi_remove_handle(multi_, easy_);  // closes the connection of an exchange that has not ended
  if (!progress.headers_ended || answer.status < 200) answer.status = 0;
  answer.fault = fault_of(code.value_or(CURLE_OPERATION_TIMEDOUT), progress);
  answer.complaint = complaint_of(code.value_or(CURLE_OPERATION_TIMEDOUT), details_, progress);
  curl_.easy_reset(easy_);  // forgets the key and pointers into this call
  decode(request, &answer);
  return answer;
}

CurlClient::CurlClient(CurlOptions options) : options_(std::move(options)) {}
CurlClient::~CurlClient() = default;

HttpAnswer CurlClient::perform(const HttpRequest& request) {
  const CurlLibrary* const curl = curl_library();
  if (curl == nullptr) return impossible("libcurl is not installed: install libcurl4");
  if (request.deadline <= nanoseconds(0)) {
    HttpAnswer answer;
    answer.fault = HttpFault::kTimedOut;
    answer.complaint = "no time is left";
    return answer;
  }
  std::unique_ptr<Channel> channel;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!idle_.empty()) {
      channel = std::move(idle_.back());
      idle_.pop_back();
    }
  }
  if (channel == nullptr) {
    channel = std::make_unique<Channel>(*curl, options_);
    if (!channel->open()) return impossible("no memory for libcurl");
  }
  HttpAnswer answer = channel->perform(request);
  const std::lock_guard<std::mutex> lock(mutex_);
  if (idle_.size() < kMostIdle) idle_.push_back(std::move(channel));
  return answer;
}

}  // namespace alibi::transport

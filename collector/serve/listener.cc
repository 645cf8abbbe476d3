#include "collector/serve/listener.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "collector/model/error_codes.h"

namespace alibi::serve {
namespace {

constexpr int kBacklog = 512;
constexpr size_t kMostDrained = 32u << 20;  // of a body that was refused, so that its sender hears why

std::string address_text(const sockaddr_storage& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.ss_family == AF_INET)
    ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(address).sin_addr, text.data(), text.size());
  else if (address.ss_family == AF_INET6)
    ::inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr, text.data(),
                text.size());
  return text.data();
}

uint16_t port_of(int fd) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) return 0;
  return ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(address).sin6_port
                                             : reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

HttpRequest request_of(const httplib::Request& request) {
  HttpRequest result;
  result.method = request.method;
  const std::string_view target = request.target;
  const size_t question = std::min(target.find('?'), target.size());
  result.path = decoded(target.substr(0, question), false);
  if (question < target.size()) result.query = parse_query(target.substr(question + 1));
  result.header = [&request](const char* name) { return request.get_header_value(name); };
  const std::string length = request.get_header_value("Content-Length");
  const bool chunked = request.get_header_value("Transfer-Encoding") == "chunked";
  if (!chunked && !length.empty()) result.body_length = std::strtoull(length.c_str(), nullptr, 10);
  result.has_body = chunked || result.body_length.value_or(0) > 0;
  return result;
}

void fill(Answer answer, httplib::Response* response) {
  response->status = answer.status;
  for (const auto& [name, value] : answer.headers) response->set_header(name, value);
  if (answer.body.empty() && answer.status == 204) return;
  response->body = std::move(answer.body);
  response->set_header("Content-Type", answer.type);
}

}  // namespace

Listener::Listener(ListenerSetup setup, Handle handle)
    : setup_(std::move(setup)), handle_(std::move(handle)) {
  answer_with_library();
}

Result<std::unique_ptr<Listener>> Listener::open(const ListenerSetup& setup, Handle handle) {
  std::unique_ptr<Listener> listener(new Listener(setup, std::move(handle)));
  if (Result<void> loaded = listener->load_certificate(); !loaded) return std::move(loaded).error();
  if (Result<void> bound = listener->bind(); !bound) return std::move(bound).error();
  return listener;
}

Listener::~Listener() = default;

Result<void> Listener::load_certificate() {
  if (setup_.certificate.empty() && setup_.key.empty()) return {};
  tls_.reset(SSL_CTX_new(TLS_server_method()));
  if (tls_ == nullptr) return Error{collector::kCannotListen, 0, "OpenSSL gives no context for TLS"};
  SSL_CTX_set_min_proto_version(tls_.get(), TLS1_2_VERSION);
  SSL_CTX_set_mode(tls_.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  if (SSL_CTX_use_certificate_chain_file(tls_.get(), setup_.certificate.c_str()) != 1)
    return Error{collector::kCannotListen, 0, "cannot use the certificate " + setup_.certificate};
  if (SSL_CTX_use_PrivateKey_file(tls_.get(), setup_.key.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(tls_.get()) != 1)
    return Error{collector::kCannotListen, 0,
                 "cannot use the key " + setup_.key + ", or it is not that of " + setup_.certificate};
  return {};
}

Result<void> Listener::bind() {
  addrinfo wanted{};
  wanted.ai_family = AF_UNSPEC;
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  const std::string where = setup_.host + " port " + std::to_string(setup_.port);
  const int failed = ::getaddrinfo(setup_.host.c_str(), std::to_string(setup_.port).c_str(), &wanted, &found);
  if (failed != 0)
    return Error{collector::kCannotListen, 0, "cannot listen at " + where + ": " + ::gai_strerror(failed)};
  int problem = 0;
  for (const addrinfo* next = found; next != nullptr; next = next->ai_next) {
    UniqueFd fd(
        ::socket(next->ai_family, next->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, next->ai_protocol));
    const int yes = 1;
    if (fd.valid()) ::setsockopt(fd.fd(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (fd.valid() && ::bind(fd.fd(), next->ai_addr, next->ai_addrlen) == 0 &&
        ::listen(fd.fd(), kBacklog) == 0) {
      listening_ = std::move(fd);
      break;
    }
    problem = errno;
  }
  ::freeaddrinfo(found);
  if (!listening_.valid()) return os_error(collector::kCannotListen, problem, "cannot listen at " + where);
  port_ = port_of(listening_.fd());
  polling_ = UniqueFd(::epoll_create1(EPOLL_CLOEXEC));
  if (!polling_.valid()) return os_error(collector::kCannotListen, errno, "cannot wait for connections");
  return {};
}

void Listener::answer_with_library() {
  const auto answer = [this](const httplib::Request& request, httplib::Response& response,
                             const httplib::ContentReader* content) {
    HttpRequest asked = request_of(request);
    asked.peer = request.remote_addr;
    asked.from_loopback = request.get_header_value("Alibi-Loopback") == "1";
    bool all_read = !asked.has_body;
    asked.read_body = [&](const std::function<bool(std::string_view)>& take) {
      if (!asked.has_body) return true;
      if (content == nullptr) return false;
      all_read = (*content)([&take](const char* bytes, size_t size) { return take({bytes, size}); });
      return all_read;
    };
    fill(handle_(asked), &response);
    if (all_read) return;
    response.set_header("Connection", "close");
    // A member that only clients of the library use; serve_one() has put it there.
    if (request.response_handler) request.response_handler(response);
  };
  const auto plain = [answer](const httplib::Request& request, httplib::Response& response) {
    answer(request, response, nullptr);
  };
  const auto with_body = [answer](const httplib::Request& request, httplib::Response& response,
                                  const httplib::ContentReader& content) {
    answer(request, response, &content);
  };
  Get("/", plain);
  Options("/", plain);
  Post("/", with_body);
  Put("/", with_body);
  Patch("/", with_body);
  Delete("/", with_body);
  // What went wrong is for the log, not for whoever sent something strange.
  set_exception_handler([](const httplib::Request&, httplib::Response& response, std::exception_ptr) {
    response.status = 500;
    response.set_content("{\"errors\":[\"the server failed\"]}", "application/json");
  });
  set_keep_alive_timeout(static_cast<time_t>(setup_.idle.count()));
  set_keep_alive_max_count(1'000'000);
}

void Listener::run(int stop_fd) {
  for (size_t i = 0; i < setup_.threads; ++i) workers_.emplace_back([this] { work(); });
  for (const int fd : {listening_.fd(), stop_fd}) {
    epoll_event event{EPOLLIN, {}};
    event.data.fd = fd;
    ::epoll_ctl(polling_.fd(), EPOLL_CTL_ADD, fd, &event);
  }
  bool running = true;
  while (running) {
    std::array<epoll_event, 64> events{};
    const int count = ::epoll_wait(polling_.fd(), events.data(), static_cast<int>(events.size()), 1000);
    for (int i = 0; i < count; ++i) {
      const int fd = events[static_cast<size_t>(i)].data.fd;
      if (fd == stop_fd)
        running = false;
      else if (fd == listening_.fd())
        accept_all();
      else
        wake(fd);
    }
    drop_idle();
  }
  listening_ = UniqueFd();
  const auto ends = Connection::Clock::now() + setup_.patience;
  ends_ns_ = std::chrono::duration_cast<std::chrono::nanoseconds>(ends.time_since_epoch()).count();
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
    parked_.clear();
  }
  wakes_workers_.notify_all();
  for (std::thread& worker : workers_) worker.join();
  workers_.clear();
}

void Listener::accept_all() {
  while (true) {
    sockaddr_storage address{};
    socklen_t length = sizeof address;
    UniqueFd fd(::accept4(listening_.fd(), reinterpret_cast<sockaddr*>(&address), &length,
                          SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!fd.valid()) {
      if (errno == EMFILE || errno == ENFILE) ::usleep(10'000);
      return;
    }
    if (connections_.load() >= setup_.most_connections) continue;  // closes it
    const int yes = 1;
    ::setsockopt(fd.fd(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    SSL* tls = tls_ == nullptr ? nullptr : SSL_new(tls_.get());
    if (tls_ != nullptr && (tls == nullptr || SSL_set_fd(tls, fd.fd()) != 1)) {
      SSL_free(tls);
      continue;
    }
    connections_ += 1;
    park(std::make_unique<Connection>(std::move(fd), tls, address_text(address), setup_.limits, &ends_ns_));
  }
}

void Listener::park(Client client) {
  client->rest();
  const int fd = client->fd();
  const std::lock_guard<std::mutex> lock(mutex_);
  if (stopping_) {
    connections_ -= 1;
    return;
  }
  parked_[fd] = std::move(client);
  epoll_event event{EPOLLIN | EPOLLONESHOT, {}};
  event.data.fd = fd;
  if (::epoll_ctl(polling_.fd(), EPOLL_CTL_ADD, fd, &event) != 0)
    ::epoll_ctl(polling_.fd(), EPOLL_CTL_MOD, fd, &event);
}

void Listener::wake(int fd) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto place = parked_.find(fd);
    if (place == parked_.end()) return;
    ready_.push_back(std::move(place->second));
    parked_.erase(place);
  }
  wakes_workers_.notify_one();
}

void Listener::drop_idle() {
  const auto limit = Connection::Clock::now() - setup_.idle;
  const std::lock_guard<std::mutex> lock(mutex_);
  for (auto place = parked_.begin(); place != parked_.end();) {
    if (place->second->idle_since() > limit) {
      ++place;
      continue;
    }
    place = parked_.erase(place);
    connections_ -= 1;
  }
}

void Listener::work() {
  while (true) {
    Client client;
    {
      std::unique_lock<std::mutex> lock(mutex_);
      wakes_workers_.wait(lock, [this] { return stopping_ || !ready_.empty(); });
      if (ready_.empty()) return;
      client = std::move(ready_.front());
      ready_.pop_front();
    }
    serve(std::move(client));
  }
}

void Listener::serve(Client client) {
  client->begin_request();
  bool open = client->greet();
  do {
    open = open && serve_one(client.get());
  } while (open && client->has_more());
  if (open && ends_ns_.load() == 0) {
    park(std::move(client));
    return;
  }
  connections_ -= 1;
}

bool Listener::serve_one(Connection* client) {
  client->begin_request();
  bool closed = false, body_left = false, understood = false;
  const auto prepare = [&](httplib::Request& request) {
    understood = true;
    client->begin_body();
    request.remote_addr = client->peer();
    request.response_handler = [&body_left](const httplib::Response&) { return body_left = true; };
    // One route: the paths are ours to tell apart. Bodies are ours to unpack and to take apart, so that their
    // size is known all the time: the library must not recognise them.
    request.path = "/";
    for (const char* name : {"Alibi-Loopback", "Alibi-Content-Type", "Alibi-Content-Encoding"})
      request.headers.erase(name);
    for (const auto& [name, kept] : {std::pair{"Content-Type", "Alibi-Content-Type"},
                                     std::pair{"Content-Encoding", "Alibi-Content-Encoding"}}) {
      const std::string value = request.get_header_value(name);
      request.headers.erase(name);
      if (!value.empty()) request.headers.emplace(kept, value);
    }
    // Answers to this machine are not worth packing; brotli is slower than what it saves.
    const bool packs = !client->from_loopback() &&
                       request.get_header_value("Accept-Encoding").find("gzip") != std::string::npos;
    request.headers.erase("Accept-Encoding");
    request.headers.erase("Range");
    if (packs) request.headers.emplace("Accept-Encoding", "gzip");
    if (client->from_loopback()) request.headers.emplace("Alibi-Loopback", "1");
  };
  const bool stopping = ends_ns_.load() != 0;
  const bool answered = process_request(*client, stopping, closed, prepare);
  if (body_left) client->drain(kMostDrained);
  // Of a head that is none nobody knows where it ends.
  return answered && understood && !closed && !body_left;
}

}  // namespace alibi::serve

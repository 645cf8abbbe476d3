#include "collector/serve/server.h"

#include <sys/stat.h>

#include <chrono>
#include <utility>

#include "collector/model/error_codes.h"
#include "collector/serve/database.h"
#include "collector/serve/digest.h"
#include "collector/serve/git_objects.h"
#include "collector/serve/junit_file.h"
#include "collector/serve/listener.h"
#include "collector/serve/postgres_address.h"
#include "collector/serve/postgres_database.h"
#include "collector/serve/retention.h"
#include "collector/serve/routes.h"
#include "collector/serve/sqlite_database.h"
#include "collector/store/disk.h"

namespace alibi::serve {
namespace {

uint64_t steady_ns() {
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                   std::chrono::steady_clock::now().time_since_epoch())
                                   .count());
}

uint64_t wall_ns() {
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                   std::chrono::system_clock::now().time_since_epoch())
                                   .count());
}

Error bad(std::string message) {
  return {collector::kBadServeOption, 0, std::move(message)};
}

Result<ApiKeys> keys_in(const std::string& path) {
  if (path.empty()) return ApiKeys();
  const Result<std::string> text = store::read_file(path);
  if (!text) return bad(text.error().message);
  Result<ApiKeys> keys = ApiKeys::parse(*text);
  if (!keys) return bad(keys.error().message + ": " + path);
  return keys;
}

// A folder that is made is its owner's alone.
Result<void> make_private(const std::string& folder) {
  const bool is_new = !store::exists(folder);
  if (Result<void> made = store::make_directories(folder); !made) return made;
  if (is_new) ::chmod(folder.c_str(), 0700);
  return {};
}

}  // namespace

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

Result<std::unique_ptr<Server>> Server::open(const ServerSetup& setup,
                                             std::function<void(const std::string&)> say) {
  std::unique_ptr<Server> server(new Server(setup));
  if (setup.certificate.empty() != setup.key.empty()) return bad("--tls-cert and --tls-key go together");
  Result<ApiKeys> keys = keys_in(setup.api_key_file);
  if (!keys) return std::move(keys).error();
  server->needs_key_ = !keys->empty();
  if (keys->empty() && !is_loopback(setup.host) && !setup.allow_anyone)
    return bad("others can reach " + setup.host +
               ": give --api-key-file, or --allow-anyone if that is meant");

  if (Result<void> opened = server->open_store(); !opened) return std::move(opened).error();

  RoutesSetup routes;
  routes.any_host_name = server->needs_key_ || setup.allow_anyone;
  routes.keys = std::move(*keys);
  routes.requests_per_second = setup.requests_per_second;
  routes.source = setup.source;
  routes.now_ns = steady_ns;
  routes.wall_ns = wall_ns;
  server->say_ = say;
  routes.log = std::move(say);
  routes.open_connections = [raw = server.get()] {
    return raw->listener_ == nullptr ? uint64_t{0} : uint64_t{raw->listener_->open_connections()};
  };
  server->routes_ = std::make_unique<Routes>(std::move(routes), server->database_.get(), server->git_.get());

  ListenerSetup listening;
  listening.host = setup.host;
  listening.port = setup.port;
  listening.certificate = setup.certificate;
  listening.key = setup.key;
  Result<std::unique_ptr<Listener>> listener = Listener::open(
      listening, [raw = server->routes_.get()](const HttpRequest& request) { return raw->handle(request); });
  if (!listener) return std::move(listener).error();
  server->listener_ = std::move(*listener);
  return server;
}

Result<void> Server::open_store() {
  if (is_postgres_url(setup_.store)) return open_postgres_store();
  // Not repeated: who mistypes a URL may have a password in it.
  if (setup_.store.find("://") != std::string::npos)
    return bad("--store takes a folder, or a URL that begins with postgresql://");
  return open_folder();
}

Result<void> Server::open_folder() {
  store_name_ = setup_.store;
  if (Result<void> made = make_private(setup_.store); !made) return made;
  Result<std::unique_ptr<Database>> database = open_sqlite(setup_.store + "/serve.sqlite");
  if (!database) return std::move(database).error();
  database_ = std::move(*database);
  Result<std::unique_ptr<GitObjects>> git = GitObjects::open(setup_.store + "/git");
  if (!git) return std::move(git).error();
  git_ = std::move(*git);
  return {};
}

// Git objects are in the database; what git needs of them is beside this server.
Result<void> Server::open_postgres_store() {
  const Result<PostgresAddress> address = read_postgres_url(setup_.store);
  if (!address) return address.error();
  store_name_ = address->shown;
  Result<std::unique_ptr<Database>> database = open_postgres(setup_.store);
  if (!database) return Error{database.error().code, 0, database.error().message + " (" + store_name_ + ")"};
  database_ = std::move(*database);
  const std::string folder = setup_.cache + "/" + sha256_hex(store_name_).substr(0, 16);
  if (Result<void> made = make_private(folder); !made) return made;
  Result<std::unique_ptr<GitObjects>> git = GitObjects::open(folder + "/git", database_.get());
  if (!git) return std::move(git).error();
  git_ = std::move(*git);
  return {};
}

Server::Server(ServerSetup setup) : setup_(std::move(setup)) {}
Server::~Server() = default;

void Server::run(int stop_fd) {
  retention_ = std::make_unique<Retention>(database_.get(), setup_.keep_days, unix_now_ns, say_);
  listener_->run(stop_fd);
  retention_.reset();
}

std::string Server::url() const {
  const bool named = setup_.host != "0.0.0.0" && setup_.host != "::";
  const std::string host = !named                                       ? "localhost"
                           : setup_.host.find(':') != std::string::npos ? "[" + setup_.host + "]"
                                                                        : setup_.host;
  return (setup_.certificate.empty() ? "http://" : "https://") + host + ":" +
         std::to_string(listener_->port());
}

Result<uint64_t> Server::take_files() {
  uint64_t total = 0;
  for (const std::string& path : setup_.imports) {
    const Result<uint64_t> count = import_junit(path);
    if (!count) return count.error();
    total += *count;
  }
  if (setup_.replay.empty()) return total;
  const Result<uint64_t> count = replay(setup_.replay);
  if (!count) return count.error();
  return total + *count;
}

Result<uint64_t> Server::import_junit(const std::string& path) {
  const Result<std::string> text = store::read_file(path);
  if (!text) return text.error();
  const Result<Intake> intake = intake_of_junit(*text, path, setup_.service);
  if (!intake) return intake.error();
  const Result<void> stored = database_->store(*intake);
  if (!stored) return stored.error();
  return intake->attempts.size();
}

// Bodies as clients send them, after gunzip: *.citestcycle is msgpack, *.citestcov a form, whose boundary is
// its first line.
Result<uint64_t> Server::replay(const std::string& folder) {
  uint64_t count = 0;
  if (!store::exists(folder)) return bad("there is no folder " + folder + " to replay");
  for (const std::string& name : store::names_in(folder)) {
    const bool cycle = name.ends_with(".citestcycle");
    if (!cycle && !name.ends_with(".citestcov")) continue;
    const std::string path = folder + "/" + name;
    const Result<std::string> body = store::read_file(path);
    if (!body) return body.error();
    const Answer answer =
        cycle ? routes_->take_test_cycle(*body) : routes_->take_coverage(*body, form_type_of(*body));
    if (answer.status >= 300) return bad("cannot replay " + path + ": " + answer.body);
    count += 1;
  }
  return count;
}

}  // namespace alibi::serve

// `alibi serve` as a whole: database, git objects, routes and listener, put together and run until a signal.
//
// Used by the command, on its main thread. The caller brings what comes from outside: options, the signal's
// descriptor, where lines for the user go.
#ifndef ALIBI_COLLECTOR_SERVE_SERVER_H_
#define ALIBI_COLLECTOR_SERVE_SERVER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tracer/base/result.h"

namespace alibi::serve {

class Database;
class GitObjects;
class Listener;
class Retention;
class Routes;

struct ServerSetup {
  std::string host = "127.0.0.1";
  uint16_t port = 8126;
  std::string store;         // folder, or the URL of a PostgreSQL database
  std::string cache;         // folder for what can be made anew, where the store is no folder
  std::string api_key_file;  // empty: none
  std::string certificate, key;
  bool allow_anyone = false;  // an address that others reach, without keys
  uint64_t requests_per_second = 2000;
  uint64_t keep_days = 90;  // 0: for ever
  std::string source;
  std::vector<std::string> imports;  // JUnit files
  std::string service;               // that they are of
  std::string replay;                // folder of bodies
};

class Server {
 public:
  // Checks the options, opens the store, listens. `say` gets what the user should know, line by line; called
  // by several threads.
  static Result<std::unique_ptr<Server>> open(const ServerSetup& setup,
                                              std::function<void(const std::string&)> say);

  ~Server();

  std::string url() const;
  const std::string& store_name() const { return store_name_; }  // without a password
  bool needs_key() const { return needs_key_; }
  // Takes the files that the options name; how many bodies or tests came of them.
  Result<uint64_t> take_files();
  void run(int stop_fd);  // until it is readable

 private:
  explicit Server(ServerSetup setup);
  Result<void> open_store();
  Result<void> open_folder();
  Result<void> open_postgres_store();
  Result<uint64_t> replay(const std::string& folder);
  Result<uint64_t> import_junit(const std::string& path);

  ServerSetup setup_;
  bool needs_key_ = false;
  std::string store_name_;
  std::function<void(const std::string&)> say_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<GitObjects> git_;
  std::unique_ptr<Routes> routes_;
  std::unique_ptr<Retention> retention_;
  std::unique_ptr<Listener> listener_;
};

bool is_loopback(const std::string& host);

}  // namespace alibi::serve

#endif  // ALIBI_COLLECTOR_SERVE_SERVER_H_

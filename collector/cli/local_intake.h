// The intake of a project that reports to no service (ALIBI_INTAKE=local): an `alibi serve` of this process's
// own, which stores in DATA/intake and ends with it, so that nothing has to be set up or left running.
//
// Used by `alibi ship` and `alibi merge`. It listens on the loopback address at a port that nobody knows, and
// several may store in one folder at once. One thread; the object is the server's life.
#ifndef ALIBI_COLLECTOR_CLI_LOCAL_INTAKE_H_
#define ALIBI_COLLECTOR_CLI_LOCAL_INTAKE_H_

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <string>

#include "collector/ship/access.h"
#include "collector/transport/curl_client.h"
#include "collector/transport/intake_address.h"
#include "tracer/base/result.h"
#include "tracer/base/unique_fd.h"

namespace alibi::cli {

class LocalIntake {
 public:
  // Returns when it listens.
  static Result<std::unique_ptr<LocalIntake>> start(const std::string& program, const std::string& store,
                                                    std::chrono::milliseconds patience);
  ~LocalIntake();  // what it was given is stored
  LocalIntake(const LocalIntake&) = delete;
  LocalIntake& operator=(const LocalIntake&) = delete;

  const std::string& url() const { return url_; }

 private:
  LocalIntake(pid_t process, UniqueFd output) : process_(process), output_(std::move(output)) {}
  Result<void> wait_until_it_listens(std::chrono::milliseconds patience);

  pid_t process_;
  UniqueFd output_;
  std::string url_;
};

ship::Surroundings surroundings_of_process();

// Whom this process reports to, and where reports wait for them.
struct Intake {
  ship::Access access;
  std::string spool;
  std::unique_ptr<LocalIntake> local;  // null: somebody else's
  std::string label;                   // for people
  transport::CurlOptions trusted;      // of its certificate
};

// An error says why there is none.
Result<Intake> intake_of(const transport::Environment& environment, const std::string& data);
// Where reports wait for it.
std::string spool_folder(const std::string& data, bool is_local);

}  // namespace alibi::cli

#endif  // ALIBI_COLLECTOR_CLI_LOCAL_INTAKE_H_

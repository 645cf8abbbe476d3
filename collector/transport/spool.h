// The folder of payloads that the intake did not take yet: one file each (spool_record.h), oldest first. Used
// by ship at the end of a session and by `alibi ship`; several processes and threads at once may use one
// folder, on one machine or on a shared file system with flock(2).
//
// A file appears whole or not at all, and goes when the intake has acknowledged it. Whoever sends one holds a
// lock on it, which ends with the process: two never send the same, and nobody has to find out whether an
// owner still lives. Files that are not what was written, and bodies that the intake will never take, are set
// aside with the reason and block no others. The folder stays within its limits: the oldest go first,
// counted.
#ifndef ALIBI_COLLECTOR_TRANSPORT_SPOOL_H_
#define ALIBI_COLLECTOR_TRANSPORT_SPOOL_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "collector/transport/payload.h"
#include "collector/transport/spool_disk.h"
#include "collector/transport/spool_record.h"
#include "tracer/base/clock.h"
#include "tracer/base/process_identity.h"
#include "tracer/base/result.h"
#include "tracer/base/unique_fd.h"

namespace alibi::transport {

struct SpoolLimits {
  uint64_t bytes = uint64_t{256} << 20;  // of waiting payloads; as many again may be set aside
  uint64_t files = 4000;
  uint64_t largest = uint64_t{64} << 20;  // of one file
  std::chrono::nanoseconds age = std::chrono::hours(24 * 7);
};

struct GivenUp {
  uint64_t files = 0;
  uint64_t bytes = 0;
};

struct SpoolSurvey {
  uint64_t waiting = 0;
  uint64_t waiting_bytes = 0;
  uint64_t set_aside = 0;
};

// A payload that is this process's to send, until it is destroyed or one of its endings is called. At most
// one ending; without one it waits on, as it was.
class SpoolClaim {
 public:
  const Payload& payload() const { return record_.payload; }
  uint32_t tries() const { return record_.tries; }
  const std::string& name() const { return name_; }

  // The intake has it: the file goes. An error means that it could neither be removed nor marked, and will be
  // sent once more.
  Result<void> delivered();
  Result<void> failed();  // counts a try
  // It will never be taken: kept aside with the reason, for the user to look at.
  Result<void> set_aside(const std::string& reason);

 private:
  friend class Spool;
  SpoolClaim(SpoolDisk* disk, std::string folder, std::string name, UniqueFd file, SpoolRecord record)
      : disk_(disk),
        folder_(std::move(folder)),
        name_(std::move(name)),
        file_(std::move(file)),
        record_(std::move(record)) {}

  SpoolDisk* disk_;
  std::string folder_;
  std::string name_;
  UniqueFd file_;
  SpoolRecord record_;
};

struct ClaimAnswer {
  std::optional<SpoolClaim> claim;  // none: gone, somebody else's, or damaged
  std::string damage;               // what was wrong with a file that was set aside just now
};

class Spool {
 public:
  // The folder is made when the first payload is stored.
  Spool(std::string folder, SpoolLimits limits, const Clock& clock = Clock::real(),
        SpoolDisk& disk = SpoolDisk::real(),
        const ProcessIdentitySource& process = ProcessIdentitySource::real());

  // Durable when it returns, and within the limits: what had to go for it is counted. After an error nothing
  // was stored, and the payload is still the caller's.
  Result<GivenUp> put(const Payload& payload);
  // For a body that the intake has refused for good.
  Result<void> put_aside(const Payload& payload, const std::string& reason);
  // Names of waiting payloads, oldest first. Gives up what is too old before, counted in `given_up` if any.
  Result<std::vector<std::string>> waiting(GivenUp* given_up = nullptr);
  Result<ClaimAnswer> claim(const std::string& name);
  Result<SpoolSurvey> survey();

  const std::string& folder() const { return folder_; }

 private:
  struct Entry {
    std::string name;
    uint64_t bytes = 0;
    uint64_t stored_ns = 0;
  };

  Result<std::vector<Entry>> entries();
  Result<GivenUp> make_room(uint64_t bytes);
  bool give_up(const std::string& path);
  void clear_leftovers(const std::string& folder, const std::vector<std::string>& names);
  void bound_what_is_aside();

  std::string folder_;
  SpoolLimits limits_;
  const Clock* clock_;
  SpoolDisk* disk_;
  const ProcessIdentitySource* process_;
};

}  // namespace alibi::transport

#endif  // ALIBI_COLLECTOR_TRANSPORT_SPOOL_H_

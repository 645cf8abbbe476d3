#include "collector/transport/spool.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <string_view>
#include <utility>

#include "collector/model/error_codes.h"

namespace alibi::transport {
namespace {

constexpr std::string_view kPayloadSuffix = ".payload";
constexpr std::string_view kReasonSuffix = ".reason.txt";
constexpr std::string_view kTemporaryPrefix = ".new.";
constexpr char kAside[] = "/set-aside";
constexpr size_t kTimeDigits = 20;
constexpr size_t kLongestReason = 1000;
// Longer than any writer takes from the creation of its file to the rename.
constexpr uint64_t kLeftoverAgeNs = uint64_t{3600} * 1'000'000'000;

// "<20 digits of the time>-<process>-<random>.payload": sorted by name is sorted by age.
std::string file_name(uint64_t stored_ns, const ProcessIdentity& process) {
  char name[80];
  std::snprintf(name, sizeof name, "%020llu-%u-%016llx", static_cast<unsigned long long>(stored_ns),
                process.pid, static_cast<unsigned long long>(process.random));
  return std::string(name).append(kPayloadSuffix);
}

std::optional<uint64_t> time_of(std::string_view name) {
  uint64_t stored_ns = 0;
  if (name.size() <= kTimeDigits) return std::nullopt;
  const auto parsed = std::from_chars(name.data(), name.data() + kTimeDigits, stored_ns);
  if (parsed.ec != std::errc() || parsed.ptr != name.data() + kTimeDigits) return std::nullopt;
  return stored_ns;
}

// Writes, syncs, renames; what did not come about leaves nothing behind.
Result<void> write_whole(SpoolDisk* disk, const std::string& folder, const std::string& name,
                         std::string_view bytes) {
  const std::string temporary = folder + "/" + std::string(kTemporaryPrefix) + name;
  Result<UniqueFd> file = disk->create(temporary);
  if (!file) return std::move(file).error();
  Result<void> done = disk->write(*file, bytes, temporary);
  if (done) done = disk->sync(*file, temporary);
  if (done) done = disk->rename(temporary, folder + "/" + name);
  if (!done) {
    static_cast<void>(disk->remove(temporary));
    return done;
  }
  // A rename that a power cut may undo is one that cannot be promised.
  if (done = disk->sync_folder(folder); !done) static_cast<void>(disk->remove(folder + "/" + name));
  return done;
}

Result<void> write_reason(SpoolDisk* disk, const std::string& aside, const std::string& name,
                          const std::string& reason) {
  return write_whole(disk, aside, name + std::string(kReasonSuffix), reason.substr(0, kLongestReason) + "\n");
}

// The reason stands beside the file before the file itself comes: a file aside is never without one, unless
// the disk is full.
Result<void> move_aside(SpoolDisk* disk, const std::string& folder, const std::string& name,
                        const std::string& reason) {
  const std::string aside = folder + kAside;
  if (Result<void> made = disk->make_folder(aside); !made) return made;
  static_cast<void>(write_reason(disk, aside, name, reason));
  if (Result<void> moved = disk->rename(folder + "/" + name, aside + "/" + name); !moved) return moved;
  return disk->sync_folder(folder);
}

}  // namespace

Result<void> SpoolClaim::delivered() {
  const std::string path = folder_ + "/" + name_;
  if (Result<void> removed = disk_->remove(path); !removed) {
    // In a folder that lets nobody remove files, the file itself can still say that it is done.
    if (disk_->write_number(file_, kDeliveredOffset, 1, path).ok() && disk_->sync(file_, path).ok())
      return {};
    return removed;
  }
  return disk_->sync_folder(folder_);
}

Result<void> SpoolClaim::failed() {
  return disk_->write_number(file_, kTriesOffset, record_.tries + 1, folder_ + "/" + name_);
}

Result<void> SpoolClaim::set_aside(const std::string& reason) {
  return move_aside(disk_, folder_, name_, reason);
}

Spool::Spool(std::string folder, SpoolLimits limits, const Clock& clock, SpoolDisk& disk,
             const ProcessIdentitySource& process)
    : folder_(std::move(folder)), limits_(limits), clock_(&clock), disk_(&disk), process_(&process) {}

Result<std::vector<Spool::Entry>> Spool::entries() {
  Result<std::vector<std::string>> names = disk_->names_in(folder_);
  if (!names) {
    // Nothing was ever stored.
    if (names.error().os_error == ENOENT) return std::vector<Entry>();
    return std::move(names).error();
  }
  std::vector<Entry> found;
  for (std::string& name : *names) {
    const std::optional<uint64_t> stored_ns = time_of(name);
    if (!stored_ns || !name.ends_with(kPayloadSuffix)) continue;
    const Result<FileStatus> status = disk_->status(folder_ + "/" + name);
    if (!status) continue;  // sent by somebody else just now
    found.push_back({std::move(name), status->size, *stored_ns});
  }
  clear_leftovers(folder_, *names);
  return found;
}

void Spool::clear_leftovers(const std::string& folder, const std::vector<std::string>& names) {
  const uint64_t now = clock_->unix_ns();
  for (const std::string& name : names) {
    if (!name.starts_with(kTemporaryPrefix)) continue;
    const std::optional<uint64_t> made_ns = time_of(std::string_view(name).substr(kTemporaryPrefix.size()));
    if (made_ns && *made_ns < now && now - *made_ns > kLeftoverAgeNs)
      static_cast<void>(disk_->remove(folder + "/" + name));
  }
}

// False when somebody is sending it just now, or it cannot be removed.
bool Spool::give_up(const std::string& path) {
  const Result<std::optional<UniqueFd>> lock = disk_->lock(path);
  if (lock.ok() && !lock->has_value()) return false;
  return disk_->remove(path).ok();
}

Result<GivenUp> Spool::make_room(uint64_t bytes) {
  Result<std::vector<Entry>> found = entries();
  if (!found) return std::move(found).error();
  uint64_t total = bytes;
  uint64_t files = found->size() + (bytes > 0 ? 1 : 0);
  for (const Entry& entry : *found) total += entry.bytes;
  const uint64_t now = clock_->unix_ns();
  const auto age = static_cast<uint64_t>(limits_.age.count());
  GivenUp gone;
  for (const Entry& entry : *found) {
    const bool old = entry.stored_ns < now && now - entry.stored_ns > age;
    if (!old && total <= limits_.bytes && files <= limits_.files) break;
    if (!give_up(folder_ + "/" + entry.name)) continue;
    total -= entry.bytes;
    --files;
    ++gone.files;
    gone.bytes += entry.bytes;
  }
  return gone;
}

Result<GivenUp> Spool::put(const Payload& payload) {
  const uint64_t now = clock_->unix_ns();
  Result<std::string> bytes = encode_record(payload, now);
  if (!bytes) return std::move(bytes).error();
  if (bytes->size() > std::min(limits_.largest, limits_.bytes)) {
    return Error{collector::kCannotWrite, 0,
                 "cannot keep a payload of " + std::to_string(bytes->size()) + " bytes in " + folder_ +
                     ": more than the " + std::to_string(std::min(limits_.largest, limits_.bytes)) +
                     " that one may have"};
  }
  if (Result<void> made = disk_->make_folder(folder_); !made) return std::move(made).error();
  Result<GivenUp> gone = make_room(bytes->size());
  if (!gone) return gone;
  if (Result<void> written = write_whole(disk_, folder_, file_name(now, process_->current()), *bytes);
      !written)
    return std::move(written).error();
  return gone;
}

Result<void> Spool::put_aside(const Payload& payload, const std::string& reason) {
  const uint64_t now = clock_->unix_ns();
  const Result<std::string> bytes = encode_record(payload, now);
  if (!bytes) return bytes.error();
  const std::string aside = folder_ + kAside;
  if (Result<void> made = disk_->make_folder(aside); !made) return made;
  const std::string name = file_name(now, process_->current());
  if (Result<void> written = write_whole(disk_, aside, name, *bytes); !written) return written;
  return write_reason(disk_, aside, name, reason);
}

Result<std::vector<std::string>> Spool::waiting(GivenUp* given_up) {
  const Result<GivenUp> gone = make_room(0);
  if (!gone) return gone.error();
  if (given_up != nullptr) *given_up = *gone;
  bound_what_is_aside();
  Result<std::vector<Entry>> found = entries();
  if (!found) return std::move(found).error();
  std::vector<std::string> names;
  names.reserve(found->size());
  for (Entry& entry : *found) names.push_back(std::move(entry.name));
  return names;
}

Result<ClaimAnswer> Spool::claim(const std::string& name) {
  const std::string path = folder_ + "/" + name;
  Result<std::optional<UniqueFd>> file = disk_->lock(path);
  if (!file) return std::move(file).error();
  ClaimAnswer answer;
  if (!file->has_value()) return answer;
  const Result<FileStatus> status = disk_->status(path);
  if (!status) return status.error();
  Result<SpoolRecord> record = Error{collector::kSpoolDamaged, 0, "it is larger than any payload"};
  if (status->size <= limits_.largest) {
    const Result<std::string> bytes = disk_->read(**file, status->size, path);
    if (!bytes) return bytes.error();
    record = decode_record(*bytes);
  }
  if (!record) {
    answer.damage = path + " cannot be sent: " + record.error().message;
    if (Result<void> moved = move_aside(disk_, folder_, name, answer.damage); !moved)
      return std::move(moved).error();
    return answer;
  }
  if (record->delivered) {
    static_cast<void>(disk_->remove(path));
    return answer;
  }
  answer.claim = SpoolClaim(disk_, folder_, name, std::move(**file), std::move(*record));
  return answer;
}

// Files aside are for somebody to look at, not to fill the disk: with the same limits, the oldest go first.
void Spool::bound_what_is_aside() {
  const std::string aside = folder_ + kAside;
  const Result<std::vector<std::string>> names = disk_->names_in(aside);
  if (!names) return;
  clear_leftovers(aside, *names);
  uint64_t total = 0;
  std::vector<std::pair<std::string, uint64_t>> found;
  for (const std::string& name : *names) {
    const Result<FileStatus> status = disk_->status(aside + "/" + name);
    if (!status) continue;
    found.emplace_back(aside + "/" + name, status->size);
    total += status->size;
  }
  uint64_t files = found.size();
  for (const auto& [path, bytes] : found) {
    if (total <= limits_.bytes && files <= limits_.files) break;
    static_cast<void>(disk_->remove(path));
    total -= bytes;
    --files;
  }
}

Result<SpoolSurvey> Spool::survey() {
  const Result<std::vector<Entry>> found = entries();
  if (!found) return found.error();
  SpoolSurvey survey;
  for (const Entry& entry : *found) {
    ++survey.waiting;
    survey.waiting_bytes += entry.bytes;
  }
  const Result<std::vector<std::string>> aside = disk_->names_in(folder_ + kAside);
  if (aside.ok()) {
    for (const std::string& name : *aside) survey.set_aside += name.ends_with(kPayloadSuffix) ? 1 : 0;
  }
  return survey;
}

}  // namespace alibi::transport

#include "pending_observations.h"

#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "observed_path.h"

namespace alibi::ruby {

constinit PendingObservations::Slot PendingObservations::slots_[kSlots] = {};

PendingObservations::FileState PendingObservations::state_of(const char* path) {
  struct stat status {};
  if (::stat(path, &status) != 0) return {};
  return {status.st_ino, static_cast<uint64_t>(status.st_size), status.st_ctim.tv_sec,
          status.st_ctim.tv_nsec};
}

bool PendingObservations::reads(const Observation& seen) {
  if (seen.act == Act::kListed) return true;
  return seen.act == Act::kOpened && seen.before == Before::kThere && (seen.number & O_TRUNC) == 0;
}

bool PendingObservations::fill(Slot* slot, const Observation& seen) {
  slot->seen = seen;
  const bool is_name =
      seen.act == Act::kVariable || seen.act == Act::kVariableChanges || seen.act == Act::kLooksUp;
  slot->path[0] = '\0';
  if (is_name) {
    if (seen.path != nullptr && std::strlen(seen.path) >= sizeof slot->path) return false;
    if (seen.path != nullptr) std::strcpy(slot->path, seen.path);
  } else if (seen.path != nullptr || seen.folder != AT_FDCWD) {
    if (!plain_absolute_path(seen.folder, seen.path, slot->path, sizeof slot->path)) return false;
    slot->seen.folder = AT_FDCWD;
  }
  if (seen.path != nullptr || !is_name) slot->seen.path = slot->path;
  if (seen.other != nullptr) {
    if (std::strlen(seen.other) >= sizeof slot->other) return false;
    std::strcpy(slot->other, seen.other);
    slot->seen.other = slot->other;
  }
  if (seen.address != nullptr) {
    slot->seen.address_length = std::min<socklen_t>(seen.address_length, sizeof slot->address);
    std::memcpy(&slot->address, seen.address, slot->seen.address_length);
    slot->seen.address = reinterpret_cast<const sockaddr*>(&slot->address);
  }
  if (reads(seen)) slot->file = state_of(slot->path);
  return true;
}

void PendingObservations::note(const Observation& seen) {
  for (Slot& slot : slots_) {
    uint32_t expected = Slot::kFree;
    if (!slot.state.compare_exchange_strong(expected, Slot::kBeingWritten)) continue;
    if (!fill(&slot, seen)) {
      slot.state.store(Slot::kFree, std::memory_order_release);
      break;
    }
    slot.state.store(Slot::kReady, std::memory_order_release);
    noted_.store(true, std::memory_order_release);
    return;
  }
  lost_.fetch_add(1, std::memory_order_relaxed);
}

void PendingObservations::forget() {
  for (Slot& slot : slots_) slot.state.store(Slot::kFree, std::memory_order_relaxed);
  noted_.store(false, std::memory_order_relaxed);
  lost_.store(0, std::memory_order_relaxed);
}

}  // namespace alibi::ruby

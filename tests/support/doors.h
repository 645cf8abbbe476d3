// Doors to the outside that tests control: a clock that stands still, a process of fixed identity, a disk
// that fails on command.
#ifndef ALIBI_TESTS_SUPPORT_DOORS_H_
#define ALIBI_TESTS_SUPPORT_DOORS_H_

#include <cerrno>
#include <cstdint>
#include <string>

#include "tracer/base/clock.h"
#include "tracer/base/file_system.h"
#include "tracer/base/process_identity.h"

namespace alibi::testing {

class FixedClock final : public Clock {
 public:
  uint64_t unix_ns() const override { return now; }
  uint64_t now = 1'700'000'000'000'000'000;
};

class FixedProcess final : public ProcessIdentitySource {
 public:
  ProcessIdentity current() const override { return identity; }
  ProcessIdentity identity{1234, 1000, 56789, 0x0123456789abcdef};
};

// The real disk, until told otherwise.
class FailingFiles final : public FileSystem {
 public:
  mutable int allocations_left = 1 << 30;
  int error_number = ENOSPC;
  mutable int failures = 0;
  bool refuse_create = false;
  bool no_descriptors = false;
  mutable int contents_read = 0;

  Result<void> allocate(const UniqueFd& file, uint64_t offset, uint64_t length) const override {
    if (allocations_left-- > 0) return FileSystem::allocate(file, offset, length);
    ++failures;
    return os_error(ErrorCode::kDiskFull, error_number, "cannot allocate space");
  }
  Result<UniqueFd> create(const std::string& path) const override {
    if (refuse_create) return os_error(ErrorCode::kCannotCreate, EACCES, "cannot create " + path);
    return FileSystem::create(path);
  }
  Result<UniqueFd> open_to_write(const std::string& path) const override {
    if (no_descriptors) return os_error(ErrorCode::kCannotCreate, EMFILE, "cannot open " + path);
    return FileSystem::open_to_write(path);
  }
  Result<UniqueFd> open_to_read(const std::string& path) const override {
    ++contents_read;
    return FileSystem::open_to_read(path);
  }
};

}  // namespace alibi::testing

#endif  // ALIBI_TESTS_SUPPORT_DOORS_H_

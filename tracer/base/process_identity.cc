#include "tracer/base/process_identity.h"

#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#include <charconv>

#include "tracer/base/clock.h"
#include "tracer/base/hash.h"
#include "tracer/base/unique_fd.h"

namespace alibi {
namespace {

uint64_t own_start_ticks() {
  const UniqueFd stat(::open("/proc/self/stat", O_RDONLY | O_CLOEXEC));
  if (!stat.valid()) return 0;
  char text[1024];
  const ssize_t length = ::read(stat.fd(), text, sizeof text);
  return length <= 0 ? 0 : start_ticks_of({text, static_cast<size_t>(length)});
}

uint64_t fresh_random() {
  uint64_t value = 0;
  if (::getrandom(&value, sizeof value, GRND_NONBLOCK) == static_cast<ssize_t>(sizeof value)) return value;
  // Early boot or an old kernel: names need to differ, not to be secret.
  const uint64_t seed[] = {Clock::real().unix_ns(), static_cast<uint64_t>(::getpid()),
                           reinterpret_cast<uintptr_t>(&value)};
  return hash64(seed, sizeof seed);
}

class RealProcess final : public ProcessIdentitySource {
 public:
  ProcessIdentity current() const override {
    return {static_cast<uint32_t>(::getpid()), static_cast<uint32_t>(::getppid()), own_start_ticks(),
            fresh_random()};
  }
  ProcessIdentity forked() const override {
    return {static_cast<uint32_t>(::getpid()), static_cast<uint32_t>(::getppid()), 0, fresh_random()};
  }
};

}  // namespace

const ProcessIdentitySource& ProcessIdentitySource::real() {
  static const RealProcess process;
  return process;
}

uint64_t start_ticks_of(std::string_view stat) {
  const size_t name_end = stat.rfind(')');
  if (name_end == std::string_view::npos) return 0;
  stat.remove_prefix(name_end + 1);
  // What follows the name is field 3.
  for (int field = 3; field <= 22; ++field) {
    const size_t start = stat.find_first_not_of(' ');
    if (start == std::string_view::npos) return 0;
    stat.remove_prefix(start);
    if (field < 22) stat.remove_prefix(std::min(stat.find(' '), stat.size()));
  }
  uint64_t ticks = 0;
  const auto parsed = std::from_chars(stat.data(), stat.data() + stat.size(), ticks);
  return parsed.ec == std::errc() ? ticks : 0;
}

}  // namespace alibi

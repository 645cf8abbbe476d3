#include "collector/watch/folder_events.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "tracer/base/unique_fd.h"

namespace alibi::watch {
namespace {

// IN_MODIFY besides IN_CLOSE_WRITE: some programs keep their file open. IN_ATTRIB: touch, chmod.
constexpr uint32_t kMask = IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB | IN_CREATE | IN_DELETE | IN_MOVED_FROM |
                           IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_EXCL_UNLINK;

class Inotify final : public FolderEvents {
 public:
  explicit Inotify(UniqueFd fd) : fd_(std::move(fd)) {}

  Result<int> add(const std::string& path) override {
    const int folder = ::inotify_add_watch(fd_.fd(), path.c_str(), kMask);
    if (folder < 0) return os_error(ErrorCode::kCannotRead, errno, "cannot watch " + path);
    return folder;
  }

  void remove(int folder) override { (void)::inotify_rm_watch(fd_.fd(), folder); }

  std::vector<FolderEvent> read() override {
    std::vector<FolderEvent> events;
    alignas(inotify_event) std::array<char, 64 << 10> buffer;
    while (true) {
      const ssize_t count = ::read(fd_.fd(), buffer.data(), buffer.size());
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return events;
      for (size_t at = 0; at + sizeof(inotify_event) <= static_cast<size_t>(count);) {
        inotify_event event{};
        std::memcpy(&event, buffer.data() + at, sizeof event);
        events.push_back(event_of(event, buffer.data() + at + sizeof event));
        at += sizeof event + event.len;
      }
    }
  }

  int fd() const override { return fd_.fd(); }

 private:
  static FolderEvent event_of(const inotify_event& event, const char* name) {
    using Kind = FolderEvent::Kind;
    constexpr uint32_t kGone = IN_DELETE_SELF | IN_IGNORED | IN_UNMOUNT;
    FolderEvent found;
    found.folder = event.wd;
    found.is_folder = (event.mask & IN_ISDIR) != 0;
    if ((event.mask & IN_Q_OVERFLOW) != 0)
      found.kind = Kind::kOverflow;
    else if ((event.mask & kGone) != 0)
      found.kind = Kind::kGone;
    else if (event.len == 0)
      found.kind = Kind::kMoved;  // or its own mode or times: looking again does no harm
    else
      found.name = std::string(name, ::strnlen(name, event.len));
    return found;
  }

  UniqueFd fd_;
};

}  // namespace

Result<std::unique_ptr<FolderEvents>> FolderEvents::open() {
  UniqueFd fd(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!fd.valid()) return os_error(ErrorCode::kCannotRead, errno, "cannot watch folders");
  return std::unique_ptr<FolderEvents>(std::make_unique<Inotify>(std::move(fd)));
}

}  // namespace alibi::watch

// The kernel's word that something happened in a folder (inotify). The door between FileWatcher and the
// system, so that tests can run out of watches and overflow the queue. One thread.
#ifndef ALIBI_COLLECTOR_WATCH_FOLDER_EVENTS_H_
#define ALIBI_COLLECTOR_WATCH_FOLDER_EVENTS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tracer/base/result.h"

namespace alibi::watch {

struct FolderEvent {
  enum class Kind : uint8_t {
    kEntry,    // something happened to the entry `name`
    kMoved,    // the folder itself has another name now
    kGone,     // it is no longer watched: it was removed, or its file system was
    kOverflow  // events were lost
  };
  Kind kind = Kind::kEntry;
  int folder = -1;  // as add() returned it
  bool is_folder = false;
  std::string name;
};

class FolderEvents {
 public:
  virtual ~FolderEvents() = default;
  // A number for the folder; the same one for the same folder under another name. Error::os_error says why
  // not.
  virtual Result<int> add(const std::string& path) = 0;
  virtual void remove(int folder) = 0;
  virtual std::vector<FolderEvent> read() = 0;  // those that are there; never waits
  virtual int fd() const = 0;                   // readable when there are some

  static Result<std::unique_ptr<FolderEvents>> open();
};

}  // namespace alibi::watch

#endif  // ALIBI_COLLECTOR_WATCH_FOLDER_EVENTS_H_

// The terminal while somebody watches: its other screen, keys without Enter. Restored by leave(), and by the
// end of its life. Used by WatchLoop, one thread.
#ifndef ALIBI_COLLECTOR_WATCH_TERMINAL_H_
#define ALIBI_COLLECTOR_WATCH_TERMINAL_H_

#include <termios.h>
#include <cstdint>

#include <string>
#include <vector>

#include "collector/watch/screen.h"

namespace alibi::watch {

// What a person pressed, as WatchLoop tells them apart.
enum class Press : uint8_t { kAgain, kAll, kFailed, kPause, kOutput, kUp, kDown, kQuit, kRedraw };

class Terminal {
 public:
  // `screen`: also draws; else only reads keys.
  enum class Use : uint8_t { kScreen, kKeys };
  explicit Terminal(Use use) : use_(use) {}
  ~Terminal() { leave(); }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  static bool can_draw();  // standard output is a terminal that this process may write to
  static bool can_read();  // standard input is one that it may read from

  void enter();
  void leave();
  ScreenSize size() const;
  void forget_drawn() { drawn_.clear(); }  // draws all of it the next time
  // False when the terminal is gone.
  bool draw(const std::vector<std::string>& lines);
  // The keys that wait; `gone` says that there will be no more.
  std::vector<Press> read_keys(bool* gone);

 private:
  Use use_;
  bool entered_ = false;
  bool has_settings_ = false;
  termios before_{};
  std::string drawn_;
};

bool write_all(int fd, std::string_view text);

}  // namespace alibi::watch

#endif  // ALIBI_COLLECTOR_WATCH_TERMINAL_H_

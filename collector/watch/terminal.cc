#include "collector/watch/terminal.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace alibi::watch {
namespace {

// The other screen, without cursor and without breaking long lines; and back.
constexpr char kEnter[] = "\x1b[?1049h\x1b[?25l\x1b[?7l";
constexpr char kLeave[] = "\x1b[?7h\x1b[?25h\x1b[?1049l";

bool in_foreground(int fd) {
  return ::isatty(fd) == 1 && ::tcgetpgrp(fd) == ::getpgrp();
}

void add_presses(std::string_view bytes, std::vector<Press>* presses) {
  while (!bytes.empty()) {
    // Arrows and page keys; anything else that begins like them is passed over.
    if (bytes.starts_with("\x1b[") || bytes.starts_with("\x1bO")) {
      size_t end = 2;
      while (end < bytes.size() && (bytes[end] < '@' || bytes[end] > '~')) ++end;
      const std::string_view key = bytes.substr(2, end - 1);
      if (key == "A" || key == "5~") presses->push_back(Press::kUp);
      if (key == "B" || key == "6~") presses->push_back(Press::kDown);
      bytes.remove_prefix(std::min(end + 1, bytes.size()));
      continue;
    }
    switch (bytes.front()) {
      case '\r':
      case '\n':
      case 'r':
        presses->push_back(Press::kAgain);
        break;
      case 'a':
        presses->push_back(Press::kAll);
        break;
      case 'f':
        presses->push_back(Press::kFailed);
        break;
      case 'p':
        presses->push_back(Press::kPause);
        break;
      case 'o':
        presses->push_back(Press::kOutput);
        break;
      case 'k':
        presses->push_back(Press::kUp);
        break;
      case 'j':
      case ' ':
        presses->push_back(Press::kDown);
        break;
      case 'q':
      case 3:  // Ctrl-C and Ctrl-D, where they come as characters
      case 4:
        presses->push_back(Press::kQuit);
        break;
      case 12:  // Ctrl-L
        presses->push_back(Press::kRedraw);
        break;
      default:
        break;
    }
    bytes.remove_prefix(1);
  }
}

}  // namespace

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(fd, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) {  // somebody made the terminal non-blocking
      pollfd writable{fd, POLLOUT, 0};
      (void)::poll(&writable, 1, 1000);
      continue;
    }
    if (count <= 0) return false;
    text.remove_prefix(static_cast<size_t>(count));
  }
  return true;
}

bool Terminal::can_draw() {
  const char* kind = std::getenv("TERM");
  return kind != nullptr && std::strcmp(kind, "dumb") != 0 && in_foreground(STDOUT_FILENO);
}

bool Terminal::can_read() {
  return in_foreground(STDIN_FILENO);
}

void Terminal::enter() {
  if (entered_) return;
  entered_ = true;
  drawn_.clear();
  has_settings_ = can_read() && ::tcgetattr(STDIN_FILENO, &before_) == 0;
  if (has_settings_) {
    termios settings = before_;
    // Signals stay: Ctrl-C and Ctrl-Z do what they do everywhere.
    settings.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    settings.c_cc[VMIN] = 1;
    settings.c_cc[VTIME] = 0;
    (void)::tcsetattr(STDIN_FILENO, TCSADRAIN, &settings);
  }
  if (use_ == Use::kScreen) (void)write_all(STDOUT_FILENO, kEnter);
}

void Terminal::leave() {
  if (!entered_) return;
  entered_ = false;
  if (use_ == Use::kScreen) (void)write_all(STDOUT_FILENO, kLeave);
  // What was typed for this screen is not for the shell.
  if (has_settings_) (void)::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
}

ScreenSize Terminal::size() const {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0) return {};
  return {size.ws_row, size.ws_col};
}

bool Terminal::draw(const std::vector<std::string>& lines) {
  std::string frame = "\x1b[H";
  for (size_t i = 0; i < lines.size(); ++i) {
    frame += lines[i] + "\x1b[K";
    if (i + 1 < lines.size()) frame += "\r\n";
  }
  frame += "\x1b[J";
  if (frame == drawn_) return true;
  drawn_ = frame;
  return write_all(STDOUT_FILENO, frame);
}

std::vector<Press> Terminal::read_keys(bool* gone) {
  std::vector<Press> presses;
  std::array<char, 256> buffer;
  const ssize_t count = ::read(STDIN_FILENO, buffer.data(), buffer.size());
  *gone = count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN);
  if (count > 0) add_presses({buffer.data(), static_cast<size_t>(count)}, &presses);
  return presses;
}

}  // namespace alibi::watch

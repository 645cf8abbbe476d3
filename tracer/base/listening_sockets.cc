#include "tracer/base/listening_sockets.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

namespace alibi {
namespace {

constexpr size_t kLargest = 4 << 20;
constexpr char kListening[] = "0A";  // TCP_LISTEN, as /proc/net/tcp has it

std::string content_of(const char* path) {
  std::string content;
  const int file = ::open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return content;
  char bytes[1 << 15];
  for (ssize_t length; (length = ::read(file, bytes, sizeof bytes)) > 0 && content.size() < kLargest;)
    content.append(bytes, static_cast<size_t>(length));
  ::close(file);
  return content;
}

std::string_view take_line(std::string_view* text) {
  const size_t end = std::min(text->find('\n'), text->size());
  const std::string_view line = text->substr(0, end);
  text->remove_prefix(std::min(end + 1, text->size()));
  return line;
}

// Fields are separated by blanks; the last one is the rest of the line.
std::vector<std::string_view> fields_of(std::string_view line, size_t most) {
  std::vector<std::string_view> fields;
  while (fields.size() < most) {
    const size_t begin = line.find_first_not_of(' ');
    if (begin == std::string_view::npos) break;
    line.remove_prefix(begin);
    const size_t end = fields.size() + 1 == most ? line.size() : std::min(line.find(' '), line.size());
    fields.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
  return fields;
}

// "sl local_address rem_address st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode …"
void add_of_port(const char* table, unsigned port, bool listening, std::vector<std::string>* inodes) {
  const std::string content = content_of(table);
  std::string_view rest(content);
  take_line(&rest);
  while (!rest.empty()) {
    const std::vector<std::string_view> fields = fields_of(take_line(&rest), 11);
    if (fields.size() < 10 || (listening && fields[3] != kListening)) continue;
    const size_t colon = fields[1].rfind(':');
    if (colon == std::string_view::npos) continue;
    if (std::strtoul(std::string(fields[1].substr(colon + 1)).c_str(), nullptr, 16) == port)
      inodes->emplace_back(fields[9]);
  }
}

bool has_socket(uint32_t process, const std::string& inode) {
  const std::string folder = "/proc/" + std::to_string(process) + "/fd";
  DIR* const directory = ::opendir(folder.c_str());
  if (directory == nullptr) return false;
  const std::string wanted = "socket:[" + inode + "]";
  bool found = false;
  while (const dirent* entry = found ? nullptr : ::readdir(directory)) {
    char target[64];
    const std::string link = folder + "/" + entry->d_name;
    const ssize_t length = ::readlink(link.c_str(), target, sizeof target);
    found = length > 0 && wanted == std::string(target, static_cast<size_t>(length));
  }
  ::closedir(directory);
  return found;
}

}  // namespace

std::vector<std::string> sockets_of_port(int type, unsigned port) {
  std::vector<std::string> inodes;
  if (type == SOCK_STREAM) {
    add_of_port("/proc/net/tcp", port, true, &inodes);
    add_of_port("/proc/net/tcp6", port, true, &inodes);
  } else if (type == SOCK_DGRAM) {
    add_of_port("/proc/net/udp", port, false, &inodes);
    add_of_port("/proc/net/udp6", port, false, &inodes);
  }
  return inodes;
}

// "Num RefCount Protocol Flags Type St Inode Path"; flag 10000 (hex): it listens.
std::vector<std::string> sockets_of_path(std::string_view path) {
  std::string shown(path);
  if (!shown.empty() && shown[0] == '\0') shown[0] = '@';
  std::vector<std::string> inodes;
  const std::string content = content_of("/proc/net/unix");
  std::string_view rest(content);
  take_line(&rest);
  while (!rest.empty()) {
    const std::vector<std::string_view> fields = fields_of(take_line(&rest), 8);
    if (fields.size() == 8 && fields[7] == shown && fields[3] == "00010000") inodes.emplace_back(fields[6]);
  }
  return inodes;
}

bool all_are_of(std::span<const uint32_t> processes, const std::vector<std::string>& inodes) {
  return !inodes.empty() && std::all_of(inodes.begin(), inodes.end(), [&](const std::string& inode) {
    return std::any_of(processes.begin(), processes.end(),
                       [&](uint32_t process) { return has_socket(process, inode); });
  });
}

}  // namespace alibi

#include "observed_path.h"

#include <fcntl.h>
#include <unistd.h>

#include <climits>
#include <cstring>

namespace alibi::ruby {
namespace {

// Of a descriptor: what the kernel knows it by. The length; 0: nothing.
size_t name_of(int descriptor, char* buffer, size_t size) {
  char link[40] = "/proc/self/fd/";
  size_t length = std::strlen(link);
  char digits[12];
  size_t count = 0;
  for (unsigned rest = static_cast<unsigned>(descriptor); count == 0 || rest != 0; rest /= 10)
    digits[count++] = static_cast<char>('0' + rest % 10);
  while (count > 0) link[length++] = digits[--count];
  const ssize_t got = ::readlink(link, buffer, size - 1);
  if (got <= 0 || buffer[0] != '/') return 0;
  buffer[got] = '\0';
  return static_cast<size_t>(got);
}

void climb(std::string_view whole, std::string* result, std::vector<Passed>* passed) {
  const auto note = [](void* noted, const alibi_passed* each) {
    static_cast<std::vector<Passed>*>(noted)->push_back(
        {{each->path.bytes, each->path.length}, each->question, each->state, each->hash});
  };
  char end[2 * PATH_MAX];
  const size_t length =
      alibi_climb({whole.data(), whole.size()}, end, sizeof end, passed != nullptr ? +note : nullptr, passed);
  // Too long for the kernel, too: nothing is there.
  if (length != 0)
    result->assign(end, length);
  else
    result->assign(whole);
}

void remove_dots(std::string_view whole, std::string* result, std::vector<Passed>* passed) {
  result->reserve(whole.size());
  for (size_t begin = 0; begin < whole.size();) {
    size_t end = whole.find('/', begin);
    if (end == std::string_view::npos) end = whole.size();
    const std::string_view part = whole.substr(begin, end - begin);
    if (part == "..") return climb(whole, result, passed);
    if (!part.empty() && part != ".") {
      *result += '/';
      *result += part;
    }
    begin = end + 1;
  }
  if (result->empty()) result->assign(1, '/');
}

}  // namespace

bool plain_absolute_path(int folder, const char* path, char* buffer, size_t size) {
  size_t length = 0;
  if (path == nullptr || path[0] != '/') {
    if (folder != AT_FDCWD)
      length = name_of(folder, buffer, size);
    else if (::getcwd(buffer, size) != nullptr)
      length = std::strlen(buffer);
    if (length == 0) return false;
    if (path == nullptr) return true;
    if (length + 1 >= size) return false;
    buffer[length++] = '/';
  }
  const size_t rest = std::strlen(path);
  if (length + rest >= size) return false;
  std::memcpy(buffer + length, path, rest + 1);
  return true;
}

std::string absolute_path(int folder, const char* path, std::vector<Passed>* passed) {
  char buffer[2 * PATH_MAX];
  std::string result;
  if (path != nullptr && path[0] == '/')
    remove_dots(path, &result, passed);
  else if (plain_absolute_path(folder, path, buffer, sizeof buffer))
    remove_dots(buffer, &result, passed);
  return result;
}

bool starts_as_noise(const char* path) {
  return path != nullptr && path[0] == '/' && alibi_is_kernel_path({path, std::strlen(path)}) != 0;
}

bool is_noise(std::string_view path) {
  return alibi_is_kernel_path({path.data(), path.size()}) != 0 ||
         path.find("/.alibi/") != std::string_view::npos || path.ends_with("/.alibi") ||
         path.find("/bootsnap/compile-cache") != std::string_view::npos ||
         path.find("/bootsnap/load-path-cache") != std::string_view::npos;
}

}  // namespace alibi::ruby

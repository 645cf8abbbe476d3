// A directory of its own for one test, removed with everything in it at the end. Also reads and writes small
// files.
#ifndef ALIBI_TESTS_SUPPORT_TEMPORARY_DIRECTORY_H_
#define ALIBI_TESTS_SUPPORT_TEMPORARY_DIRECTORY_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace alibi::testing {

class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  const std::string& path() const { return path_; }
  std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }

 private:
  std::string path_;
};

std::vector<std::byte> read_bytes(const std::string& path);  // empty when it cannot be read
void write_text(const std::string& path, std::string_view text);
std::vector<std::string> names_in(const std::string& directory);  // sorted

}  // namespace alibi::testing

#endif  // ALIBI_TESTS_SUPPORT_TEMPORARY_DIRECTORY_H_

// Spelling of the paths that code hands to the C library.
#ifndef ALIBI_RUBY_EXT_OBSERVED_PATH_H_
#define ALIBI_RUBY_EXT_OBSERVED_PATH_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tracer/abi/alibi.h"

namespace alibi::ruby {

// What ".." left on the way, as an input that is asked for `question`.
struct Passed {
  std::string path;
  std::string question;
  int32_t state = ALIBI_PRESENT;
  alibi_hash hash{0, 0};
};

// Absolute and without "." and "..". `folder`: a descriptor, or AT_FDCWD, that a relative path starts from;
// `path` may be null: the folder itself. Empty: it has no name. `passed` may be null.
std::string absolute_path(int folder, const char* path, std::vector<Passed>* passed = nullptr);
// The same without allocation, with "." and "..". False: it does not fit, or has no name.
bool plain_absolute_path(int folder, const char* path, char* buffer, size_t size);
// What the kernel makes, and what lies in a data folder of Alibi or of bootsnap, which each run changes.
bool is_noise(std::string_view path);
bool starts_as_noise(const char* path);

}  // namespace alibi::ruby

#endif  // ALIBI_RUBY_EXT_OBSERVED_PATH_H_

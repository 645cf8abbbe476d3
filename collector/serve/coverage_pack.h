// Covered files and lines as few bytes: numbers of files with runs of lines. Equal coverage has equal bytes,
// so that tests, and sessions, share what is the same.
//
// Used by the SQLite database, any thread. Unpacking trusts no byte.
#ifndef ALIBI_COLLECTOR_SERVE_COVERAGE_PACK_H_
#define ALIBI_COLLECTOR_SERVE_COVERAGE_PACK_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace alibi::serve {

struct NumberedFile {
  uint64_t file = 0;
  std::vector<uint32_t> lines;  // sorted; empty: which is not known
};

// Sorts by file; of a file that is named twice the lines are united.
std::string pack_coverage(std::vector<NumberedFile> files);
std::optional<std::vector<NumberedFile>> unpack_coverage(std::string_view bytes);  // none: damaged

}  // namespace alibi::serve

#endif  // ALIBI_COLLECTOR_SERVE_COVERAGE_PACK_H_

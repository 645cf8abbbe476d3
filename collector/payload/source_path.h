// Names of source files as coverage carries them: relative to the repository's root, "/" between folders.
// Clients write them with and without a leading slash; here they have none. Pure: no file is looked at.
#ifndef ALIBI_COLLECTOR_PAYLOAD_SOURCE_PATH_H_
#define ALIBI_COLLECTOR_PAYLOAD_SOURCE_PATH_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace alibi::payload {

inline constexpr size_t kLongestPath = 4096;

// "lib/a.py" of "lib/a.py" and "lib//./a.py". Nothing of a path that is absolute, that climbs (".."), that is
// empty, too long or holds a NUL: such a name says nothing about the repository, and may not reach a disk.
std::optional<std::string> relative_path(std::string_view path);

// The same of a name in a document, where one leading slash means the root of the repository.
std::optional<std::string> path_of_filename(std::string_view filename);

}  // namespace alibi::payload

#endif  // ALIBI_COLLECTOR_PAYLOAD_SOURCE_PATH_H_

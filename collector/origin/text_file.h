// A file that somebody else wrote, read whole if it is short enough. Used by origin; any thread.
#ifndef ALIBI_COLLECTOR_ORIGIN_TEXT_FILE_H_
#define ALIBI_COLLECTOR_ORIGIN_TEXT_FILE_H_

#include <cstddef>
#include <optional>
#include <string>

#include "tracer/base/file_system.h"

namespace alibi::origin {

// Nothing when it is missing, no regular file, unreadable, or longer than `longest` bytes.
std::optional<std::string> text_of_file(const FileSystem& files, const std::string& path, size_t longest);

}  // namespace alibi::origin

#endif  // ALIBI_COLLECTOR_ORIGIN_TEXT_FILE_H_

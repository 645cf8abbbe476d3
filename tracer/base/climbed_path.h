// Where a path with ".." leads: above the folder that the way so far really leads to, which is another one
// than its spelling says where that is a link. Used by every recorder of paths, on any thread; leaves errno
// as it was. Looks at what ".." leaves and at nothing else, and never opens anything.
#ifndef ALIBI_TRACER_BASE_CLIMBED_PATH_H_
#define ALIBI_TRACER_BASE_CLIMBED_PATH_H_

#include <sys/stat.h>

#include <string>
#include <string_view>
#include <vector>

namespace alibi {

// Something that ".." left: were it another thing, or a link elsewhere, the path would mean another file.
struct PassedFolder {
  std::string path;  // absolute, without "." and ".."
  int error = 0;     // of lstat; else what it said:
  struct stat status {};
  std::string target;  // of a link
};

// `path`: absolute. Without "." and "..", and links only where no ".." leaves them. What is missing is passed
// as it is spelled: nothing is found there. `passed` may be null.
std::string climbed_path(std::string_view path, std::vector<PassedFolder>* passed);

}  // namespace alibi

#endif  // ALIBI_TRACER_BASE_CLIMBED_PATH_H_

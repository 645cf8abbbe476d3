// Opens an image that a crash report names, for whoever looks up names in it. The path is foreign: only an
// absolute one of a regular ELF program or library on a disk is opened for good, so that no FIFO is waited
// for, no device or kernel file is read, and nothing is unpacked (libdw would unpack kernels and archives).
#ifndef ALIBI_COLLECTOR_CRASH_IMAGE_FILE_H_
#define ALIBI_COLLECTOR_CRASH_IMAGE_FILE_H_

#include <string>

#include "tracer/base/unique_fd.h"

namespace alibi::collector {

UniqueFd open_image(const std::string& path);  // not valid: it is none

}  // namespace alibi::collector

#endif  // ALIBI_COLLECTOR_CRASH_IMAGE_FILE_H_

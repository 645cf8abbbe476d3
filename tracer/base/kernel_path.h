// Paths of what the kernel makes up: no input of a test. Used by all recorders; pure.
#ifndef ALIBI_TRACER_BASE_KERNEL_PATH_H_
#define ALIBI_TRACER_BASE_KERNEL_PATH_H_

#include <string_view>

namespace alibi {

// path: absolute, without "." and "..". Below /proc, /sys and /dev, but for /dev/shm, where users keep files.
bool is_kernel_path(std::string_view path);

}  // namespace alibi

#endif  // ALIBI_TRACER_BASE_KERNEL_PATH_H_

// Which paths and variables are inputs of a test, and which belong to the machine it runs on. Pure functions
// on texts, but for absolute_path, which looks at what ".." leaves; used by the recorder under its lock.
//
// The rule (docs/evidence.md): what lies below the project's root is always an input. Elsewhere, what the
// system's packages own is the machine's (/usr without /usr/local, /bin, /sbin, /lib*, /etc), as is what the
// kernel makes (/proc, /sys, /dev). All else (/tmp, home folders, /usr/local, /opt, /var, /srv) is an input.
#ifndef ALIBI_TRACER_PRELOAD_OBSERVED_PATHS_H_
#define ALIBI_TRACER_PRELOAD_OBSERVED_PATHS_H_

#include <string>
#include <string_view>
#include <vector>

#include "tracer/base/climbed_path.h"

namespace alibi::preload {

// Absolute and without "." and ".."; a relative path starts from `folder`. `passed`: what ".." left; may be
// null.
std::string absolute_path(std::string_view path, std::string_view folder,
                          std::vector<PassedFolder>* passed = nullptr);

// The kernel's, or what lies in a data folder of Alibi.
bool is_noise(std::string_view path);
// Noise, or the machine's. `root`: the project's; empty: not known.
bool is_of_machine(std::string_view path, std::string_view root);

// Of the loader, the locale, the terminal and the test runner.
bool is_noise_variable(std::string_view name);

// Shells and their like take over the whole environment when they start, without getenv.
bool reads_whole_environment(std::string_view program);

}  // namespace alibi::preload

#endif  // ALIBI_TRACER_PRELOAD_OBSERVED_PATHS_H_

// What kind of program a file is, as far as it decides who records what the program reads: an interpreter
// with a recorder of its own, a dynamically linked program, into which the loader puts the preloaded
// recorder, or one that nobody sees into. Used by whoever starts programs in a recorded process (the preload
// library, the glue of interpreters). Any thread; opens and reads the file, never runs it. Foreign bytes: a
// file that is cut off or lies about its lengths is kUnreadable.
#ifndef ALIBI_TRACER_BASE_PROGRAM_KIND_H_
#define ALIBI_TRACER_BASE_PROGRAM_KIND_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "tracer/base/file_system.h"

namespace alibi {

enum class ProgramKind : uint8_t {
  kInterpreter,  // python or ruby, by its name
  kDynamic,      // started by the dynamic loader, which heeds LD_PRELOAD
  kStatic,       // no loader
  kPrivileged,   // setuid, setgid or with capabilities: its loader ignores LD_PRELOAD
  kScript,       // text that another program runs
  kUnreadable    // absent, not to be read, or of a format that is not known here
};

struct Program {
  ProgramKind kind = ProgramKind::kUnreadable;
  ProgramKind runs = ProgramKind::kUnreadable;  // of a script: what runs it in the end; else `kind`
  std::string interpreter;    // of a script: the path of what runs it in the end; empty: not found
  bool same_machine = false;  // what runs is of the word size and processor that this code was built for

  bool operator==(const Program&) const = default;
};

// `search_path`: the folders, separated by colons, in which `#!/usr/bin/env NAME` looks. A file of text
// without "#!" is a script of /bin/sh, as execvp and every shell have it.
Program classify_program(const FileSystem& files, const std::string& path, std::string_view search_path);

// The first regular file of that name that may be executed, or an empty text. A name with a slash is its own
// path.
std::string find_program(const FileSystem& files, const std::string& name, std::string_view search_path);

// "python", "python3.12", "python3.13t", "ruby3.1": by the last part of the path.
bool is_interpreter_name(std::string_view path);

// Of what classify_program found at this path: is what runs an interpreter of Ruby, by its name?
bool runs_ruby(const FileSystem& files, const std::string& path, const Program& program);

}  // namespace alibi

#endif  // ALIBI_TRACER_BASE_PROGRAM_KIND_H_

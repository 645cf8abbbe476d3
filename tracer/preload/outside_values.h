// What the session says about the world outside of it: the file `outside` in the session directory, which the
// process that runs the tests writes when the session begins. Text, lines: "alibi outside 1", then
// "set KEY=VALUE" and "env NAME=<32 hex digits>", the hash (its high half first) of each environment variable
// at that time. Parsed where it lies, so that a process that asks for nothing pays for nothing. Foreign
// bytes: what is no such line says nothing.
#ifndef ALIBI_TRACER_PRELOAD_OUTSIDE_VALUES_H_
#define ALIBI_TRACER_PRELOAD_OUTSIDE_VALUES_H_

#include <string>
#include <string_view>

#include "tracer/base/file_system.h"
#include "tracer/base/hash.h"

namespace alibi::preload {

class OutsideValues {
 public:
  OutsideValues() = default;
  explicit OutsideValues(std::string text);
  // Of the session in that directory; says nothing when there is no such file.
  static OutsideValues read(const FileSystem& files, const std::string& session_directory);

  std::string_view setting(std::string_view key) const;  // empty: not set
  // Did the session find the variable like this? `value` null: it is not set. True when nothing is known.
  bool has_variable(std::string_view name, const Hash128* value) const;

 private:
  // What follows `start` at the beginning of a line; null data: no such line.
  std::string_view line_after(std::string_view start) const;

  std::string text_;  // empty: nothing is known
};

}  // namespace alibi::preload

#endif  // ALIBI_TRACER_PRELOAD_OUTSIDE_VALUES_H_

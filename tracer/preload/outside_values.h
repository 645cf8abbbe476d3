// Whether a value came from outside of the session: what its first process wrote down when it began
// (tracer/recording/outside.h), as the preloaded recorder asks for it. One thread; foreign bytes say nothing.
#ifndef ALIBI_TRACER_PRELOAD_OUTSIDE_VALUES_H_
#define ALIBI_TRACER_PRELOAD_OUTSIDE_VALUES_H_

#include <optional>
#include <string>
#include <string_view>

#include "tracer/base/file_system.h"
#include "tracer/base/hash.h"
#include "tracer/recording/outside.h"

namespace alibi::preload {

class OutsideValues {
 public:
  OutsideValues() = default;
  explicit OutsideValues(std::string_view text);
  // Of the session in that directory; says nothing when there is no such file.
  static OutsideValues read(const FileSystem& files, const std::string& session_directory);

  std::string_view setting(std::string_view key) const;  // empty: not set
  // Did the session find the variable like this? `value` null: it is not set. True when nothing is known.
  bool has_variable(std::string_view name, const Hash128* value) const;

 private:
  std::optional<recording::Outside> known_;
};

}  // namespace alibi::preload

#endif  // ALIBI_TRACER_PRELOAD_OUTSIDE_VALUES_H_

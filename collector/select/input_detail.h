// What the recorder wrote beside an input's subject: one thing a line (python_ext/native/input_log.h). Pure.
#ifndef ALIBI_COLLECTOR_SELECT_INPUT_DETAIL_H_
#define ALIBI_COLLECTOR_SELECT_INPUT_DETAIL_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "collector/model/session_coverage.h"

namespace alibi::select {

struct InputDetail {
  std::string_view word;  // the first line that is none of the following: "stat", "session", "whole", …
  std::string_view importing;  // read while this module file ran …
  uint32_t line = 0;           // … at this line of it
  bool by_session = false;     // what is there, the session itself had made, replaced or removed
  std::string_view location;   // of an import: where the module was found
  bool was_touched = false;    // a folder: the session had added names or taken some away
};

InputDetail parse_detail(std::string_view detail);

// "file", "environment", …: of inputs that hold still or not; null for the others.
const char* input_kind_name(collector::InputKind kind);

// May the session itself have made what this input is about? And by which key that is found among what was
// written: a path, or "environ:NAME".
bool can_be_written(const collector::Input& input);
std::string written_key(const collector::Input& input);

}  // namespace alibi::select

#endif  // ALIBI_COLLECTOR_SELECT_INPUT_DETAIL_H_

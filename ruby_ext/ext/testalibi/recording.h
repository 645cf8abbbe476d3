// The one recording of this process, as Ruby's Testalibi::Native sees it.
//
// Owns the session of the core and all that feeds it. All calls with the GVL. No C++ object with a destructor
// is alive where the interpreter may raise.
#ifndef ALIBI_RUBY_EXT_RECORDING_H_
#define ALIBI_RUBY_EXT_RECORDING_H_

#include "code_units.h"
#include "contexts.h"
#include "inputs.h"
#include "line_events.h"
#include "project_files.h"

namespace alibi::ruby {

// Defines Testalibi::Native.
void define_native(VALUE testalibi);

}  // namespace alibi::ruby

#endif  // ALIBI_RUBY_EXT_RECORDING_H_

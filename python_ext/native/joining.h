// What a program that a test started takes over from the session it joins, and what the session leaves for it
// in its directory. Used by Session and its Python type.
#ifndef ALIBI_PYTHON_EXT_JOINING_H_
#define ALIBI_PYTHON_EXT_JOINING_H_

#include <string>

#include "session.h"

namespace alibi::python {

// "-r…" of the gem for Ruby, where the user names it (ALIBI_RUBY_OPTION); or empty.
std::string ruby_option_of_user();
// Fills `options` as those of the session; false when `invitation` is none, or the session is over.
bool take_over(const std::string& invitation, SessionOptions* options);
// False: programs that are started will not record.
bool leave_for_programs(const SessionOptions& options, const EnvironmentOutside& environment,
                        const KnownInterpreter& interpreter);

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_JOINING_H_

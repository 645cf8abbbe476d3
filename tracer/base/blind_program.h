// Programs of the system that look at nothing a project could change: they say what machine this is, or what
// their arguments say. Whoever starts one depends on nothing by that. Used by the glues, which note what is
// started; pure.
#ifndef ALIBI_TRACER_BASE_BLIND_PROGRAM_H_
#define ALIBI_TRACER_BASE_BLIND_PROGRAM_H_

#include <string_view>

namespace alibi {

// path: absolute. command: with its arguments, separated by blanks.
bool is_blind_program(std::string_view path, std::string_view command);

}  // namespace alibi

#endif  // ALIBI_TRACER_BASE_BLIND_PROGRAM_H_

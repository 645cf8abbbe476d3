// Makes stacks readable: a Python traceback begins with a screen of frames of the test runner, which say
// nothing about the test. Pure.
#ifndef ALIBI_COLLECTOR_SERVE_STACK_TEXT_H_
#define ALIBI_COLLECTOR_SERVE_STACK_TEXT_H_

#include <string>
#include <string_view>

namespace alibi::serve {

// With a line in place of the runner's frames; all other stacks as they are.
std::string without_runner(std::string_view stack);

}  // namespace alibi::serve

#endif  // ALIBI_COLLECTOR_SERVE_STACK_TEXT_H_

// Runs a piece of a test in a forked process, so that limits, closed descriptors and _exit stay there.
#ifndef ALIBI_TESTS_SUPPORT_CHILD_PROCESS_H_
#define ALIBI_TESTS_SUPPORT_CHILD_PROCESS_H_

#include <functional>

namespace alibi::testing {

// The exit status of `body`'s process, which ends with _exit(body()); 128 + signal when one ended it.
int run_in_child(const std::function<int()>& body);

}  // namespace alibi::testing

#endif  // ALIBI_TESTS_SUPPORT_CHILD_PROCESS_H_

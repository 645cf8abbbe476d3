// What runs inside the server: two Lua scripts, each of which is one step that nobody can interrupt. QUEUE.md
// has the keys they work on and the rules they keep. Used by queue_protocol.
#ifndef ALIBI_COLLECTOR_QUEUE_QUEUE_SCRIPTS_H_
#define ALIBI_COLLECTOR_QUEUE_QUEUE_SCRIPTS_H_

#include <string>

namespace alibi::queue {

const std::string& join_script();
const std::string& step_script();

}  // namespace alibi::queue

#endif  // ALIBI_COLLECTOR_QUEUE_QUEUE_SCRIPTS_H_

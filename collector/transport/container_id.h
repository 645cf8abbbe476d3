// Which container a process runs in, as an agent on the same machine knows it: by that it adds the tags of
// the container. Used when the intake's address is settled. Pure.
#ifndef ALIBI_COLLECTOR_TRANSPORT_CONTAINER_ID_H_
#define ALIBI_COLLECTOR_TRANSPORT_CONTAINER_ID_H_

#include <string>
#include <string_view>

namespace alibi::transport {

// `cgroup`: the text of /proc/self/cgroup. Empty where it names none, as on most machines with cgroup 2.
std::string container_id(std::string_view cgroup);

}  // namespace alibi::transport

#endif  // ALIBI_COLLECTOR_TRANSPORT_CONTAINER_ID_H_

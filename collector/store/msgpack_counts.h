// Do the element counts claimed by a msgpack value fit into its bytes? Asked before foreign bytes are given
// to msgpack-c, which reserves memory for a count before it has seen the elements: five bytes could claim 100
// GB. Pure.
#ifndef ALIBI_COLLECTOR_STORE_MSGPACK_COUNTS_H_
#define ALIBI_COLLECTOR_STORE_MSGPACK_COUNTS_H_

#include <string_view>

namespace alibi::store {

// True when `raw` is exactly one value made of integers, booleans, strings, binaries and arrays.
bool counts_hold(std::string_view raw);

}  // namespace alibi::store

#endif  // ALIBI_COLLECTOR_STORE_MSGPACK_COUNTS_H_

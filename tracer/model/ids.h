// Numbers that name things inside one shard, each of its own type so that a probe cannot pass for a context.
// Used by the writer, the reader and the merger. A number means something only together with its shard.
#ifndef ALIBI_TRACER_MODEL_IDS_H_
#define ALIBI_TRACER_MODEL_IDS_H_

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace alibi::model {

template <typename Tag>
struct Id {
  uint32_t value = 0;
  friend constexpr auto operator<=>(const Id&, const Id&) = default;
};

using ProbeId = Id<struct ProbeTag>;      // one line of one code unit; 0 is none
using ContextId = Id<struct ContextTag>;  // what evidence is charged to; 0 is the session
using FileId = Id<struct FileTag>;        // a source file of the project; 0 is none

inline constexpr ContextId kSession{0};
inline constexpr ContextId kWholeProcess{0xFFFFFFFFu};    // only in drops
inline constexpr ContextId kUnknownContext{0xFFFFFFFFu};  // only where a process comes from

}  // namespace alibi::model

template <typename Tag>
struct std::hash<alibi::model::Id<Tag>> {
  size_t operator()(alibi::model::Id<Tag> id) const noexcept { return std::hash<uint32_t>{}(id.value); }
};

#endif  // ALIBI_TRACER_MODEL_IDS_H_

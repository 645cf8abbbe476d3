#include "collector/merge/session_shape.h"

#include <algorithm>
#include <numeric>
#include <string_view>
#include <tuple>

#include "absl/container/flat_hash_map.h"

namespace alibi::collector {
namespace {

class Shaping {
 public:
  explicit Shaping(ShardSource* source) : source_(*source) {
    const size_t count = source_.size();
    shape_.places.resize(count);
    std::iota(shape_.places.begin(), shape_.places.end(), size_t{0});
    std::sort(shape_.places.begin(), shape_.places.end(),
              [this](size_t left, size_t right) { return source_.name(left) < source_.name(right); });
    shape_.links.resize(count);
    shape_.unreadable.resize(count);
    ranks_.reserve(count);
    for (uint32_t rank = 0; rank < count; ++rank) ranks_.emplace(source_.name(shape_.places[rank]), rank);
  }

  SessionShape run() {
    for (uint32_t rank = 0; rank < shape_.places.size(); ++rank) look_at(rank);
    forget_unreadable();
    std::sort(shape_.overlaps.begin(), shape_.overlaps.end(), [](const Overlap& left, const Overlap& right) {
      return std::tie(left.user, left.context, left.used) < std::tie(right.user, right.context, right.used);
    });
    return std::move(shape_);
  }

 private:
  void look_at(uint32_t rank) {
    const Result<const ShardContent*> shard = source_.read(shape_.places[rank]);
    if (!shard) {
      shape_.unreadable[rank] = true;
      shape_.lost.push_back(DamagedShard{source_.name(shape_.places[rank]), shard.error().message, 0, true});
      return;
    }
    const ShardContent& content = **shard;
    ShardLink& link = shape_.links[rank];
    if (!content.process.parent_shard.empty()) {
      link = {ShardLink::Kind::kForked, rank_of(content.process.parent_shard), content.process.parent_bytes,
              0};
    } else if (content.origin && content.origin->context != model::kUnknownContext) {
      link = {ShardLink::Kind::kStarted, rank_of(content.origin->shard), 0, content.origin->context.value};
    } else if (content.origin) {
      link.kind = ShardLink::Kind::kStartedForAll;
    }
    for (const model::OverlapRecord& record : content.overlaps) {
      const uint32_t user = record.user_shard.empty() ? rank : rank_of(record.user_shard);
      const uint32_t used = record.used_shard.empty() ? rank : rank_of(record.used_shard);
      shape_.overlaps.push_back(Overlap{user, record.user.value, used});
    }
  }

  void forget_unreadable() {
    const auto gone = [this](uint32_t rank) { return rank == kNoShard || shape_.unreadable[rank]; };
    for (ShardLink& link : shape_.links) {
      if (gone(link.to)) link.to = kNoShard;
    }
    shape_.unknown_overlaps = std::erase_if(
        shape_.overlaps, [&](const Overlap& overlap) { return gone(overlap.user) || gone(overlap.used); });
  }

  uint32_t rank_of(std::string_view name) const {
    const auto found = ranks_.find(name);
    return found == ranks_.end() ? kNoShard : found->second;
  }

  ShardSource& source_;
  absl::flat_hash_map<std::string_view, uint32_t> ranks_;
  SessionShape shape_;
};

}  // namespace

SessionShape shape_of(ShardSource* source) {
  return Shaping(source).run();
}

}  // namespace alibi::collector

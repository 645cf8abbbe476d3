#include "tracer/model/line_set.h"

#include <algorithm>
#include <bit>

namespace alibi::model {
namespace {

constexpr uint32_t kLinesPerBlock = 64;

bool index_less(const LineSet::Block& block, uint32_t index) {
  return block.index < index;
}

}  // namespace

void LineSet::insert(uint32_t line) {
  const uint32_t index = line / kLinesPerBlock;
  const uint64_t bit = uint64_t{1} << (line % kLinesPerBlock);
  // Lines mostly arrive near each other: the last block first.
  if (!blocks_.empty() && blocks_.back().index == index) {
    blocks_.back().bits |= bit;
    return;
  }
  const auto at = std::lower_bound(blocks_.begin(), blocks_.end(), index, index_less);
  if (at != blocks_.end() && at->index == index) {
    at->bits |= bit;
  } else {
    blocks_.insert(at, Block{index, bit});
  }
}

void LineSet::insert(const LineSet& other) {
  if (other.blocks_.empty()) return;
  if (blocks_.empty()) {
    blocks_ = other.blocks_;
    return;
  }
  std::vector<Block> merged;
  merged.reserve(blocks_.size() + other.blocks_.size());
  auto left = blocks_.begin();
  auto right = other.blocks_.begin();
  while (left != blocks_.end() && right != other.blocks_.end()) {
    if (left->index < right->index) {
      merged.push_back(*left++);
    } else if (right->index < left->index) {
      merged.push_back(*right++);
    } else {
      merged.push_back(Block{left->index, left->bits | right->bits});
      ++left;
      ++right;
    }
  }
  merged.insert(merged.end(), left, blocks_.end());
  merged.insert(merged.end(), right, other.blocks_.end());
  blocks_ = std::move(merged);
}

bool LineSet::contains(uint32_t line) const {
  const uint32_t index = line / kLinesPerBlock;
  const auto at = std::lower_bound(blocks_.begin(), blocks_.end(), index, index_less);
  return at != blocks_.end() && at->index == index && ((at->bits >> (line % kLinesPerBlock)) & 1) != 0;
}

bool LineSet::intersects(const LineSet& other) const {
  auto left = blocks_.begin();
  auto right = other.blocks_.begin();
  while (left != blocks_.end() && right != other.blocks_.end()) {
    if (left->index == right->index && (left->bits & right->bits) != 0) return true;
    if (left->index <= right->index) {
      ++left;
    } else {
      ++right;
    }
  }
  return false;
}

size_t LineSet::size() const {
  size_t count = 0;
  for (const Block& block : blocks_) count += static_cast<size_t>(std::popcount(block.bits));
  return count;
}

std::vector<uint32_t> LineSet::lines() const {
  std::vector<uint32_t> result;
  result.reserve(size());
  for (const Block& block : blocks_) {
    for (uint64_t bits = block.bits; bits != 0; bits &= bits - 1) {
      result.push_back(block.index * kLinesPerBlock + static_cast<uint32_t>(std::countr_zero(bits)));
    }
  }
  return result;
}

}  // namespace alibi::model

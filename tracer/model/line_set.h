// LineSet: the lines of one file that something executed. Used by the merger and by reports; kept as a sorted
// list of 64-line blocks, so that 500 lines take a few hundred bytes and a union walks words, not lines. One
// thread at a time.
#ifndef ALIBI_TRACER_MODEL_LINE_SET_H_
#define ALIBI_TRACER_MODEL_LINE_SET_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace alibi::model {

class LineSet {
 public:
  struct Block {
    uint32_t index = 0;  // lines index*64 … index*64+63
    uint64_t bits = 0;   // never 0
    friend bool operator==(const Block&, const Block&) = default;
  };

  void insert(uint32_t line);
  void insert(const LineSet& other);
  bool contains(uint32_t line) const;
  bool intersects(const LineSet& other) const;
  bool empty() const { return blocks_.empty(); }
  size_t size() const;

  std::vector<uint32_t> lines() const;  // ascending
  const std::vector<Block>& blocks() const { return blocks_; }

  friend bool operator==(const LineSet&, const LineSet&) = default;

 private:
  std::vector<Block> blocks_;  // ascending by index
};

}  // namespace alibi::model

#endif  // ALIBI_TRACER_MODEL_LINE_SET_H_

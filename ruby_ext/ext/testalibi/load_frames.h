// Which bodies of files, classes and modules run now, the innermost last.
//
// Used by LineEvents, with the GVL. Nothing tells when such a body ends, so its frame is looked at: it runs
// as long as a frame of its instruction sequence is where it was, at or above the frame that asks.
#ifndef ALIBI_RUBY_EXT_LOAD_FRAMES_H_
#define ALIBI_RUBY_EXT_LOAD_FRAMES_H_

#include <cstdint>
#include <vector>

#include "ruby_internal.h"

namespace alibi::ruby {

class LoadFrames {
 public:
  enum class Relation : uint8_t {
    kOutside,  // no body runs
    kInside,   // the innermost one runs the code that asks
    kBeside    // one runs, in another fiber or thread
  };
  struct Body {
    const void* execution;
    const ControlFrame* frame;
    const Iseq* iseq;
    uint32_t statement;  // probe of the line that runs; 0: none yet
    const Iseq* code;    // where that line is: a block that stands in a body may be of another file
    uint32_t line;
  };

  // Forgets bodies that have ended.
  Relation relation(const TraceArgument& asks);
  // The body whose line runs now becomes the innermost one.
  Body* enter(const TraceArgument& at);
  Body* innermost() { return bodies_.size() > hidden_ ? &bodies_.back() : nullptr; }

  bool any() const { return bodies_.size() > hidden_; }
  // Null: none of those in sight.
  const Body* find(const Iseq* iseq) const;

  // Bodies that run now are out of sight: what a test does is not theirs. Returns how many.
  size_t hide();
  // So many stay out of sight, what was begun since is forgotten.
  void unhide(size_t hidden);
  void clear();

 private:
  std::vector<Body> bodies_;
  size_t hidden_ = 0;
};

}  // namespace alibi::ruby

#endif  // ALIBI_RUBY_EXT_LOAD_FRAMES_H_

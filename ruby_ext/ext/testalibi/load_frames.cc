#include "load_frames.h"

namespace alibi::ruby {

// Frames of one fiber lie below each other: the newer, the lower.
LoadFrames::Relation LoadFrames::relation(const TraceArgument& asks) {
  while (bodies_.size() > hidden_) {
    const Body& top = bodies_.back();
    if (top.execution != asks.execution) return Relation::kBeside;
    if (asks.frame <= top.frame && top.frame->iseq == top.iseq) return Relation::kInside;
    bodies_.pop_back();
  }
  return Relation::kOutside;
}

LoadFrames::Body* LoadFrames::enter(const TraceArgument& at) {
  if (Body* top = innermost(); top != nullptr && top->execution == at.execution && top->frame == at.frame &&
                               top->iseq == at.frame->iseq)
    return top;
  bodies_.push_back({at.execution, at.frame, at.frame->iseq, 0, nullptr, 0});
  return &bodies_.back();
}

const LoadFrames::Body* LoadFrames::find(const Iseq* iseq) const {
  for (size_t i = bodies_.size(); i > hidden_; --i) {
    if (bodies_[i - 1].iseq == iseq) return &bodies_[i - 1];
  }
  return nullptr;
}

size_t LoadFrames::hide() {
  return hidden_ = bodies_.size();
}

void LoadFrames::unhide(size_t hidden) {
  if (bodies_.size() > hidden_) bodies_.resize(hidden_);
  hidden_ = hidden < bodies_.size() ? hidden : bodies_.size();
}

void LoadFrames::clear() {
  bodies_.clear();
  hidden_ = 0;
}

}  // namespace alibi::ruby

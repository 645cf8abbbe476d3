#include "contexts.h"

#include <algorithm>

namespace alibi::ruby {

void Contexts::start(alibi_session* session) {
  session_ = session;
  open_.clear();
  several_ = false;
  said_ = kSession;
}

void Contexts::say(uint32_t context) {
  alibi_append_hit(session_, alibi_hit_stream_of(session_), ALIBI_CONTEXT_SWITCH(context));
  said_ = context;
}

void Contexts::tell() {
  numbers_.clear();
  several_ = false;
  for (const Open& open : open_) {
    numbers_.push_back(open.context);
    several_ = several_ || open.thread != open_.front().thread;
  }
  alibi_set_contexts(session_, numbers_.data(), numbers_.size());
  // Until a thread says that it starts a program.
  if (several_) alibi_invite_for(session_, kSession);
}

void Contexts::push(uint32_t context, size_t hidden_bodies) {
  open_.push_back({context, rb_thread_current(), hidden_bodies});
  tell();
}

uint32_t Contexts::own() const {
  const VALUE thread = rb_thread_current();
  const auto found =
      std::find_if(open_.rbegin(), open_.rend(), [&](const Open& open) { return open.thread == thread; });
  return found == open_.rend() ? kSession : found->context;
}

void Contexts::invite_for_own() const {
  if (several_) alibi_invite_for(session_, own());
}

bool Contexts::pop(uint32_t context, size_t* hidden_bodies) {
  const auto found =
      std::find_if(open_.begin(), open_.end(), [&](const Open& open) { return open.context == context; });
  if (found == open_.end()) return false;
  // What was begun inside it on the same thread, and never ended, is over too.
  const VALUE thread = found->thread;
  const auto first = found - open_.begin();
  open_.erase(std::remove_if(open_.begin() + first, open_.end(),
                             [&](const Open& open) { return open.thread == thread; }),
              open_.end());
  *hidden_bodies = 0;
  for (const Open& open : open_) *hidden_bodies = std::max(*hidden_bodies, open.hidden_bodies);
  tell();
  return true;
}

}  // namespace alibi::ruby

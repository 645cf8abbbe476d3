// Which tests, fixtures and collections run now, and on which threads.
//
// Used by Recording and LineEvents, with the GVL. One that begins while another is open on the same thread is
// inside it. Tests that run at once on several threads have their own lines each; what a thread does that
// belongs to none of them counts for all.
#ifndef ALIBI_RUBY_EXT_CONTEXTS_H_
#define ALIBI_RUBY_EXT_CONTEXTS_H_

#include <cstdint>
#include <vector>

#include "compat.h"
#include "tracer/abi/alibi.h"

namespace alibi::ruby {

class Contexts {
 public:
  static constexpr uint32_t kSession = 0;

  void start(alibi_session* session);
  // In the hit stream: what follows belongs to it.
  void say(uint32_t context);
  void push(uint32_t context, size_t hidden_bodies);
  // False: it was not open. `hidden_bodies`: as given to push for those that are open still.
  bool pop(uint32_t context, size_t* hidden_bodies);

  uint32_t current() const { return open_.empty() ? kSession : open_.back().context; }
  // What is open on this thread; kSession: nothing.
  uint32_t own() const;
  bool on_several_threads() const { return several_; }
  // Programs that this thread starts now run for what is open on it; where nothing is, for the session.
  void invite_for_own() const;
  // Of several threads: calls with each context that code on `thread` belongs to.
  template <typename Visit>
  void each_of(VALUE thread, const Visit& visit) const;
  // Those that are open on any thread.
  template <typename Visit>
  void each_open(const Visit& visit) const {
    for (const Open& open : open_) visit(open.context);
  }
  uint32_t said() const { return said_; }

 private:
  struct Open {
    uint32_t context;
    VALUE thread;
    size_t hidden_bodies;
  };
  void tell();

  alibi_session* session_ = nullptr;
  std::vector<Open> open_;
  std::vector<uint32_t> numbers_;
  bool several_ = false;
  uint32_t said_ = kSession;
};

template <typename Visit>
void Contexts::each_of(VALUE thread, const Visit& visit) const {
  for (auto open = open_.rbegin(); open != open_.rend(); ++open) {
    if (open->thread == thread) return visit(open->context);
  }
  for (const Open& open : open_) visit(open.context);
}

}  // namespace alibi::ruby

#endif  // ALIBI_RUBY_EXT_CONTEXTS_H_

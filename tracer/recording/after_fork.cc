#include "tracer/recording/after_fork.h"

#include <pthread.h>

#include <atomic>

#include "tracer/recording/session.h"

namespace alibi::recording {
namespace {

std::atomic<Session*> the_session{nullptr};

void in_child() {
  if (Session* const session = the_session.load(std::memory_order_acquire)) session->mark_forked();
}

// Handlers cannot be removed: installed once, for all sessions to come.
bool handler_is_installed() {
  static const bool installed = ::pthread_atfork(nullptr, nullptr, &in_child) == 0;
  return installed;
}

}  // namespace

bool claim_process(Session* session) {
  if (!handler_is_installed()) return false;
  Session* none = nullptr;
  return the_session.compare_exchange_strong(none, session);
}

void release_process(Session* session) {
  Session* expected = session;
  the_session.compare_exchange_strong(expected, nullptr);
}

}  // namespace alibi::recording

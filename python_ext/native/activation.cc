#include "activation.h"

#include <algorithm>
#include <cstring>

namespace alibi::python {
namespace {

constexpr uint32_t kSessionContext = 0;  // collection and hooks; exists without being defined

bool other_threads_exist() {
  PyThreadState* head = PyInterpreterState_ThreadHead(current_interpreter());
  return head != nullptr && PyThreadState_Next(head) != nullptr;
}

}  // namespace

Activation::Activation(alibi_session* session)
    : session_(session),
      stream_(alibi_hit_stream_of(session)),
      contexts_{kSessionContext},
      context_threads_{0} {
  running_.reserve(64);
  contexts_.reserve(16);
}

void Activation::line_out_of_range(int line) {
  // Line 0 is the RESUME of a module body: no source line, nothing lost.
  if (line > 0) count_loss(ALIBI_DROP_LINE_OUT_OF_RANGE);
}

void Activation::count_loss(alibi_drop_reason reason) {
  alibi_drop(session_, current_context(), reason, 1);
}

void Activation::strategy_changed() {
  const char* strategy = source_->strategy();
  alibi_set_strategy(session_, {strategy, std::strlen(strategy)});
}

void Activation::begin_round(EventSource::ModuleLines module_lines) {
  ++round_;
  source_->rearm(module_lines);
}

void Activation::switch_context(uint32_t context) {
  // Order matters: what fires again must find the new context in the stream, never the old one.
  alibi_append_hit(session_, stream_, ALIBI_CONTEXT_SWITCH(context));
  alibi_set_contexts(session_, contexts_.data(), contexts_.size());
  concurrent_marked_ = false;
  begin_round(EventSource::ModuleLines::kRearm);
}

void Activation::push_context(uint32_t context) {
  const unsigned long thread = PyThread_get_thread_ident();
  charge_with_others(context, thread);
  contexts_.push_back(context);
  context_threads_.push_back(thread);
  switch_context(context);
  resume_statement();
}

void Activation::charge_with_others(uint32_t context, unsigned long thread) {
  for (size_t i = 1; i < contexts_.size(); ++i) {
    if (context_threads_[i] == thread || contexts_[i] == context) continue;
    alibi_charge(session_, contexts_[i], context);
    alibi_charge(session_, context, contexts_[i]);
  }
}

void Activation::pop_context(uint32_t context) {
  auto found = std::find(contexts_.rbegin(), contexts_.rend(), context);
  if (context == kSessionContext || found == contexts_.rend()) return;
  const auto first = static_cast<size_t>(found.base() - 1 - contexts_.begin());
  const unsigned long thread = context_threads_[first];
  for (size_t i = contexts_.size(); i-- > first;) {
    if (context_threads_[i] != thread) continue;
    contexts_.erase(contexts_.begin() + static_cast<ptrdiff_t>(i));
    context_threads_.erase(context_threads_.begin() + static_cast<ptrdiff_t>(i));
  }
  switch_context(current_context());
  resume_statement();
}

void Activation::mark_if_concurrent() {
  if (concurrent_marked_ || !other_threads_exist()) return;
  concurrent_marked_ = true;
  alibi_append_hit(session_, stream_, ALIBI_CONCURRENT_IMPORT);
}

// After a change: says again which statement runs, or, outside of all modules, which context.
void Activation::resume_statement() {
  if (running_.empty()) return;
  mark_if_concurrent();
  // A body that has not reached a line yet runs on behalf of the statement around it.
  for (auto body = running_.rbegin(); body != running_.rend(); ++body) {
    if (body->statement == 0) continue;
    alibi_append_hit(session_, stream_, ALIBI_STATEMENT(body->statement));
    return;
  }
}

void Activation::enter_module(CodeRecord* module) {
  mark_if_concurrent();
  running_.push_back({module, 0, PyThread_get_thread_ident(), true, 0});
}

void Activation::leave_module() {
  const unsigned long thread = PyThread_get_thread_ident();
  auto mine = std::find_if(running_.rbegin(), running_.rend(),
                           [&](const Running& body) { return body.is_module && body.thread == thread; });
  if (mine == running_.rend()) return;
  mark_if_concurrent();
  // Class bodies of it that ended by an exception go with it; other threads' modules stay.
  const auto first = mine.base() - 1;
  running_.erase(
      std::remove_if(first, running_.end(), [&](const Running& body) { return body.thread == thread; }),
      running_.end());
  begin_round(EventSource::ModuleLines::kKeep);
  if (running_.empty()) {
    alibi_append_hit(session_, stream_, ALIBI_CONTEXT_SWITCH(current_context()));
    concurrent_marked_ = false;
  } else {
    resume_statement();
  }
}

void Activation::record_module_line(CodeRecord* record, uint32_t probe) {
  Running* top = &running_.back();
  const unsigned long thread = PyThread_get_thread_ident();
  if (top->thread != thread || top->body->file != record->file) {
    // Another thread's module, or module code that did not come through exec: not what runs on top.
    forget_line(thread);
    return alibi_append_hit(session_, stream_, probe);
  }
  mark_if_concurrent();
  if (top->body != record) {
    auto known = std::find_if(running_.rbegin(), running_.rend(), [&](const Running& body) {
      return body.body == record && body.thread == thread;
    });
    if (known != running_.rend()) {
      running_.erase(known.base(), running_.end());  // class bodies inside it are over
    } else if (record->kind == ALIBI_CODE_CLASS_BODY) {
      running_.push_back({record, 0, thread, false, 0});
    } else {
      return alibi_append_hit(session_, stream_, probe);
    }
    top = &running_.back();
  }
  top->statement = probe;
  top->line = static_cast<int>(record->first_line + (probe - record->base));
  alibi_append_hit(session_, stream_, ALIBI_STATEMENT(probe));
  begin_round(EventSource::ModuleLines::kKeep);
}

int Activation::running_line() const {
  const unsigned long thread = PyThread_get_thread_ident();
  for (auto body = running_.rbegin(); body != running_.rend(); ++body) {
    if (body->thread != thread) continue;
    // A class body that has not reached a line yet runs on behalf of the statement around it.
    if (body->line != 0 || body->is_module) return body->line;
  }
  return 0;
}

void Activation::forget_line(unsigned long thread) {
  const auto mine = std::find_if(running_.rbegin(), running_.rend(),
                                 [&](const Running& body) { return body.thread == thread; });
  if (mine != running_.rend()) mine->line = 0;
}

void Activation::leave_class_body(CodeRecord* body) {
  if (running_.empty()) return;
  const Running& top = running_.back();
  if (top.is_module || top.body != body || top.thread != PyThread_get_thread_ident()) return;
  running_.pop_back();
  resume_statement();
  begin_round(EventSource::ModuleLines::kKeep);
}

void Activation::after_fork_in_child() {
  const unsigned long thread = PyThread_get_thread_ident();
  running_.erase(std::remove_if(running_.begin(), running_.end(),
                                [&](const Running& body) { return body.thread != thread; }),
                 running_.end());
}

}  // namespace alibi::python

#include "line_events.h"

#include "keeper.h"
#include "line_self_test.h"
#include "recent_observations.h"

namespace alibi::ruby {
namespace {

constexpr rb_event_flag_t kEvents = RUBY_EVENT_LINE | RUBY_EVENT_CALL;

rb_event_hook_func_t as_hook(void (*function)(VALUE, const rb_trace_arg_t*)) {
  return reinterpret_cast<rb_event_hook_func_t>(reinterpret_cast<void (*)()>(function));
}

void add_hook(void (*function)(VALUE, const rb_trace_arg_t*), rb_event_flag_t events) {
  const int flags = RUBY_EVENT_HOOK_FLAG_SAFE | RUBY_EVENT_HOOK_FLAG_RAW_ARG;
  rb_add_event_hook2(as_hook(function), events, Qnil, static_cast<rb_event_hook_flag_t>(flags));
}

bool compiler_runs() {
  const VALUE machine = constant(rb_cObject, "RubyVM");
  if (NIL_P(machine)) return false;
  for (const char* name : {"YJIT", "RJIT", "MJIT", "ZJIT"}) {
    const VALUE compiler = constant(machine, name);
    if (!NIL_P(compiler) && RTEST(ask(compiler, "enabled?"))) return true;
  }
  return false;
}

}  // namespace

const char* LineEvents::strategy() const {
  if (way_ == Way::kApi) return "api";
  return way_ == Way::kOneshot && !compiled_ ? "oneshot" : "raw";
}

void LineEvents::start(alibi_session* session, CodeUnits* units, Contexts* contexts, Way wanted) {
  session_ = session;
  stream_ = alibi_hit_stream_of(session);
  units_ = units;
  contexts_ = contexts;
  seen_.assign(size_t{1} << kRememberedBits, Seen{});
  loads_.clear();
  const Way possible = best_way(&words_);
  way_ = wanted < possible ? possible : wanted;
  if (way_ != Way::kApi) {
    canary_ = rb_eval_string("proc {\nnil\n}");
    Keeper::added(canary_);
    canary_code_ = rb_iseqw_to_iseq(
        rb_funcall(rb_path2class("RubyVM::InstructionSequence"), rb_intern("of"), 1, canary_));
  }
  check_compiler();
  install();
}

void LineEvents::install() {
  running_ = this;
  if (way_ == Way::kApi)
    add_hook(&on_line, RUBY_EVENT_LINE);
  else
    add_hook(&on_event, kEvents);
}

void LineEvents::uninstall() {
  rb_remove_event_hook(as_hook(way_ == Way::kApi ? &on_line : &on_event));
}

void LineEvents::stop() {
  if (running_ != this) return;
  begin_round();
  uninstall();
  running_ = nullptr;
}

void LineEvents::on_event(VALUE, const rb_trace_arg_t* argument) {
  if (running_ != nullptr) running_->event(*reinterpret_cast<const TraceArgument*>(argument));
}

// By public functions. The lines of bodies count for the context that is current, as all do.
void LineEvents::on_line(VALUE, const rb_trace_arg_t* argument) {
  LineEvents* const self = running_;
  if (self == nullptr) return;
  rb_trace_arg_t* const given = const_cast<rb_trace_arg_t*>(argument);
  const VALUE path = rb_tracearg_path(given);
  const VALUE line = rb_tracearg_lineno(given);
  if (!FIXNUM_P(line)) return;
  const uint32_t probe = self->units_->probe_of_line(path, static_cast<uint32_t>(FIX2LONG(line)));
  if (probe == 0) return;
  const auto* key = reinterpret_cast<const VALUE*>(static_cast<uintptr_t>(probe) << 3);
  if (self->contexts_->on_several_threads()) return self->line_on_threads(probe, key);
  if (!self->is_fresh(key, 0)) return;
  self->say_context();
  self->hit(probe);
}

// HOT: each line of the project that runs for the first time in a test, and all others once.
void LineEvents::event(const TraceArgument& at) {
  const Iseq* const iseq = at.frame->iseq;
  const IseqBody& body = body_of(iseq);
  const auto position = static_cast<size_t>(at.frame->pc - body.encoded - 1);
  VALUE* const word = body.encoded + position;
  if (iseq == canary_code_) {
    ++canary_seen_;
    return;
  }
  if (is_repeated(key_of(at, word))) return;
  const CodeRecord* const record = units_->record_of(iseq);
  if (record == nullptr) {
    if (way_ == Way::kOneshot && foreign_ == 0) {
      if (const VALUE plain = words_.plain_of(iseq, position); plain != 0) *word = plain;
    }
    return;
  }
  if ((at.event & RUBY_EVENT_CALL) != 0 && record->has_lines) {
    is_fresh(key_of(at, word), 0);
    return switch_off(at, *record, word);
  }
  const uint32_t probe = record->probe_of(rb_iseq_line_no(iseq, position));
  if (probe == 0) return alibi_drop(session_, contexts_->current(), ALIBI_DROP_LINE_OUT_OF_RANGE, 1);
  if (record->role == CodeRecord::Role::kLoadBody)
    line_of_body(at, record->first_line + (probe - record->base), probe);
  else if (contexts_->on_several_threads())
    line_on_threads(probe, word);
  else
    line_of_others(at, *record, probe, word);
}

// What runs when a file is loaded is there for everybody afterwards.
void LineEvents::line_of_body(const TraceArgument& at, uint32_t line, uint32_t probe) {
  if (loads_.relation(at) == LoadFrames::Relation::kOutside) {
    begin_round();
    ++bodies_;
  }
  LoadFrames::Body* const body = loads_.enter(at);
  set_statement(body, at.frame->iseq, line, probe);
  if (statement_said_ != probe) say_statement(probe);
}

// What is read from now on belongs to another statement.
void LineEvents::set_statement(LoadFrames::Body* body, const Iseq* code, uint32_t line, uint32_t probe) {
  if (body->statement == probe) return;
  body->statement = probe;
  body->code = code;
  body->line = line;
  RecentObservations::forget();
}

// While a body runs nothing is switched off: it ends without notice, and what runs after it is another's.
void LineEvents::line_of_others(const TraceArgument& at, const CodeRecord& record, uint32_t probe,
                                VALUE* word) {
  const LoadFrames::Relation relation = loads_.relation(at);
  if (relation == LoadFrames::Relation::kOutside) {
    say_context();
    return hit_once(at, record, probe, word);
  }
  LoadFrames::Body* const body = loads_.innermost();
  if (relation == LoadFrames::Relation::kBeside) {
    if (!is_fresh(key_of(at, word), 0)) return;
    hit(probe);
    contexts_->say(contexts_->current());
    hit(probe);
    return say_statement(body->statement);
  }
  // The block of a call such as `describe` runs as a body does, or as a function.
  if (record.role == CodeRecord::Role::kLoadBlock)
    set_statement(body, at.frame->iseq, record.first_line + (probe - record.base), probe);
  if (statement_said_ != body->statement) say_statement(body->statement);
  if (is_fresh(key_of(at, word), 0)) hit(probe);
}

void LineEvents::line_on_threads(uint32_t probe, const VALUE* key) {
  contexts_->each_of(rb_thread_current(), [&](uint32_t context) {
    if (!is_fresh(key, context)) return;
    if (statement_said_ != 0 || contexts_->said() != context) contexts_->say(context);
    statement_said_ = 0;
    hit(probe);
  });
}

void LineEvents::use_name(uint32_t probe, const LoadFrames::Body* body) {
  const auto* key = reinterpret_cast<const VALUE*>(static_cast<uintptr_t>(probe) << 3);
  if (contexts_->on_several_threads()) return line_on_threads(probe, key);
  if (body == nullptr)
    say_context();
  else if (statement_said_ != body->statement)
    say_statement(body->statement);
  if (is_fresh(key, 0)) hit(probe);
}

void LineEvents::hit_once(const TraceArgument& at, const CodeRecord& record, uint32_t probe, VALUE* word) {
  const size_t before = switched_off_.size();
  switch_off(at, record, word);
  if (switched_off_.size() != before || is_fresh(key_of(at, word), 0)) hit(probe);
}

void LineEvents::switch_off(const TraceArgument& at, const CodeRecord& record, VALUE* word) {
  if (way_ != Way::kOneshot || foreign_ != 0 || compiled_ || record.is_counted) return;
  if (contexts_->on_several_threads() || loads_.relation(at) != LoadFrames::Relation::kOutside) return;
  if (words_.is_plain(*word)) return;
  const VALUE plain = words_.plain_of(record.iseq, static_cast<size_t>(word - record.encoded));
  if (plain == 0) return;
  switched_off_.push_back({word, *word, plain});
  *word = plain;
}

void LineEvents::say_context() {
  if (statement_said_ == 0 && contexts_->said() == contexts_->current()) return;
  statement_said_ = 0;
  ++round_;  // what the statement has run, the context may run too
  contexts_->say(contexts_->current());
}

void LineEvents::say_own() {
  const uint32_t own = contexts_->own();
  if (!contexts_->on_several_threads() || own == Contexts::kSession) return;
  if (statement_said_ != 0 || contexts_->said() != own) contexts_->say(own);
  statement_said_ = 0;
}

void LineEvents::say_statement(uint32_t statement) {
  if (contexts_->said() != Contexts::kSession || statement == 0) contexts_->say(Contexts::kSession);
  if (statement != 0) hit(ALIBI_STATEMENT(statement));
  statement_said_ = statement;
  ++round_;
}

// An instruction may begin a line and a call: two events.
const VALUE* LineEvents::key_of(const TraceArgument& at, const VALUE* word) {
  return reinterpret_cast<const VALUE*>(reinterpret_cast<uintptr_t>(word) |
                                        ((at.event & RUBY_EVENT_CALL) != 0 ? 1 : 0));
}

// HOT where events stay on. False is always right: then it is found out.
bool LineEvents::is_repeated(const VALUE* key) {
  if (statement_said_ != 0 || contexts_->on_several_threads() || loads_.any()) return false;
  const Seen& seen = seen_at(key, 0);
  return seen.key == key && seen.round_and_context == static_cast<uint64_t>(round_) << 32 &&
         contexts_->said() == contexts_->current();
}

// A collision repeats an entry, it never loses one.
LineEvents::Seen& LineEvents::seen_at(const VALUE* key, uint32_t context) {
  const uint64_t mixed =
      (reinterpret_cast<uintptr_t>(key) ^ static_cast<uint64_t>(context) << 3) * 0x9E3779B97F4A7C15u;
  return seen_[mixed >> (64 - kRememberedBits)];
}

bool LineEvents::is_fresh(const VALUE* key, uint32_t context) {
  const uint64_t tag = static_cast<uint64_t>(round_) << 32 | context;
  Seen& seen = seen_at(key, context);
  if (seen.key == key && seen.round_and_context == tag) return false;
  seen = {key, tag};
  return true;
}

// All that was switched off is on again.
void LineEvents::begin_round() {
  for (const SwitchedOff& each : switched_off_) {
    if (*each.word == each.plain) *each.word = each.with_events;
  }
  switched_off_.clear();
  ++round_;
}

void LineEvents::begin_context(uint32_t context) {
  check_hook();
  check_compiler();
  begin_round();
  units_->forget_passing();
  contexts_->push(context, loads_.hide());
  statement_said_ = 0;
  RecentObservations::forget();
  contexts_->say(context);
}

void LineEvents::end_context(uint32_t context) {
  size_t hidden = 0;
  if (!contexts_->pop(context, &hidden)) return;
  begin_round();
  loads_.unhide(hidden);
  RecentObservations::forget();
  statement_said_ = 0;
  contexts_->say(contexts_->current());
}

void LineEvents::foreign_tracing(bool starts) {
  foreign_ += starts ? 1 : foreign_ > 0 ? -1 : 0;
  begin_round();
}

// A Ractor that is collected as garbage takes the hooks of the whole process with it (3.0 to 3.3).
void LineEvents::check_hook() {
  if (canary_code_ == nullptr) return;
  const uint64_t before = canary_seen_;
  rb_proc_call(canary_, rb_ary_new());
  if (canary_seen_ != before) return;
  uninstall();
  install();
}

void LineEvents::check_compiler() {
  const bool runs = compiler_runs();
  if (runs == compiled_) return;
  begin_round();
  compiled_ = runs;
  const char* name = strategy();
  alibi_set_strategy(session_, {name, __builtin_strlen(name)});
}

}  // namespace alibi::ruby

#include "shared_state.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "keeper.h"
#include "run_time_names.h"

namespace alibi::ruby {
namespace {

constexpr int64_t kShareOfTime = 40;         // of the tests' time, one part for each way of looking
constexpr int64_t kFirstCreditNs = 8000000;  // of each kind
constexpr int64_t kMostCreditNs = 2000000;   // a test that sleeps is no reason for more
constexpr int64_t kCheapNs = 5000;

int64_t now_ns() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<int64_t>(time.tv_sec) * 1000000000 + time.tv_nsec;
}

// ALIBI_STATE_BUDGET_US: time for each look; 0: each sees everything, whatever it costs. -1: a share of the
// tests' time.
int64_t budget_ns() {
  const char* const said = getenv("ALIBI_STATE_BUDGET_US");
  char* end = nullptr;
  const long long value = said == nullptr ? -1 : strtoll(said, &end, 10);
  return value < 0 || value > 1000000 || end == said || *end != '\0' ? -1 : value * 1000;
}

alibi_text text(std::string_view given) {
  return {given.data(), given.size()};
}

rb_event_hook_func_t as_hook(void (*function)(VALUE, const rb_trace_arg_t*)) {
  return reinterpret_cast<rb_event_hook_func_t>(reinterpret_cast<void (*)()>(function));
}

// What Singleton's class method hands out lies in a variable that nobody spells.
std::string_view spelled(std::string_view variable) {
  return variable == "@singleton__instance__" ? "instance" : variable;
}

// Null: it raised.
template <typename Do>
VALUE protected_from(const Do& what) {
  int state = 0;
  const VALUE before = rb_errinfo();
  const auto call = [](VALUE given) -> VALUE { return (*reinterpret_cast<const Do*>(given))(); };
  const VALUE answer = rb_protect(call, reinterpret_cast<VALUE>(&what), &state);
  if (state == 0) return answer;
  rb_set_errinfo(before);
  return Qnil;
}

}  // namespace

// Constants that are deprecated would say so.
struct SharedState::Quiet {
  Quiet() : was_loud(RTEST(rb_funcall(warning(), rb_intern("[]"), 1, category()))) {
    if (was_loud) set(Qfalse);
  }
  ~Quiet() {
    if (was_loud) set(Qtrue);
  }
  Quiet(const Quiet&) = delete;
  Quiet& operator=(const Quiet&) = delete;
  static VALUE warning() { return rb_const_get_at(rb_cObject, rb_intern("Warning")); }
  static VALUE category() { return ID2SYM(rb_intern("deprecated")); }
  static void set(VALUE loud) { rb_funcall(warning(), rb_intern("[]="), 2, category(), loud); }
  const bool was_loud;
};

void SharedState::start(alibi_session* session, const Contexts* contexts, const LineEvents* lines,
                        ProjectFiles* files) {
  session_ = session;
  contexts_ = contexts;
  lines_ = lines;
  files_ = files;
  budget_ns_ = budget_ns();
  for (Turns& turns : turns_) turns = Turns{turns.kind, 0, budget_ns_ < 0 ? kFirstCreditNs : 0};
  process_ = getpid();
  take_globals();  // those of the interpreter and of what was loaded before are nobody's
  watch(rb_cObject, 0, "");
  watch(Qnil, 0, "");
  running_ = this;
  const int flags = RUBY_EVENT_HOOK_FLAG_SAFE | RUBY_EVENT_HOOK_FLAG_RAW_ARG;
  rb_add_event_hook2(as_hook(&on_end), RUBY_EVENT_END, Qnil, static_cast<rb_event_hook_flag_t>(flags));
}

void SharedState::stop() {
  if (running_ != this) return;
  look_at_rest();
  rb_remove_event_hook(as_hook(&on_end));
  running_ = nullptr;
  watched_.clear();
  by_module_.clear();
}

void SharedState::mark() const {
  for (const auto& each : watched_) each->owner->mark();
}

void SharedState::on_end(VALUE, const rb_trace_arg_t* argument) {
  SharedState* const self = running_;
  if (self == nullptr) return;
  rb_trace_arg_t* const given = const_cast<rb_trace_arg_t*>(argument);
  const VALUE module = rb_tracearg_self(given);
  const VALUE path = rb_tracearg_path(given);
  protected_from([&] {
    if (const uint32_t file = self->file_of(path); file != 0) self->take(module, file);
    return Qnil;
  });
}

uint32_t SharedState::file_of(VALUE path) {
  if (!RB_TYPE_P(path, T_STRING)) return 0;
  if (RSTRING_LEN(path) != 0 && RSTRING_PTR(path)[0] != '/') path = rb_file_expand_path(path, Qnil);
  return files_->number_of(std::string_view(RSTRING_PTR(path), static_cast<size_t>(RSTRING_LEN(path))));
}

// Where it was defined first; 0: not in the project.
uint32_t SharedState::file_of_constant(VALUE module, VALUE name) {
  const RunTimeNames::Silence silence;
  const VALUE location = rb_funcall(module, rb_intern("const_source_location"), 1, name);
  return RB_TYPE_P(location, T_ARRAY) && RARRAY_LEN(location) != 0 ? file_of(RARRAY_AREF(location, 0)) : 0;
}

// A body of the class has ended: what it has now, it was given by code that is loaded.
void SharedState::take(VALUE module, uint32_t file) {
  if (!RB_TYPE_P(module, T_CLASS) && !RB_TYPE_P(module, T_MODULE)) return;
  const VALUE name = rb_mod_name(module);
  if (NIL_P(name)) return;
  const auto known = by_module_.find(module);
  if (known != by_module_.end()) {
    if (in_test_) look_closely(known->second, StateOwner::Depth::kQuick);
    return take_constants(known->second);
  }
  // Of one that the interpreter or a gem made, only constants can be the project's.
  const bool own = file_of_constant(rb_cObject, name) != 0;
  watch(module, file, own ? std::string(RSTRING_PTR(name), static_cast<size_t>(RSTRING_LEN(name))) : "");
}

SharedState::Watched* SharedState::watch(VALUE module, uint32_t file, std::string name) {
  watched_.push_back(std::make_unique<Watched>(
      Watched{std::make_unique<StateOwner>(module, file, std::move(name)), tests_.size()}));
  Watched* const watched = watched_.back().get();
  by_module_[module] = watched;
  Keeper::added(module);
  if (in_test_) {
    take_constants(watched);
    look_first(watched);
  }
  return watched;
}

void SharedState::take_constants(Watched* watched) {
  const VALUE module = watched->owner->module();
  if (NIL_P(module)) return take_globals();
  const VALUE names = rb_const_list(rb_mod_const_at(module, nullptr));
  for (long i = 0; i < RARRAY_LEN(names); ++i) take_constant(watched, RB_SYM2ID(RARRAY_AREF(names, i)));
  RB_GC_GUARD(const_cast<VALUE&>(names));
}

// Nothing is loaded by it.
void SharedState::take_constant(Watched* watched, ID name) {
  StateOwner& owner = *watched->owner;
  const VALUE module = owner.module();
  const bool is_own = !owner.name().empty();
  if (owner.watches(name) || watched->passed_over.contains(name) || RTEST(rb_autoload_p(module, name)))
    return;
  const uint32_t file = is_own ? owner.file() : file_of_constant(module, ID2SYM(name));
  const VALUE value = file == 0 ? Qnil : rb_const_get_at(module, name);
  const bool is_class = RB_TYPE_P(value, T_CLASS) || RB_TYPE_P(value, T_MODULE);
  if (file != 0 && !is_class) {
    owner.watch(name, &digest_);
    // Made while a test ran, and perhaps changed by it since.
    if (in_test_ && !is_own && !RB_SPECIAL_CONST_P(value) && !RB_OBJ_FROZEN(value))
      record(owner, StateOwner::Change::kContent, name, watched->since);
    return;
  }
  watched->passed_over.insert(name);
  const char* const last = rb_id2name(name);
  if (file != 0) take_class(value, is_own ? owner.name() + "::" + last : last, file);
}

// One without a body of its own: Point = Struct.new(:x). Under other names it is another's.
void SharedState::take_class(VALUE value, const std::string& expected, uint32_t file) {
  const VALUE called = rb_mod_name(value);
  if (by_module_.contains(value) || NIL_P(called)) return;
  if (expected == std::string_view(RSTRING_PTR(called), static_cast<size_t>(RSTRING_LEN(called))))
    watch(value, file, expected);
}

// One comes to be when code that sets it runs first.
void SharedState::take_globals() {
  const VALUE names = rb_f_global_variables();
  const auto owner = by_module_.find(Qnil);
  for (long i = 0; i < RARRAY_LEN(names); ++i) {
    const ID name = RB_SYM2ID(RARRAY_AREF(names, i));
    if (!globals_.insert(name).second || owner == by_module_.end()) continue;
    Watched& watched = *owner->second;
    watched.owner->watch(name, &digest_);
    if (!first_look_) record(*watched.owner, StateOwner::Change::kContent, name, watched.since);
  }
  RB_GC_GUARD(const_cast<VALUE&>(names));
}

// What a variable held before it got another object, or one of another size, may have been changed by tests
// that ended since it was looked into.
void SharedState::look(Watched* watched, StateOwner::Depth depth) {
  if (NIL_P(watched->owner->module())) take_globals();
  const size_t contents_since = watched->since;
  const size_t values_since = std::max(values_since_, contents_since);
  if (depth != StateOwner::Depth::kShallow) watched->since = tests_.size();
  const StateOwner& owner = *watched->owner;
  watched->owner->look(&digest_, depth, [&](StateOwner::Change change, ID variable) {
    if (change == StateOwner::Change::kReplaced && contents_since >= ended_before_) return;
    record(owner, change, variable, change == StateOwner::Change::kValue ? values_since : contents_since);
    watched->has_changed = true;
  });
}

// Another value may be younger than what its old one held.
void SharedState::look_closely(Watched* watched, StateOwner::Depth depth) {
  look(watched, StateOwner::Depth::kShallow);
  look(watched, depth);
}

void SharedState::record(const StateOwner& owner, StateOwner::Change change, ID variable, size_t since) {
  const std::string_view name = spelled(rb_id2name(variable));
  const bool is_own = !owner.name().empty();
  const int32_t kind = change != StateOwner::Change::kValue ? ALIBI_STATE_CONTENT
                       : is_own                             ? ALIBI_STATE_CLASS_ATTRIBUTE
                                                            : ALIBI_STATE_GLOBAL;
  // What is found from anywhere lies nowhere in particular.
  const uint32_t file = owner.file() != 0 ? owner.file() : files_->any();
  const auto write = [&](uint32_t context) {
    alibi_record_state_write(session_, context, file, kind, text(is_own ? owner.name() : name),
                             text(is_own ? name : std::string_view()));
  };
  for (size_t i = since; i < tests_.size(); ++i) write(tests_[i]);
  contexts_->each_open(write);
}

void SharedState::in_new_process() {
  if (getpid() == process_) return;
  process_ = getpid();
  for (const auto& each : watched_) each->since = tests_.size();
  values_since_ = tests_.size();
}

// What loading the tests did is nobody's change.
void SharedState::begin_test() {
  if (running_ != this) return;
  in_new_process();
  const Quiet quiet;
  protected_from([&] {
    if (!std::exchange(first_look_, false)) {
      take_from_files();
      return Qnil;
    }
    pass_over_derived();
    for (size_t i = 0; i < watched_.size(); ++i) take_constants(watched_[i].get());
    for (const auto& each : watched_) look_first(each.get());
    return Qnil;
  });
  if (looked_ns_ == 0) looked_ns_ = now_ns();
  ended_before_ = tests_.size();
  in_test_ = true;
}

// They keep what follows from what was loaded, and find it when it is first asked for.
void SharedState::pass_over_derived() {
  for (const std::initializer_list<const char*> path :
       {std::initializer_list<const char*>{"ActionDispatch", "Routing", "RouteSet"},
        {"Zeitwerk", "Loader"}}) {
    VALUE found = rb_cObject;
    for (const char* const part : path) {
      const bool is_there = !NIL_P(found) && !RTEST(rb_autoload_p(found, rb_intern(part)));
      found = is_there ? constant(found, part) : Qnil;
    }
    if (!NIL_P(found)) digest_.pass_over(found);
  }
}

// Constants that stand at the top of files are found in Object.
void SharedState::take_from_files() {
  if (const uint64_t begun = lines_->bodies_begun(); std::exchange(bodies_seen_, begun) == begun) return;
  take_constants(by_module_.at(rb_cObject));
}

void SharedState::end_test(uint32_t context) {
  if (running_ != this || first_look_) return;
  tests_.push_back(context);
  const int64_t before = now_ns();
  const Quiet quiet;
  protected_from([&] {
    take_from_files();
    if (budget_ns_ == 0)
      look_at_all();
    else
      look_at_some(before);
    return Qnil;
  });
  looked_ns_ = now_ns();
  in_test_ = false;
}

SharedState::Kind SharedState::kind_of(const Watched& watched) {
  if (watched.cost_ns <= kCheapNs) return Kind::kCheap;
  return watched.has_changed ? Kind::kChanging : Kind::kOther;
}

void SharedState::look_first(Watched* watched) {
  const int64_t before = now_ns();
  watched->owner->look(&digest_, StateOwner::Depth::kWhole, nullptr);
  watched->cost_ns = now_ns() - before;
}

int64_t SharedState::earned(int64_t now) const {
  return budget_ns_ < 0 ? (now - looked_ns_) / kShareOfTime : budget_ns_ / 2;
}

void SharedState::look_at_values(int64_t* now) {
  values_credit_ns_ = std::min(values_credit_ns_ + earned(*now), kMostCreditNs);
  if (values_credit_ns_ < 0) return;
  for (const auto& each : watched_) {
    if (each->owner->may_have_changed(StateOwner::Depth::kShallow))
      look(each.get(), StateOwner::Depth::kShallow);
  }
  values_since_ = tests_.size();
  const int64_t after = now_ns();
  values_credit_ns_ -= after - std::exchange(*now, after);
}

// What one kind leaves of its time is the next one's.
void SharedState::look_at_some(int64_t now) {
  const int64_t each = earned(now) / static_cast<int64_t>(std::size(turns_));
  look_at_values(&now);
  int64_t left = 0;
  for (Turns& turns : turns_) {
    const int64_t most = std::max(turns.credit_ns, kMostCreditNs);
    turns.credit_ns = std::min(turns.credit_ns + each + left, most);
    take_turns(&turns, &now);
    left = std::max<int64_t>(turns.credit_ns, 0);
    if (turns.kind != Kind::kOther) turns.credit_ns -= left;
  }
}

void SharedState::take_turns(Turns* turns, int64_t* now) {
  for (size_t i = 0; i < watched_.size() && turns->credit_ns > 0; ++i) {
    Watched* const watched = watched_[++turns->next % watched_.size()].get();
    if (watched->since == tests_.size() || kind_of(*watched) != turns->kind) continue;
    if (!watched->owner->may_have_changed(StateOwner::Depth::kQuick) && !NIL_P(watched->owner->module())) {
      watched->since = tests_.size();
      continue;
    }
    look(watched, StateOwner::Depth::kQuick);
    const int64_t after = now_ns();
    watched->cost_ns = after - std::exchange(*now, after);
    turns->credit_ns -= watched->cost_ns;
  }
}

void SharedState::look_at_all() {
  for (size_t i = 0; i < watched_.size(); ++i) look_closely(watched_[i].get(), StateOwner::Depth::kWhole);
  values_since_ = tests_.size();
}

void SharedState::look_at_rest() {
  const Quiet quiet;
  protected_from([&] {
    look_at_all();
    return Qnil;
  });
}

void SharedState::settle() {
  if (running_ == this && getpid() == process_ && !first_look_) look_at_rest();
}

}  // namespace alibi::ruby

#include "foreign_tracing.h"

#include <initializer_list>

namespace alibi::ruby {
namespace {

TracingChanged tracing_changed = nullptr;
RactorBegins ractor_begins_now = nullptr;
bool trace_function_set = false;

// Events that share instructions with those of recording. A name that begins with none of "@", "@@" and "$"
// is out of Ruby's sight.
ID shares_id() {
  static const ID id = rb_intern("alibi_shares_instructions");
  return id;
}

bool is_of_its_own(VALUE event) {
  if (!SYMBOL_P(event)) return false;
  for (const char* name : {"class", "end", "raise", "c_call", "c_return", "a_return", "thread_begin",
                           "thread_end", "fiber_switch", "script_compiled", "rescue"}) {
    if (rb_sym2id(event) == rb_intern(name)) return true;
  }
  return false;
}

bool shares_instructions(int count, const VALUE* events) {
  for (int i = 0; i < count; ++i) {
    if (!is_of_its_own(events[i])) return true;
  }
  return count == 0;  // all events
}

bool is_set(VALUE trace_point, ID flag) {
  return RTEST(rb_ivar_get(trace_point, flag));
}
// Not asked by `enabled?`: it would see that call.
ID enabled_id() {
  static const ID id = rb_intern("alibi_is_enabled");
  return id;
}

// TracePoint.new(*events) { … }
VALUE trace_point_new(int count, VALUE* events, VALUE) {
  const VALUE made = rb_call_super(count, events);
  rb_ivar_set(made, shares_id(), shares_instructions(count, events) ? Qtrue : Qfalse);
  return made;
}

// TracePoint.trace(*events) { … }: made and enabled at once.
VALUE trace_point_trace(int count, VALUE* events, VALUE) {
  const bool shares = shares_instructions(count, events);
  if (shares) tracing_changed(true);
  const VALUE made = rb_call_super(count, events);
  rb_ivar_set(made, shares_id(), shares ? Qtrue : Qfalse);
  rb_ivar_set(made, enabled_id(), shares ? Qtrue : Qfalse);
  return made;
}

struct SuperCall {
  int count;
  VALUE* arguments;
};

VALUE call_super(VALUE argument) {
  const SuperCall& call = *reinterpret_cast<const SuperCall*>(argument);
  return rb_call_super_kw(call.count, call.arguments,
                          rb_keyword_given_p() ? RB_PASS_KEYWORDS : RB_NO_KEYWORDS);
}

VALUE tracing_ends(VALUE) {
  tracing_changed(false);
  return Qnil;
}

// With a block: for as long as it runs.
VALUE trace_point_enable(int count, VALUE* arguments, VALUE self) {
  SuperCall call{count, arguments};
  if (!is_set(self, shares_id()) || is_set(self, enabled_id()))
    return call_super(reinterpret_cast<VALUE>(&call));
  tracing_changed(true);
  if (rb_block_given_p()) return rb_ensure(call_super, reinterpret_cast<VALUE>(&call), tracing_ends, Qnil);
  rb_ivar_set(self, enabled_id(), Qtrue);
  return call_super(reinterpret_cast<VALUE>(&call));
}

VALUE trace_point_disable(int count, VALUE* arguments, VALUE self) {
  SuperCall call{count, arguments};
  const VALUE result = call_super(reinterpret_cast<VALUE>(&call));
  if (is_set(self, enabled_id()) && !rb_block_given_p()) {
    rb_ivar_set(self, enabled_id(), Qfalse);
    tracing_changed(false);
  }
  return result;
}

VALUE set_trace_function(int count, VALUE* arguments, VALUE) {
  const bool sets = count == 1 && !NIL_P(arguments[0]);
  if (sets && !trace_function_set) tracing_changed(true);
  const VALUE result = rb_call_super(count, arguments);
  if (!sets && trace_function_set) tracing_changed(false);
  trace_function_set = sets;
  return result;
}

VALUE ractor_new(int count, VALUE* arguments, VALUE) {
  ractor_begins_now();
  return rb_call_super_kw(count, arguments, rb_keyword_given_p() ? RB_PASS_KEYWORDS : RB_NO_KEYWORDS);
}

struct Watched {
  const char* name;
  VALUE (*function)(int, VALUE*, VALUE);
};

void stand_before(VALUE owner, const char* name, VALUE watched, std::initializer_list<Watched> methods) {
  const VALUE module = rb_define_module_under(owner, name);
  for (const Watched& method : methods)
    (rb_define_method)(module, method.name, reinterpret_cast<VALUE (*)(ANYARGS)>(method.function), -1);
  rb_prepend_module(watched, module);
}

}  // namespace

void watch_foreign_tracing(VALUE owner, TracingChanged changed, RactorBegins ractor_begins) {
  if (tracing_changed != nullptr) return;
  tracing_changed = changed;
  ractor_begins_now = ractor_begins;
  const VALUE trace_point = constant(rb_cObject, "TracePoint");
  stand_before(owner, "TracePointMaking", rb_singleton_class(trace_point),
               {{"new", trace_point_new}, {"trace", trace_point_trace}});
  stand_before(owner, "TracePointUse", trace_point,
               {{"enable", trace_point_enable}, {"disable", trace_point_disable}});
  stand_before(owner, "TraceFunction", rb_mKernel, {{"set_trace_func", set_trace_function}});
  if (const VALUE ractor = constant(rb_cObject, "Ractor"); !NIL_P(ractor))
    stand_before(owner, "RactorMaking", rb_singleton_class(ractor), {{"new", ractor_new}});
}

}  // namespace alibi::ruby

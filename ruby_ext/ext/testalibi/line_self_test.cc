#include "line_self_test.h"

#include <string_view>

namespace alibi::ruby {
namespace {

// Code with the instructions that lines begin with. Never run; compiled while no event is on.
constexpr char kSample[] = R"(
x = nil; @i = x; $g = @i; @@c = $g; x = $g; x = @@c; x = $~; x = $1; x = @i; x = X; x = ::X; x = X::Y; X = 1; X ||= 1
x = defined?(@i); x = defined?(X); x = defined?(yield); x = self; x = true; x = :s; x = 1.5; $g.foo; @i.foo; @@c.foo; X.foo
"s"; "s#{x}"; :s; :"s#{x}"; 1; 0; 1.5; nil; true; self; [1, x]; [1, 2]; {x => 1}; {a: 1}; 1..2; x..x; /s/; /#{x}/; `s`
x = "s"; x = "s#{x}"; x = [1, x]; x = [1, 2]; x = [x, *x]; x = [*x, 1]; x = {x => 1}; x = {a: 1}; x = {**x, a: 1}; x = x..x
x = [x, 1].max; x = [x, 1].min; x = [x, 1].hash; x = -"s"; x = "s".freeze; x = [].freeze; x = {}.freeze; x = /#{x}/o
[x, 1].max; [x, 1].min; -"s"; "s".freeze; [].freeze; {}.freeze; $stdout << x; foo; foo(1, *x, a: 1, **x, &x); self.y = 1
x + 1; x - 1; x * 1; x / 1; x % 1; x == 1; x != 1; x < 1; x > 1; x <= 1; x >= 1; x << 1; x & 1; x | 1; !x; x =~ /s/
x[0]; x[0] = 1; x["s"]; x["s"] = 1; x[0] ||= 1; x.size; x.length; x.empty?; x.succ; x.nil?; x&.foo; x, y = y, x; x, *y = x
if x then 1 else y end
while x do break end
until x do next end
case x when 1 then 2 when "s" then 3 else 4 end
case x when *y then 2 end
case x
in [Integer => z, *] then z
in {a: 1} then 2
in nil then 3
end
begin; foo; rescue X => e; retry; else; 2; ensure; 3; end
alias a b; undef a; BEGIN { 1 }; END { 2 }; __method__; binding
->(z) { x; x = z; [x]; -> { x; x = z; z; yield_self { x = [x]; x.foo; x = z; x = 1 } } }
foo { |z, k = 1, *r, o: 2, **h, &e| x; z; x = z; k; r; e; e.call; e&.call; foo(&e); next 1 if x; break if z; redo if k }
class K < X; @i; @@c = 1; foo; attr_reader :a; end
module M; foo; end
class << self; foo; end
def endless = 1
def self.single(q) = q
def m(q, k = 1, *r, o: 2, **h, &e)
  yield
  yield q, k
  super
  super(q)
  e.call
  e
  foo(&e)
  e = q
  q = e
  q = [e]
  block_given?
  q; k = q; r; o; h
  return q if k
  foo do
    yield q
    q
    q = k
    q = e
    e.call
    foo { q; yield; e; e.call; super }
    return q
  end
  throw :x
ensure
  q
end
)";

constexpr char kUnfrozenSample[] = "# frozen_string_literal: false\nx = 's'; x = -x; 's'.foo\n";

struct Observed {
  int lines = 0;
  int agreeing = 0;
  const Iseq* iseq = nullptr;
  size_t position = 0;
  int line = 0;
};
Observed* observed = nullptr;

void observe(VALUE, const rb_trace_arg_t* argument) {
  rb_trace_arg_t* const given = const_cast<rb_trace_arg_t*>(argument);
  const VALUE path = rb_tracearg_path(given);
  if (!RB_TYPE_P(path, T_STRING) ||
      std::string_view(RSTRING_PTR(path), static_cast<size_t>(RSTRING_LEN(path))) != "alibi self-test")
    return;
  const ControlFrame& frame = *reinterpret_cast<const TraceArgument*>(argument)->frame;
  const IseqBody& body = body_of(frame.iseq);
  const auto position = static_cast<size_t>(frame.pc - body.encoded - 1);
  const int line = NUM2INT(rb_tracearg_lineno(given));
  ++observed->lines;
  const bool agrees = position < body.size && rb_iseq_path(frame.iseq) == path &&
                      rb_iseq_line_no(frame.iseq, position) == static_cast<unsigned>(line);
  if (agrees) ++observed->agreeing;
  if (agrees && line == observed->line) {
    observed->iseq = frame.iseq;
    observed->position = position;
  }
}

bool exports_all() {
  return rb_iseqw_new != nullptr && rb_iseqw_to_iseq != nullptr && rb_iseq_path != nullptr &&
         rb_iseq_realpath != nullptr && rb_iseq_line_no != nullptr && rb_iseq_original_iseq != nullptr &&
         rb_vm_insn_len_info != nullptr && rb_vm_insn_name_base != nullptr &&
         rb_vm_insn_name_offset != nullptr;
}

Observed run(VALUE code, int line) {
  Observed found;
  found.line = line;
  observed = &found;
  rb_proc_call(code, rb_ary_new());
  observed = nullptr;
  return found;
}

VALUE instruction_sequence() {
  return rb_path2class("RubyVM::InstructionSequence");
}

VALUE compile(VALUE text) {
  const VALUE name = rb_str_new_cstr("alibi self-test");
  const VALUE arguments[] = {text, name, name};
  return rb_funcallv(instruction_sequence(), rb_intern("compile"), 3, arguments);
}

VALUE set_verbose(VALUE value) {
  return ruby_verbose = value;
}

// Whoever runs tests with -w is told about the project's code only.
VALUE compiled(const char* text) {
  const VALUE kept = ruby_verbose;
  ruby_verbose = Qnil;
  return rb_ensure(compile, rb_str_new_cstr(text), set_verbose, kept);
}

// With the code of all methods, classes and blocks inside.
VALUE learn(VALUE code, VALUE words, int, const VALUE*, VALUE) {
  reinterpret_cast<InstructionWords*>(words)->learn_plain(rb_iseqw_to_iseq(code));
  rb_block_call(code, rb_intern("each_child"), 0, nullptr, learn, words);
  return Qnil;
}

// That of Ruby's own methods which are written in Ruby has instructions that no other has.
void learn_method(VALUE method, VALUE words) {
  const VALUE code = rb_funcall(instruction_sequence(), rb_intern("of"), 1, method);
  if (!NIL_P(code)) learn(code, words, 0, nullptr, Qnil);
}

void learn_all(InstructionWords* words) {
  const auto given = reinterpret_cast<VALUE>(words);
  for (const char* text : {kSample, kUnfrozenSample}) learn(compiled(text), given, 0, nullptr, Qnil);
  learn_method(rb_funcall(rb_cDir, rb_intern("method"), 1, ID2SYM(rb_intern("open"))), given);
  const VALUE ractor = constant(rb_cObject, "Ractor");
  if (!NIL_P(ractor))
    learn_method(rb_funcall(ractor, rb_intern("instance_method"), 1, ID2SYM(rb_intern("inspect"))), given);
}

void hook(bool on) {
  const auto function = reinterpret_cast<rb_event_hook_func_t>(reinterpret_cast<void (*)()>(&observe));
  const int flags = RUBY_EVENT_HOOK_FLAG_SAFE | RUBY_EVENT_HOOK_FLAG_RAW_ARG;
  if (on)
    rb_add_event_hook2(function, RUBY_EVENT_LINE, Qnil, static_cast<rb_event_hook_flag_t>(flags));
  else
    rb_remove_event_hook(function);
}

// Three lines, of which the second one is switched off and on.
LineEvents::Way try_layouts(InstructionWords* words, VALUE code) {
  const Observed first = run(code, 2);
  if (first.lines != 3 || first.agreeing != 3 || first.iseq == nullptr) return LineEvents::Way::kApi;
  const VALUE plain = words->plain_of(first.iseq, first.position);
  VALUE* const word = body_of(first.iseq).encoded + first.position;
  const VALUE with_events = *word;
  if (plain == 0) return LineEvents::Way::kRaw;
  *word = plain;
  const Observed without = run(code, 2);
  *word = with_events;
  const Observed again = run(code, 2);
  const bool works =
      without.lines == 2 && without.iseq == nullptr && again.lines == 3 && again.iseq != nullptr;
  return works ? LineEvents::Way::kOneshot : LineEvents::Way::kRaw;
}

}  // namespace

LineEvents::Way best_way(InstructionWords* words) {
  if (!exports_all()) return LineEvents::Way::kApi;
  learn_all(words);
  VALUE code = rb_funcall(compiled("proc {\n  a = 1\n  b = a\n  b\n}"), rb_intern("eval"), 0);
  hook(true);
  const LineEvents::Way way = try_layouts(words, code);
  hook(false);
  RB_GC_GUARD(code);
  return way;
}

}  // namespace alibi::ruby

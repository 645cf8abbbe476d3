#include "line_self_test.h"

#include <string_view>

namespace alibi::ruby {
namespace {

// Code with the instructions that lines begin with, compiled while no event is on.
constexpr char kSample[] = R"(proc { |a, b = 1, *c, d: 2, &e|
  x = nil; @i = a; $alibi_sample = @i if false
  "s"; "s#{x}"; :s; 1; 1.5; true; self; [1, a]; {a => 1}; 1..2; a..b
  a + 1; a - 1; a * 1; a / 1; a % 1; a == 1; a != 1; a < 1; a > 1; a <= 1; a >= 1; a << 1; a & 1; a | 1; !a
  a[0]; a[0] = 1; a["s"]; a["s"] = 1; a.size; a.length; a.empty?; a.succ; a.nil?; a =~ /s/; -"s"; [1, 2].max; [1, 2].min
  a.foo; a.foo(1); a.foo(*c); a.foo(&e); foo; foo(1); a&.foo; yield_self { 1 }; super_method = 1
  if a then b else c end
  while false do break end
  case a when 1 then 2 else 3 end
  case a when "s" then 2 end
  begin; raise "x" if false; rescue; 1; else; 2; ensure; 3; end
  defined?(Object); Object; Kernel::Object; ::Object; @@a = 1 if false
  x ||= 1; x &&= 2; @i ||= 1; a, b = b, a; a, *b = c; ->(y) { y }; lambda { |y| y }
  return 1 if false
  next 2 if false
  catch(:x) { throw :x }
  `true` if false
  BEGIN_OF_SAMPLE = 1 if false
  alias_it = /s#{x}/o; __method__; binding if false; nil
})";

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

VALUE compile(VALUE text) {
  const VALUE name = rb_str_new_cstr("alibi self-test");
  const VALUE arguments[] = {text, name, name};
  const VALUE iseq = rb_path2class("RubyVM::InstructionSequence");
  return rb_funcall(rb_funcallv(iseq, rb_intern("compile"), 3, arguments), rb_intern("eval"), 0);
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

const Iseq* code_of(VALUE proc) {
  return rb_iseqw_to_iseq(rb_funcall(rb_path2class("RubyVM::InstructionSequence"), rb_intern("of"), 1, proc));
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
  VALUE sample = compiled(kSample);
  words->learn_plain(code_of(sample));
  VALUE code = compiled("proc {\n  a = 1\n  b = a\n  b\n}");
  hook(true);
  const LineEvents::Way way = try_layouts(words, code);
  hook(false);
  RB_GC_GUARD(sample);
  RB_GC_GUARD(code);
  return way;
}

}  // namespace alibi::ruby

// ruby.h without its warnings, and what libruby exports without a public header. The only place that knows
// which of these a release lacks: weak symbols, tested before use.
#ifndef ALIBI_RUBY_EXT_COMPAT_H_
#define ALIBI_RUBY_EXT_COMPAT_H_

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wold-style-cast"
#pragma GCC diagnostic ignored "-Wcpp"
#include <ruby.h>
#include <ruby/debug.h>
#include <ruby/encoding.h>
#include <ruby/thread.h>
#include <ruby/vm.h>
#pragma GCC diagnostic pop

#include <cstdint>

struct rb_iseq_struct;

extern "C" {
VALUE rb_iseqw_new(const rb_iseq_struct* iseq) __attribute__((weak));
const rb_iseq_struct* rb_iseqw_to_iseq(VALUE wrapper) __attribute__((weak));
VALUE rb_iseq_path(const rb_iseq_struct* iseq) __attribute__((weak));
VALUE rb_iseq_realpath(const rb_iseq_struct* iseq) __attribute__((weak));
unsigned int rb_iseq_line_no(const rb_iseq_struct* iseq, size_t position) __attribute__((weak));
VALUE* rb_iseq_original_iseq(const rb_iseq_struct* iseq) __attribute__((weak));
VALUE rb_iseq_coverage(const rb_iseq_struct* iseq) __attribute__((weak));
VALUE rb_iseq_from_eval_p(VALUE iseq) __attribute__((weak));
extern const uint8_t rb_vm_insn_len_info[] __attribute__((weak));
extern const char rb_vm_insn_name_base[] __attribute__((weak));
extern const unsigned short rb_vm_insn_name_offset[] __attribute__((weak));
}

namespace alibi::ruby {

using Iseq = rb_iseq_struct;

// A method without arguments of an object of the interpreter's own; Qnil when it raises.
VALUE ask(VALUE object, const char* method);
// Qnil when it is absent.
VALUE constant(VALUE module, const char* name);

}  // namespace alibi::ruby

#endif  // ALIBI_RUBY_EXT_COMPAT_H_

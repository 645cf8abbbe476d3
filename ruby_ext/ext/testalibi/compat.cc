#include "compat.h"

namespace alibi::ruby {
namespace {

struct Question {
  VALUE object;
  const char* method;
};

VALUE put(VALUE argument) {
  const Question& question = *reinterpret_cast<const Question*>(argument);
  return rb_funcall(question.object, rb_intern(question.method), 0);
}

}  // namespace

VALUE ask(VALUE object, const char* method) {
  const Question question{object, method};
  int state = 0;
  const VALUE before = rb_errinfo();
  const VALUE answer = rb_protect(&put, reinterpret_cast<VALUE>(&question), &state);
  if (state == 0) return answer;
  rb_set_errinfo(before);
  return Qnil;
}

VALUE constant(VALUE module, const char* name) {
  const ID id = rb_intern(name);
  return RTEST(rb_const_defined_at(module, id)) ? rb_const_get_at(module, id) : Qnil;
}

}  // namespace alibi::ruby

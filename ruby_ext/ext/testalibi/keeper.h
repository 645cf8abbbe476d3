// Tells Ruby's garbage collector what the recorder keeps alive.
//
// One object marks it all. It grows old, and minor collections do not ask old objects again, so whoever adds
// something that is marked says so. With the GVL.
#ifndef ALIBI_RUBY_EXT_KEEPER_H_
#define ALIBI_RUBY_EXT_KEEPER_H_

#include "compat.h"

namespace alibi::ruby {

class Keeper {
 public:
  // `mark` marks (and pins) all that was added and not dropped since.
  static void start(void (*mark)(void*));
  static void added(VALUE value) {
    if (keeper_ != 0) RB_OBJ_WRITTEN(keeper_, Qundef, value);
  }

 private:
  static inline rb_data_type_t type_{};
  static inline VALUE keeper_ = 0;
};

inline void Keeper::start(void (*mark)(void*)) {
  type_.wrap_struct_name = "Testalibi::Native keeper";
  type_.function.dmark = mark;
  type_.flags = RUBY_TYPED_WB_PROTECTED;
  // Of an object without data nothing is marked.
  keeper_ = TypedData_Wrap_Struct(rb_cObject, &type_, &type_);
  rb_gc_register_mark_object(keeper_);
}

}  // namespace alibi::ruby

#endif  // ALIBI_RUBY_EXT_KEEPER_H_

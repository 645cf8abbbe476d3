// Private layouts of CRuby 2.7 to 3.4, as far as the recorder reads them: beginnings of structs that stayed
// the same. Nothing here is believed: line_self_test.cc tries it when recording starts, and chooses a way
// that needs less when it does not hold.
#ifndef ALIBI_RUBY_EXT_RUBY_INTERNAL_H_
#define ALIBI_RUBY_EXT_RUBY_INTERNAL_H_

#include "compat.h"

namespace alibi::ruby {

struct IseqBody {
  uint32_t type;
  uint32_t size;   // words
  VALUE* encoded;  // addresses of the instructions' code, and their operands
};

enum class IseqType : uint32_t { kTop, kMethod, kBlock, kClass, kRescue, kEnsure, kEval, kMain, kPlain };

struct IseqLayout {
  VALUE flags;
  VALUE wrapper;
  IseqBody* body;
};

struct ControlFrame {
  const VALUE* pc;  // after the instruction that runs
  VALUE* sp;
  const Iseq* iseq;
  VALUE self;
  const VALUE* ep;
};

struct TraceArgument {
  rb_event_flag_t event;
  const void* execution;  // of a fiber
  const ControlFrame* frame;
};

inline const IseqBody& body_of(const Iseq* iseq) {
  return *reinterpret_cast<const IseqLayout*>(iseq)->body;
}

}  // namespace alibi::ruby

#endif  // ALIBI_RUBY_EXT_RUBY_INTERNAL_H_

#include "state_values.h"

#include <algorithm>
#include <cstring>

#include "tracer/abi/alibi.h"

namespace alibi::ruby {

uint64_t ValueDigest::of(VALUE value) {
  state_ = 0;
  objects_ = steps_ = 0;
  ++round_;
  visit(value);
  return state_;
}

void ValueDigest::add_bytes(const void* bytes, size_t length) {
  add(length);
  add(alibi_hash_bytes(bytes, length, 0).low);
}

bool ValueDigest::is_new(VALUE value) {
  const size_t mask = visited_.size() - 1;
  for (size_t at = static_cast<uint64_t>(value) * 0x9E3779B97F4A7C15u >> 52;; ++at) {
    Visited& each = visited_[at & mask];
    if (each.round == round_ && each.value == value) {
      add(each.number);
      return false;
    }
    if (each.round == round_) continue;
    each = {value, round_, ++objects_};
    return true;
  }
}

void ValueDigest::visit(VALUE value) {
  if (RB_SPECIAL_CONST_P(value)) return add(value);
  if (objects_ == kMostObjects || steps_ == kMostSteps) {
    ++cut_off_;
    return add(RB_BUILTIN_TYPE(value));
  }
  if (!is_new(value)) return;
  add(static_cast<uint64_t>(RB_BUILTIN_TYPE(value)) << 1 |
      static_cast<uint64_t>(RB_OBJ_FROZEN_RAW(value) != 0));
  ++steps_;
  contents(value);
  const int type = RB_BUILTIN_TYPE(value);
  const bool is_plain = type == T_STRING || type == T_ARRAY || type == T_HASH;
  if (is_plain && RB_FL_TEST_RAW(value, RUBY_FL_EXIVAR)) variables(value);
  --steps_;
}

void ValueDigest::contents(VALUE value) {
  switch (RB_BUILTIN_TYPE(value)) {
    case T_STRING:
      return add_bytes(RSTRING_PTR(value), static_cast<size_t>(RSTRING_LEN(value)));
    case T_SYMBOL:
      return add(RB_SYM2ID(value));
    case T_FLOAT:
    case T_BIGNUM:
      return number(value);
    case T_ARRAY:
      add(static_cast<uint64_t>(RARRAY_LEN(value)));
      for (long i = 0; i < RARRAY_LEN(value); ++i) visit(RARRAY_AREF(value, i));
      return;
    case T_HASH:
      add(RHASH_SIZE(value));
      if (RHASH_SIZE(value) != 0)
        rb_hash_foreach(value, reinterpret_cast<int (*)(VALUE, VALUE, VALUE)>(&of_pair),
                        reinterpret_cast<VALUE>(this));
      return;
    case T_STRUCT:
      add(rb_obj_class(value));
      for (long i = 0; i < RSTRUCT_LEN(value); ++i) visit(RSTRUCT_GET(value, static_cast<int>(i)));
      return variables(value);
    case T_OBJECT: {
      const VALUE its_class = rb_obj_class(value);
      add(its_class);
      if (std::find(passed_over_.begin(), passed_over_.end(), its_class) != passed_over_.end()) return;
      return variables(value);
    }
    case T_DATA:
      add(value);
      add(reinterpret_cast<uint64_t>(RTYPEDDATA_P(value) ? RTYPEDDATA_DATA(value) : DATA_PTR(value)));
      return variables(value);
    default:
      return add(value);
  }
}

void ValueDigest::number(VALUE value) {
  if (RB_BUILTIN_TYPE(value) == T_FLOAT) {
    const double given = RFLOAT_VALUE(value);
    uint64_t bits = 0;
    std::memcpy(&bits, &given, sizeof bits);
    return add(bits);
  }
  unsigned char bytes[512];  // the low end of longer ones
  const int sign =
      rb_integer_pack(value, bytes, sizeof bytes, 1, 0, INTEGER_PACK_LITTLE_ENDIAN | INTEGER_PACK_2COMP);
  add(static_cast<uint64_t>(sign));
  add_bytes(bytes, sizeof bytes);
}

void ValueDigest::variables(VALUE object) {
  rb_ivar_foreach(object, reinterpret_cast<int (*)(ID, VALUE, st_data_t)>(&of_variable),
                  reinterpret_cast<st_data_t>(this));
}

int ValueDigest::of_pair(VALUE key, VALUE value, VALUE self) {
  auto* const digest = reinterpret_cast<ValueDigest*>(self);
  digest->visit(key);
  digest->visit(value);
  return ST_CONTINUE;
}

int ValueDigest::of_variable(ID name, VALUE value, st_data_t self) {
  auto* const digest = reinterpret_cast<ValueDigest*>(self);
  digest->add(name);
  digest->visit(value);
  return ST_CONTINUE;
}

}  // namespace alibi::ruby

#include "state_owner.h"

namespace alibi::ruby {
namespace {

// Libraries and the interpreter keep hidden ones, too.
bool is_variable(ID name) {
  const char* const text = rb_id2name(name);
  return text != nullptr && text[0] == '@';
}

// An object may have been changed by others than those that put it there.
bool is_atom(VALUE value) {
  if (RB_SPECIAL_CONST_P(value)) return true;
  switch (RB_BUILTIN_TYPE(value)) {
    case T_FLOAT:
    case T_BIGNUM:
    case T_SYMBOL:
    case T_CLASS:
    case T_MODULE:
      return true;
    case T_STRING:
      return RB_OBJ_FROZEN(value) != 0;
    default:
      return false;
  }
}

bool can_grow(VALUE value) {
  if (RB_SPECIAL_CONST_P(value) || RB_OBJ_FROZEN(value)) return false;
  const int type = RB_BUILTIN_TYPE(value);
  return type == T_STRING || type == T_ARRAY || type == T_HASH || type == T_OBJECT;
}

// Changes with most changes of its contents, and costs next to nothing.
uint64_t size_of(VALUE value) {
  if (RB_SPECIAL_CONST_P(value)) return 0;
  switch (RB_BUILTIN_TYPE(value)) {
    case T_STRING:
      return static_cast<uint64_t>(RSTRING_LEN(value));
    case T_ARRAY:
      return static_cast<uint64_t>(RARRAY_LEN(value));
    case T_HASH:
      return RHASH_SIZE(value);
    case T_OBJECT:
      return rb_ivar_count(value);
    default:
      return 0;
  }
}

}  // namespace

struct StateOwner::Look {
  StateOwner* owner;
  ValueDigest* digest;
  Depth depth;
  const Found& found;
};

StateOwner::Held StateOwner::held(VALUE value, ValueDigest* digest) {
  return {value, digest->of(value), size_of(value), 0, is_atom(value)};
}

// Another object in place of one: what both hold is compared, and whoever changed either is meant.
void StateOwner::compare(Held* before, const Held& now, ID name, const Found& found) {
  const bool same = before->digest == now.digest;
  const bool is_replaced = same && before->value != now.value && !(before->is_atom && now.is_atom);
  const bool is_value = RB_SPECIAL_CONST_P(before->value) && now.is_atom;
  *before = now;
  if (!found || (same && !is_replaced)) return;
  found(is_replaced ? Change::kReplaced : is_value ? Change::kValue : Change::kContent, name);
}

void StateOwner::compare(Held* before, VALUE now, ID name, const Look& look) {
  if (look.depth == Depth::kShallow && now == before->value && size_of(now) == before->size) return;
  compare(before, held(now, look.digest), name, look.found);
}

bool StateOwner::value_of(ID name, VALUE* value) const {
  if (module_ == Qnil) {
    *value = rb_gv_get(rb_id2name(name));
    return true;
  }
  if (!rb_const_defined_at(module_, name) || RTEST(rb_autoload_p(module_, name))) return false;
  *value = rb_const_get_at(module_, name);
  return true;
}

void StateOwner::watch(ID constant_or_global, ValueDigest* digest) {
  VALUE value = Qundef;
  if (!value_of(constant_or_global, &value)) return;
  const Held& now = others_.insert_or_assign(constant_or_global, held(value, digest)).first->second;
  objects_ += now.is_atom ? 0 : 1;
  if (can_grow(value)) sized_.push_back(constant_or_global);
}

bool StateOwner::may_have_changed(Depth depth) const {
  if (depth == Depth::kShallow ? !sized_.empty() : objects_ != 0) return true;
  return !variables_.empty() || (!name_.empty() && rb_ivar_count(module_) != count_);
}

void StateOwner::look(ValueDigest* digest, Depth depth, const Found& found) {
  ++looks_;
  Look look{this, digest, depth, found};
  if (depth == Depth::kShallow)
    look_at_sizes(look);
  else
    look_at_others(look);
  if (name_.empty()) return;
  count_ = rb_ivar_count(module_);
  rb_ivar_foreach(module_, reinterpret_cast<int (*)(ID, VALUE, st_data_t)>(&of_variable),
                  reinterpret_cast<st_data_t>(&look));
  std::erase_if(variables_, [&](const auto& each) {
    const bool gone = each.second.look != looks_;
    if (gone && found) found(Change::kContent, each.first);
    return gone;
  });
}

int StateOwner::of_variable(ID name, VALUE value, st_data_t given) {
  Look& look = *reinterpret_cast<Look*>(given);
  StateOwner& self = *look.owner;
  const auto known = self.variables_.find(name);
  if (known == self.variables_.end()) {
    if (!is_variable(name)) return ST_CONTINUE;
    Held& now = self.variables_[name] = held(value, look.digest);
    now.look = self.looks_;
    if (look.found) look.found(is_atom(value) ? Change::kValue : Change::kContent, name);
    return ST_CONTINUE;
  }
  compare(&known->second, value, name, look);
  known->second.look = self.looks_;
  return ST_CONTINUE;
}

void StateOwner::look_at_sizes(const Look& look) {
  for (const ID name : sized_) {
    Held& before = others_.at(name);
    VALUE value = Qundef;
    if (value_of(name, &value)) compare(&before, value, name, look);
  }
}

void StateOwner::look_at_others(const Look& look) {
  const bool are_constants = module_ != Qnil;
  objects_ = 0;
  sized_.clear();
  for (auto& [name, before] : others_) {
    objects_ += are_constants && before.is_atom ? 0 : 1;
    if (look.depth == Depth::kQuick && are_constants && before.is_atom) continue;
    VALUE value = Qundef;
    if (!value_of(name, &value)) {
      compare(&before, {Qundef, 0, 0, 0, true}, name, look.found);
      continue;
    }
    compare(&before, value, name, look);
    if (can_grow(value)) sized_.push_back(name);
  }
}

}  // namespace alibi::ruby

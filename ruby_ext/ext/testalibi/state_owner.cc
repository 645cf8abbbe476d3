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

}  // namespace

struct StateOwner::Look {
  StateOwner* owner;
  ValueDigest* digest;
  Depth depth;
  const Found& found;
};

StateOwner::Held StateOwner::held(VALUE value, ValueDigest* digest) {
  return {value, digest->of(value), 0, is_atom(value)};
}

// Another object in place of one: what both hold is compared, and whoever changed either is meant.
void StateOwner::compare(Held* before, const Held& now, ID name, const Found& found) {
  const bool same = before->digest == now.digest;
  const bool is_value = RB_SPECIAL_CONST_P(before->value) && now.is_atom;
  *before = now;
  if (!same && found) found(is_value ? Change::kValue : Change::kContent, name);
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

void StateOwner::watch_constant(ID name, ValueDigest* digest) {
  VALUE value = Qundef;
  if (!value_of(name, &value)) return;
  const Held& now = others_.insert_or_assign(name, held(value, digest)).first->second;
  objects_ += now.is_atom ? 0 : 1;
}

void StateOwner::watch_global(ID name, ValueDigest* digest) {
  watch_constant(name, digest);
}

bool StateOwner::may_have_changed(Depth depth) const {
  if (depth != Depth::kShallow && objects_ != 0) return true;
  return !variables_.empty() || (!name_.empty() && rb_ivar_count(module_) != count_);
}

void StateOwner::look(ValueDigest* digest, Depth depth, const Found& found) {
  ++looks_;
  if (depth != Depth::kShallow) look_at_others(digest, depth, found);
  if (name_.empty()) return;
  count_ = rb_ivar_count(module_);
  Look look{this, digest, depth, found};
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
  if (look.depth != Depth::kShallow || value != known->second.value)
    compare(&known->second, held(value, look.digest), name, look.found);
  known->second.look = self.looks_;
  return ST_CONTINUE;
}

void StateOwner::look_at_others(ValueDigest* digest, Depth depth, const Found& found) {
  const bool are_constants = module_ != Qnil;
  objects_ = 0;
  for (auto& [name, before] : others_) {
    objects_ += are_constants && before.is_atom ? 0 : 1;
    if (depth == Depth::kQuick && are_constants && before.is_atom) continue;
    VALUE value = Qundef;
    if (value_of(name, &value))
      compare(&before, held(value, digest), name, found);
    else
      compare(&before, {Qundef, 0, 0, true}, name, found);
  }
}

}  // namespace alibi::ruby

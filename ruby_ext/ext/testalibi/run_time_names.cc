#include "run_time_names.h"

namespace alibi::ruby {
namespace {

constexpr const char* kMethods[] = {"const_get",
                                    "const_defined?",
                                    "const_source_location",
                                    "class_variable_get",
                                    "class_variable_defined?",
                                    "instance_method",
                                    "public_instance_method",
                                    "method_defined?",
                                    "public_method_defined?"};
constexpr std::string_view kSeparator = "::";

}  // namespace

// What a name leads to may be found in another place from now on, or be lacking: so the question counts,
// whatever its answer.
VALUE RunTimeNames::look_up(int count, VALUE* arguments, VALUE) {
  if (running_ != nullptr && !silent_ && count > 0) running_->use(arguments[0]);
  return rb_call_super(count, arguments);
}

void RunTimeNames::start(VALUE owner, alibi_session* session, LineEvents* lines, Callers* callers) {
  session_ = session;
  lines_ = lines;
  callers_ = callers;
  probes_.clear();
  running_ = this;
  const ID name = rb_intern("LookedUpNames");
  if (RTEST(rb_const_defined_at(owner, name))) return;
  const VALUE module = rb_define_module_under(owner, "LookedUpNames");
  for (const char* method : kMethods)
    (rb_define_method)(module, method, reinterpret_cast<VALUE (*)(ANYARGS)>(&look_up), -1);
  rb_prepend_module(rb_cModule, module);
}

void RunTimeNames::stop() {
  if (running_ == this) running_ = nullptr;
}

void RunTimeNames::use(VALUE name) {
  const VALUE text = SYMBOL_P(name) ? rb_sym2str(name) : name;
  if (!RB_TYPE_P(text, T_STRING)) return;
  std::string_view rest(RSTRING_PTR(text), static_cast<size_t>(RSTRING_LEN(text)));
  while (!rest.empty()) {
    const size_t end = rest.find(kSeparator);
    if (end != 0) use_part(rest.substr(0, end));
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + kSeparator.size());
  }
}

void RunTimeNames::use_part(std::string_view name) {
  const Callers::Caller caller = callers_->who_asks(Callers::Subject::kElsewhere);
  if (!caller.asks) return;
  uint32_t& probe = probes_[std::string(name)];
  if (probe == 0) {
    const alibi_code code{0, 0, 1, 0, ALIBI_CODE_LOOKED_UP_NAME, {0, 0}, {name.data(), name.size()}};
    if (alibi_define_code(session_, &code, &probe, nullptr) != ALIBI_OK) return;
  }
  lines_->use_name(probe, caller.body);
}

}  // namespace alibi::ruby

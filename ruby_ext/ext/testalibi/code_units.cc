#include "code_units.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "keeper.h"

namespace alibi::ruby {
namespace {

std::string_view text_of(VALUE string) {
  if (!RB_TYPE_P(string, T_STRING)) return {};
  return {RSTRING_PTR(string), static_cast<size_t>(RSTRING_LEN(string))};
}

struct Lines {
  uint32_t first = UINT32_MAX;
  uint32_t last = 0;
};

Lines lines_of(const Iseq* iseq) {
  const IseqBody& body = body_of(iseq);
  const VALUE* opcodes = rb_iseq_original_iseq(iseq);
  Lines lines;
  for (uint32_t position = 0; position < body.size; position += rb_vm_insn_len_info[opcodes[position]]) {
    const uint32_t line = rb_iseq_line_no(iseq, position);
    if (line == 0) continue;
    lines.first = std::min(lines.first, line);
    lines.last = std::max(lines.last, line);
  }
  return lines;
}

// [[line, :line], [line, :call], …]
bool has_line_event(VALUE wrapper) {
  const VALUE points = ask(wrapper, "trace_points");
  if (!RB_TYPE_P(points, T_ARRAY)) return true;
  const VALUE line = ID2SYM(rb_intern("line"));
  for (long i = 0; i < RARRAY_LEN(points); ++i) {
    const VALUE point = RARRAY_AREF(points, i);
    if (RB_TYPE_P(point, T_ARRAY) && RARRAY_LEN(point) == 2 && RARRAY_AREF(point, 1) == line) return true;
  }
  return false;
}

int32_t kind_of(const Iseq* iseq) {
  switch (static_cast<IseqType>(body_of(iseq).type)) {
    case IseqType::kTop:
    case IseqType::kMain:
    case IseqType::kEval:
      return ALIBI_CODE_MODULE;
    case IseqType::kClass:
      return ALIBI_CODE_CLASS_BODY;
    case IseqType::kMethod:
      return ALIBI_CODE_FUNCTION;
    default:
      return ALIBI_CODE_ANONYMOUS;
  }
}

}  // namespace

void CodeUnits::start(alibi_session* session, ProjectFiles* files) {
  session_ = session;
  files_ = files;
  records_.clear();
  bases_.clear();
  lines_.clear();
  passing_.clear();
  recent_.fill({});
}

CodeRecord* CodeUnits::record_of(const Iseq* iseq) {
  Recent& recent = recent_of(iseq);
  if (recent.iseq == iseq) return recent.record;
  const auto known = records_.find(iseq);
  CodeRecord* const record = known != records_.end() ? known->second.get() : define(iseq);
  if (record != nullptr) recent = {iseq, record};
  return record;
}

// Code that stands directly in a file, class or module has a label in angle brackets.
CodeRecord::Role CodeUnits::role_of(const Iseq* iseq, VALUE wrapper) const {
  switch (static_cast<IseqType>(body_of(iseq).type)) {
    case IseqType::kTop:
    case IseqType::kMain:
    case IseqType::kClass:
      return CodeRecord::Role::kLoadBody;
    case IseqType::kMethod:
    case IseqType::kEval:
      return CodeRecord::Role::kFunction;
    default:
      break;
  }
  const std::string_view around = text_of(ask(wrapper, "base_label"));
  for (const char* label : {"<main>", "<top (required)>", "<class:", "<module:", "singleton class"}) {
    if (around.starts_with(label)) return CodeRecord::Role::kLoadBlock;
  }
  return CodeRecord::Role::kFunction;
}

CodeRecord* CodeUnits::define(const Iseq* iseq) {
  const uint32_t file = files_->number_of(iseq);
  if (file == 0) return nullptr;
  VALUE wrapper = rb_iseqw_new(iseq);
  const Lines lines = lines_of(iseq);
  if (lines.last == 0) return nullptr;
  const VALUE scope = ask(wrapper, "first_lineno");
  VALUE label = ask(wrapper, "base_label");
  auto record = std::make_unique<CodeRecord>();
  record->iseq = iseq;
  record->encoded = body_of(iseq).encoded;
  record->first_line = lines.first;
  record->span = lines.last - lines.first + 1;
  record->role = role_of(iseq, wrapper);
  record->has_lines = record->role != CodeRecord::Role::kFunction || has_line_event(wrapper);
  record->is_counted = rb_iseq_coverage != nullptr && RTEST(rb_iseq_coverage(iseq));
  record->passes = record->role == CodeRecord::Role::kLoadBody || rb_iseq_from_eval_p == nullptr ||
                   RTEST(rb_iseq_from_eval_p(reinterpret_cast<VALUE>(iseq)));
  const uint32_t scope_line = FIXNUM_P(scope) ? static_cast<uint32_t>(FIX2LONG(scope)) : lines.first;
  const std::string_view name = text_of(label);
  const alibi_code code{file,   record->first_line,        record->span, scope_line, kind_of(iseq),
                        {0, 0}, {name.data(), name.size()}};
  record->base = base_of(code);
  if (record->base == 0) return nullptr;
  RB_GC_GUARD(label);
  RB_GC_GUARD(wrapper);
  if (record->passes) passing_.push_back(iseq);
  CodeRecord* const defined = (records_[iseq] = std::move(record)).get();
  Keeper::added(reinterpret_cast<VALUE>(iseq));
  return defined;
}

uint32_t CodeUnits::base_of(const alibi_code& code) {
  std::string key(code.qualified_name.bytes, code.qualified_name.length);
  for (const uint32_t part : {code.file, code.first_line, code.span, code.scope_line})
    key.append(reinterpret_cast<const char*>(&part), sizeof part);
  key += static_cast<char>(code.kind);
  uint32_t& base = bases_[key];
  if (base == 0) alibi_define_code(session_, &code, &base, nullptr);
  return base;
}

uint32_t CodeUnits::probe_of_line(VALUE path, uint32_t line) {
  const uint32_t file = files_->number_of(text_of(path));
  if (file == 0) return 0;
  const uint64_t key = static_cast<uint64_t>(file) << 32 | line;
  if (const auto known = lines_.find(key); known != lines_.end()) return known->second;
  const alibi_code code{file, line, 1, line, ALIBI_CODE_ANONYMOUS, {0, 0}, {"", 0}};
  uint32_t base = 0;
  if (alibi_define_code(session_, &code, &base, nullptr) == ALIBI_OK) lines_.emplace(key, base);
  return base;
}

void CodeUnits::forget_passing() {
  for (const Iseq* iseq : passing_) {
    records_.erase(iseq);
    recent_of(iseq) = {};
  }
  passing_.clear();
}

void CodeUnits::mark() const {
  for (const auto& [iseq, record] : records_) rb_gc_mark(reinterpret_cast<VALUE>(iseq));
}

}  // namespace alibi::ruby

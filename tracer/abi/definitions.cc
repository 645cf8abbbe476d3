// The part of the C ABI that numbers what records refer to: files, code units, contexts.
#include "tracer/abi/guarded_call.h"

namespace model = alibi::model;
using alibi::Result;
using alibi::abi::guarded;
using alibi::abi::invalid;
using alibi::abi::is_open;
using alibi::abi::kNoSession;
using alibi::abi::report;
using alibi::abi::to_enumeration;
using alibi::abi::to_hash;
using alibi::abi::valid;
using alibi::abi::view;

static_assert(static_cast<int>(model::CodeKind::kAnonymous) == ALIBI_CODE_ANONYMOUS);
static_assert(static_cast<int>(model::NameKind::kDotted) == ALIBI_NAME_DOTTED);
static_assert(static_cast<int>(model::ContextKind::kOther) == ALIBI_CONTEXT_OTHER);

extern "C" {

alibi_status alibi_define_file(alibi_session* session, alibi_text absolute_path, uint32_t* file,
                               alibi_error* error) {
  if (!is_open(session)) return invalid(kNoSession, error);
  if (file == nullptr || !valid(absolute_path)) return invalid("path or place for the file's number", error);
  return guarded(session, error, [&] {
    const Result<model::FileId> defined = session->recording->define_file(view(absolute_path));
    if (defined.ok()) *file = defined->value;
    return report(defined, error);
  });
}

alibi_status alibi_define_code(alibi_session* session, const alibi_code* code, uint32_t* base,
                               alibi_error* error) {
  if (!is_open(session)) return invalid(kNoSession, error);
  if (code == nullptr || base == nullptr || !valid(code->qualified_name)) return invalid("code unit", error);
  model::CodeRecord record;
  if (!to_enumeration(code->kind, model::CodeKind::kCompiledName, &record.kind))
    return invalid("kind of code unit", error);
  record.file.value = code->file;
  record.span = code->span;
  record.first_line = code->first_line;
  record.scope_line = code->scope_line;
  record.fingerprint = to_hash(code->fingerprint);
  record.qualified_name = view(code->qualified_name);
  return guarded(session, error, [&] {
    const Result<model::ProbeId> defined = session->recording->define_code(record);
    if (defined.ok()) *base = defined->value;
    return report(defined, error);
  });
}

alibi_status alibi_define_names(alibi_session* session, uint32_t base, const alibi_name* names,
                                size_t count) {
  if (!is_open(session) || (names == nullptr && count != 0) || count > UINT32_MAX)
    return ALIBI_INVALID_ARGUMENT;
  return guarded(session, nullptr, [&] {
    model::NamesRecord record;
    record.base.value = base;
    record.names.reserve(count);
    for (size_t i = 0; i < count; ++i) {
      model::NameReference name;
      const bool level_fits = names[i].level >= 0 && names[i].level <= UINT16_MAX;
      if (!valid(names[i].name) || !level_fits ||
          !to_enumeration(names[i].kind, model::NameKind::kDotted, &name.kind)) {
        return ALIBI_INVALID_ARGUMENT;
      }
      name.level = static_cast<uint16_t>(names[i].level);
      name.name = view(names[i].name);
      record.names.push_back(name);
    }
    return report(session->recording->define_names(record), nullptr);
  });
}

alibi_status alibi_define_outline(alibi_session* session, uint32_t file, uint32_t first_line,
                                  alibi_text lines, const alibi_function* functions, size_t count) {
  if (!is_open(session) || !valid(lines) || (functions == nullptr && count != 0) || count > UINT32_MAX)
    return ALIBI_INVALID_ARGUMENT;
  return guarded(session, nullptr, [&] {
    model::OutlineRecord record;
    record.file.value = file;
    record.first_line = first_line;
    record.lines = view(lines);
    record.functions.reserve(count);
    for (size_t i = 0; i < count; ++i) {
      if (!valid(functions[i].qualified_name)) return ALIBI_INVALID_ARGUMENT;
      record.functions.push_back({functions[i].line, view(functions[i].qualified_name)});
    }
    return report(session->recording->define_outline(record), nullptr);
  });
}

alibi_status alibi_define_context(alibi_session* session, int32_t kind, uint32_t parent, alibi_text name,
                                  alibi_text scope, uint32_t* context, alibi_error* error) {
  if (!is_open(session)) return invalid(kNoSession, error);
  model::ContextRecord record;
  if (context == nullptr || !valid(name) || !valid(scope) ||
      !to_enumeration(kind, model::ContextKind::kCollection, &record.kind)) {
    return invalid("context", error);
  }
  record.parent.value = parent;
  record.name = view(name);
  record.scope = view(scope);
  return guarded(session, error, [&] {
    const Result<model::ContextId> defined = session->recording->define_context(record);
    if (defined.ok()) *context = defined->value;
    return report(defined, error);
  });
}

}  // extern "C"

// The C ABI on top of recording::Session: checks arguments, translates types, and stops every C++ exception
// (the standard library's, when memory runs out; our code throws none). The only catch (...) of the
// in-process part.
#include "tracer/abi/alibi.h"

#include <cstdio>
#include <exception>
#include <memory>
#include <new>
#include <string_view>

#include "tracer/base/hash.h"
#include "tracer/recording/session.h"

namespace model = alibi::model;
using alibi::Error;
using alibi::ErrorCode;
using alibi::Result;

struct alibi_session {
  alibi_hit_stream stream{};
  std::unique_ptr<alibi::recording::Session> recording;
};

namespace {

static_assert(static_cast<int>(ErrorCode::kInvalidArgument) == ALIBI_INVALID_ARGUMENT);
static_assert(static_cast<int>(ErrorCode::kCannotCreate) == ALIBI_CANNOT_CREATE);
static_assert(static_cast<int>(ErrorCode::kDiskFull) == ALIBI_DISK_FULL);
static_assert(static_cast<int>(ErrorCode::kRecordingStopped) == ALIBI_RECORDING_STOPPED);
static_assert(static_cast<int>(ErrorCode::kNumbersExhausted) == ALIBI_NUMBERS_EXHAUSTED);
static_assert(static_cast<int>(ErrorCode::kOutOfMemory) == ALIBI_OUT_OF_MEMORY);
static_assert(static_cast<int>(ErrorCode::kInternal) == ALIBI_INTERNAL);
static_assert(static_cast<int>(model::DropReason::kDisk) == ALIBI_DROP_DISK);
static_assert(static_cast<int>(model::DropReason::kFork) == ALIBI_DROP_FORK);
static_assert(static_cast<int>(model::DropReason::kProcess) == ALIBI_DROP_PROCESS);
static_assert(model::kDropReasonCount == ALIBI_DROP_REASON_COUNT);
static_assert(static_cast<int>(model::Role::kChild) == ALIBI_CHILD);
static_assert(static_cast<int>(model::CodeKind::kAnonymous) == ALIBI_CODE_ANONYMOUS);
static_assert(static_cast<int>(model::NameKind::kDotted) == ALIBI_NAME_DOTTED);
static_assert(static_cast<int>(model::ContextKind::kOther) == ALIBI_CONTEXT_OTHER);
static_assert(static_cast<int>(model::Outcome::kXpassed) == ALIBI_XPASSED);
static_assert(static_cast<int>(model::InputKind::kOption) == ALIBI_INPUT_OPTION);
static_assert(static_cast<int>(model::InputState::kNoValue) == ALIBI_NO_VALUE);
static_assert(static_cast<int>(model::StateKind::kContainer) == ALIBI_STATE_CONTAINER);
static_assert(ALIBI_CONCURRENT_IMPORT == alibi::shard::kConcurrentImport);
static_assert(ALIBI_CONTEXT_SWITCH(0) == alibi::shard::kControlBit);
static_assert(ALIBI_STATEMENT(0) == (alibi::shard::kControlBit | alibi::shard::kStatementBit));
static_assert(static_cast<int>(model::Recording::kNone) == ALIBI_RECORDING_NONE);
static_assert(ALIBI_WHOLE_PROCESS == model::kWholeProcess.value);

bool valid(alibi_text text) {
  return text.bytes != nullptr || text.length == 0;
}
std::string_view view(alibi_text text) {
  return text.length == 0 ? std::string_view() : std::string_view(text.bytes, text.length);
}
alibi::Hash128 to_hash(alibi_hash hash) {
  return {hash.low, hash.high};
}

// False, leaving `to` alone, for a number outside 1 … last.
template <typename Enumeration>
bool to_enumeration(int32_t number, Enumeration last, Enumeration* to) {
  if (number < 1 || number > static_cast<int32_t>(last)) return false;
  *to = static_cast<Enumeration>(number);
  return true;
}

alibi_status report(int32_t status, int os_error, const char* message, alibi_error* error) {
  if (error != nullptr) {
    error->status = status;
    error->os_error = os_error;
    std::snprintf(error->message, sizeof error->message, "%s", message);
  }
  return static_cast<alibi_status>(status);
}

alibi_status report(const Error& from, alibi_error* error) {
  // Codes above the C ABI's range belong to readers; from here they would be a defect.
  const bool known = from.code <= ErrorCode::kInternal;
  return report(known ? static_cast<int32_t>(from.code) : ALIBI_INTERNAL, from.os_error, from.message.c_str(),
                error);
}

template <typename T>
alibi_status report(const Result<T>& result, alibi_error* error) {
  return result.ok() ? ALIBI_OK : report(result.error(), error);
}

alibi_status invalid(const char* message, alibi_error* error) {
  return report(ALIBI_INVALID_ARGUMENT, 0, message, error);
}

void count_lost(alibi_session* session, model::DropReason reason) noexcept {
  if (session == nullptr || session->recording == nullptr) return;
  try {
    session->recording->drop(model::kWholeProcess, static_cast<uint32_t>(reason), 1);
  } catch (...) {  // writing the drop ran out of memory as well: it is counted already
  }
}

// Runs a call so that no exception leaves it.
template <typename Call>
alibi_status guarded(alibi_session* session, alibi_error* error, Call&& call) noexcept {
  try {
    return call();
  } catch (const std::bad_alloc&) {
    count_lost(session, model::DropReason::kMemory);
    return report(ALIBI_OUT_OF_MEMORY, 0, "out of memory", error);
  } catch (const std::exception& defect) {
    count_lost(session, model::DropReason::kMemory);
    return report(ALIBI_INTERNAL, 0, defect.what(), error);
  } catch (...) {
    count_lost(session, model::DropReason::kMemory);
    return report(ALIBI_INTERNAL, 0, "unknown exception", error);
  }
}

bool is_open(const alibi_session* session) {
  return session != nullptr && session->recording != nullptr;
}

constexpr char kNoSession[] = "no session";

using Observe = alibi::recording::Observed (alibi::recording::Session::*)(std::string_view);

int32_t observe(alibi_session* session, alibi_text path, alibi_hash* hash, Observe look) {
  if (hash != nullptr) *hash = {};
  if (!is_open(session) || hash == nullptr || !valid(path) || path.length == 0) return ALIBI_OTHER_STATE;
  int32_t state = ALIBI_OTHER_STATE;
  const alibi_status done = guarded(session, nullptr, [&] {
    const alibi::recording::Observed observed = (session->recording.get()->*look)(view(path));
    *hash = {observed.hash.low, observed.hash.high};
    state = static_cast<int32_t>(observed.state);
    return ALIBI_OK;
  });
  return done == ALIBI_OK ? state : static_cast<int32_t>(ALIBI_OTHER_STATE);
}

}  // namespace

extern "C" {

alibi_status alibi_session_open(const alibi_session_options* options, alibi_session** session,
                                alibi_error* error) {
  if (session == nullptr) return invalid("no place for the session", error);
  *session = nullptr;
  if (options == nullptr || !valid(options->directory) || options->directory.length == 0 ||
      !valid(options->root) || !valid(options->interpreter) || !valid(options->worker) ||
      !valid(options->invitation) || !valid(options->program) || !valid(options->command)) {
    return invalid("options of the session", error);
  }
  alibi::recording::SessionOptions translated;
  if (!to_enumeration(options->role, model::Role::kChild, &translated.role)) return invalid("role", error);
  return guarded(nullptr, error, [&] {
    translated.directory = view(options->directory);
    translated.root = view(options->root);
    translated.interpreter = view(options->interpreter);
    translated.worker = view(options->worker);
    translated.session_id = options->session_id;
    translated.program = view(options->program);
    translated.command = view(options->command);
    if (translated.role == model::Role::kChild) {
      auto invitation = alibi::recording::parse_invitation(view(options->invitation));
      if (!invitation.has_value()) return invalid("invitation", error);
      translated.invitation = *std::move(invitation);
    }
    auto opened = std::make_unique<alibi_session>();
    auto recording =
        alibi::recording::Session::open(std::move(translated), {&opened->stream.next, &opened->stream.limit});
    if (!recording.ok()) return report(recording, error);
    opened->recording = std::move(recording).value();
    *session = opened.release();
    return ALIBI_OK;
  });
}

alibi_status alibi_session_close(alibi_session* session, alibi_error* error) {
  if (session == nullptr) return ALIBI_OK;
  const std::unique_ptr<alibi_session> owned(session);
  return guarded(nullptr, error, [&] { return report(owned->recording->close(), error); });
}

void alibi_session_before_fork(alibi_session* session) {
  if (!is_open(session)) return;
  guarded(session, nullptr, [&] {
    session->recording->before_fork();
    return ALIBI_OK;
  });
}

alibi_status alibi_session_after_fork(alibi_session* session, alibi_error* error) {
  if (!is_open(session)) return invalid(kNoSession, error);
  return guarded(session, error, [&] { return report(session->recording->after_fork(), error); });
}

void alibi_set_contexts(alibi_session* session, const uint32_t* open, size_t count) {
  if (!is_open(session) || (open == nullptr && count != 0)) return;
  guarded(session, nullptr, [&] {
    session->recording->set_contexts({open, count});
    return ALIBI_OK;
  });
}

int alibi_session_listens_at_port(alibi_session* session, int socket_type, uint32_t port) {
  bool listens = false;
  if (!is_open(session)) return 0;
  guarded(session, nullptr, [&] {
    listens = session->recording->listens_at_port(socket_type, port);
    return ALIBI_OK;
  });
  return listens ? 1 : 0;
}

int alibi_session_listens_at_path(alibi_session* session, alibi_text path) {
  bool listens = false;
  if (!is_open(session) || !valid(path) || path.length == 0) return 0;
  guarded(session, nullptr, [&] {
    listens = session->recording->listens_at_path(view(path));
    return ALIBI_OK;
  });
  return listens ? 1 : 0;
}

alibi_text alibi_invitation(alibi_session* session) {
  if (!is_open(session)) return {"", 0};
  const std::string_view setting = session->recording->invitation_setting();
  return {setting.data(), setting.size()};
}

alibi_text alibi_shard_path(const alibi_session* session) {
  if (!is_open(session)) return {"", 0};
  const std::string& path = session->recording->shard_path();
  return {path.c_str(), path.size()};
}

alibi_hit_stream* alibi_hit_stream_of(alibi_session* session) {
  return session == nullptr ? nullptr : &session->stream;
}

void alibi_hits_full(alibi_session* session, uint32_t entry) {
  if (!is_open(session)) return;
  guarded(session, nullptr, [&] {
    session->recording->hits_full(entry);
    return ALIBI_OK;
  });
}

alibi_status alibi_set_strategy(alibi_session* session, alibi_text strategy) {
  if (!is_open(session) || !valid(strategy)) return ALIBI_INVALID_ARGUMENT;
  return guarded(session, nullptr,
                 [&] { return report(session->recording->set_strategy(view(strategy)), nullptr); });
}

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

alibi_status alibi_charge(alibi_session* session, uint32_t user, uint32_t used) {
  if (!is_open(session)) return ALIBI_INVALID_ARGUMENT;
  return guarded(session, nullptr, [&] {
    return report(session->recording->charge({{user}, {used}}), nullptr);
  });
}

alibi_status alibi_end_test(alibi_session* session, uint32_t context, int32_t outcome, uint64_t duration_ns,
                            alibi_text reason) {
  model::TestEndRecord record;
  if (!is_open(session) || !valid(reason) ||
      !to_enumeration(outcome, model::Outcome::kXpassed, &record.outcome)) {
    return ALIBI_INVALID_ARGUMENT;
  }
  record.context.value = context;
  record.duration_ns = duration_ns;
  record.reason = view(reason);
  return guarded(session, nullptr, [&] { return report(session->recording->end_test(record), nullptr); });
}

alibi_status alibi_record_input(alibi_session* session, const alibi_input* input) {
  model::InputRecord record;
  if (!is_open(session) || input == nullptr || !valid(input->subject) || !valid(input->detail) ||
      !to_enumeration(input->kind, model::InputKind::kOption, &record.kind) ||
      !to_enumeration(input->state, model::InputState::kNoValue, &record.state)) {
    return ALIBI_INVALID_ARGUMENT;
  }
  record.context.value = input->context;
  record.hash = to_hash(input->hash);
  record.subject = view(input->subject);
  record.detail = view(input->detail);
  return guarded(session, nullptr, [&] { return report(session->recording->record_input(record), nullptr); });
}

alibi_hash alibi_hash_bytes(const void* bytes, size_t length, uint64_t seed) {
  const alibi::Hash128 hash =
      alibi::hash128(bytes == nullptr ? "" : bytes, bytes == nullptr ? 0 : length, seed);
  return {hash.low, hash.high};
}

int32_t alibi_hash_file(alibi_session* session, alibi_text path, alibi_hash* hash) {
  return observe(session, path, hash, &alibi::recording::Session::hash_file);
}

int32_t alibi_hash_directory(alibi_session* session, alibi_text path, alibi_hash* hash) {
  return observe(session, path, hash, &alibi::recording::Session::hash_directory);
}

alibi_status alibi_record_state_write(alibi_session* session, uint32_t context, uint32_t file, int32_t kind,
                                      alibi_text name, alibi_text attribute) {
  model::StateWriteRecord record;
  if (!is_open(session) || !valid(name) || !valid(attribute) ||
      !to_enumeration(kind, model::StateKind::kContainer, &record.kind)) {
    return ALIBI_INVALID_ARGUMENT;
  }
  record.context.value = context;
  record.file.value = file;
  record.name = view(name);
  record.attribute = view(attribute);
  return guarded(session, nullptr,
                 [&] { return report(session->recording->record_state_write(record), nullptr); });
}

alibi_status alibi_record_imported(alibi_session* session, alibi_text module, alibi_text path) {
  if (!is_open(session) || !valid(module) || !valid(path)) return ALIBI_INVALID_ARGUMENT;
  return guarded(session, nullptr, [&] {
    return report(session->recording->record_imported({view(module), view(path)}), nullptr);
  });
}

alibi_status alibi_record_collected(alibi_session* session, uint32_t context, alibi_text test_id) {
  if (!is_open(session) || !valid(test_id)) return ALIBI_INVALID_ARGUMENT;
  return guarded(session, nullptr, [&] {
    return report(session->recording->record_collected({{context}, view(test_id)}), nullptr);
  });
}

alibi_status alibi_record_started(alibi_session* session, uint32_t context, uint32_t process_id,
                                  int32_t recording, alibi_text program, alibi_text command) {
  model::StartedRecord record;
  if (!is_open(session) || !valid(program) || !valid(command) ||
      !to_enumeration(recording, model::Recording::kNone, &record.recording)) {
    return ALIBI_INVALID_ARGUMENT;
  }
  record.context.value = context;
  record.process_id = process_id;
  record.program = view(program);
  record.command = view(command);
  return guarded(session, nullptr,
                 [&] { return report(session->recording->record_started(record), nullptr); });
}

void alibi_drop(alibi_session* session, uint32_t context, int32_t reason, uint64_t count) {
  if (!is_open(session) || reason < 1 || reason >= ALIBI_DROP_REASON_COUNT || count == 0) return;
  guarded(nullptr, nullptr, [&] {
    session->recording->drop(model::ContextId{context}, static_cast<uint32_t>(reason), count);
    return ALIBI_OK;
  });
}

uint64_t alibi_drop_count(const alibi_session* session, int32_t reason) {
  return is_open(session) && reason >= 0 ? session->recording->drop_count(static_cast<uint32_t>(reason)) : 0;
}

const char* alibi_drop_reason_name(int32_t reason) {
  return model::drop_reason_name(static_cast<uint32_t>(reason));
}

}  // extern "C"

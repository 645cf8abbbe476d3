// The part of the C ABI about the session of this process: its life, forks, what runs now, the hits, losses.
#include "tracer/abi/alibi.h"

#include <memory>
#include <string_view>

#include "tracer/abi/guarded_call.h"

namespace model = alibi::model;
using alibi::abi::guarded;
using alibi::abi::invalid;
using alibi::abi::is_open;
using alibi::abi::kNoSession;
using alibi::abi::report;
using alibi::abi::to_enumeration;
using alibi::abi::valid;
using alibi::abi::view;

static_assert(static_cast<int>(model::DropReason::kDisk) == ALIBI_DROP_DISK);
static_assert(static_cast<int>(model::DropReason::kFork) == ALIBI_DROP_FORK);
static_assert(static_cast<int>(model::DropReason::kProcess) == ALIBI_DROP_PROCESS);
static_assert(model::kDropReasonCount == ALIBI_DROP_REASON_COUNT);
static_assert(static_cast<int>(model::Role::kChild) == ALIBI_CHILD);
static_assert(ALIBI_CONCURRENT_IMPORT == alibi::shard::kConcurrentImport);
static_assert(ALIBI_CONTEXT_SWITCH(0) == alibi::shard::kControlBit);
static_assert(ALIBI_STATEMENT(0) == (alibi::shard::kControlBit | alibi::shard::kStatementBit));
static_assert(ALIBI_WHOLE_PROCESS == model::kWholeProcess.value);

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

void alibi_invite_for(alibi_session* session, uint32_t context) {
  if (!is_open(session)) return;
  guarded(session, nullptr, [&] {
    session->recording->invite_for(model::ContextId{context});
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

// The part of the C ABI that records evidence: how tests end, inputs and their hashes, shared state, imports,
// programs.
#include "tracer/abi/guarded_call.h"
#include "tracer/base/hash.h"

namespace model = alibi::model;
using alibi::abi::guarded;
using alibi::abi::is_open;
using alibi::abi::report;
using alibi::abi::to_enumeration;
using alibi::abi::to_hash;
using alibi::abi::valid;
using alibi::abi::view;

namespace {

static_assert(static_cast<int>(model::Outcome::kXpassed) == ALIBI_XPASSED);
static_assert(static_cast<int>(model::InputKind::kOption) == ALIBI_INPUT_OPTION);
static_assert(static_cast<int>(model::InputState::kNoValue) == ALIBI_NO_VALUE);
static_assert(static_cast<int>(model::StateKind::kContainer) == ALIBI_STATE_CONTAINER);
static_assert(static_cast<int>(model::Recording::kNone) == ALIBI_RECORDING_NONE);

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

alibi_status alibi_record_note(alibi_session* session, uint32_t context, alibi_text json) {
  if (!is_open(session) || !valid(json)) return ALIBI_INVALID_ARGUMENT;
  return guarded(session, nullptr, [&] {
    return report(session->recording->record_note({{context}, view(json)}), nullptr);
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

}  // extern "C"

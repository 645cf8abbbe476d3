// The one recording session of a process: opens the shard, gives forked children shards of their own, and
// decides what happens when something fails. Used by the C ABI only; every call is serialised by the caller.
//
// States: recording -> stopped (disk full, shard lost: every further call is a cheap no-op that counts) and
// recording -> forked (set by fork in the child) -> recording (own shard) or stopped. A failure is never
// retried.
#ifndef ALIBI_TRACER_RECORDING_SESSION_H_
#define ALIBI_TRACER_RECORDING_SESSION_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tracer/base/clock.h"
#include "tracer/base/file_system.h"
#include "tracer/base/process_identity.h"
#include "tracer/base/result.h"
#include "tracer/model/drop_reason.h"
#include "tracer/model/records.h"
#include "tracer/recording/board.h"
#include "tracer/recording/drop_counter.h"
#include "tracer/recording/file_hashes.h"
#include "tracer/recording/invitation.h"
#include "tracer/recording/recorder.h"
#include "tracer/recording/touched_paths.h"
#include "tracer/shard/nursery.h"
#include "tracer/shard/writer.h"

namespace alibi::recording {

struct SessionOptions {
  std::string directory;
  std::string root;
  std::string interpreter;
  std::string worker;
  uint64_t session_id = 0;
  model::Role role = model::Role::kMain;
  Invitation invitation;  // of a process that was started on one; its shard is empty in all others
  std::string program;    // of such a process
  std::string command;
  uint32_t segment_bytes = shard::kDefaultSegmentBytes;
  const FileSystem* files = &FileSystem::real();
  const Clock* clock = &Clock::real();
  const ProcessIdentitySource* process = &ProcessIdentitySource::real();
};

class Session {
 public:
  // `cursor` stays valid and is written by this session until it is destroyed.
  static Result<std::unique_ptr<Session>> open(SessionOptions options, const shard::HitCursor& cursor);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  Result<void> close();
  Result<void> after_fork();
  // Before a fork that is foreseen. Without it all is as well, only slower: the child makes a file.
  void before_fork();
  void mark_forked();  // from the fork handler only

  // The contexts that are open now, the current one last: programs that are started run on its behalf.
  void set_contexts(std::span<const uint32_t> open);
  // Programs that are started from now on run for this one of them.
  void invite_for(model::ContextId context);
  // Do living processes of the session, this one or others, have all sockets that wait at this port
  // (SOCK_STREAM: that listen), or at this path? An abstract name begins with a zero byte.
  bool listens_at_port(int socket_type, unsigned port) const;
  bool listens_at_path(std::string_view path) const;
  // The variable that tells them, for an environment of the caller's making; empty: there is none.
  std::string_view invitation_setting();

  void hits_full(uint32_t entry);
  Result<void> set_strategy(std::string_view strategy);
  Result<model::FileId> define_file(std::string_view path);
  Result<model::ProbeId> define_code(const model::CodeRecord& code);
  Result<void> define_names(const model::NamesRecord& names);
  Result<void> define_outline(const model::OutlineRecord& outline);
  Result<model::ContextId> define_context(const model::ContextRecord& context);
  Result<void> charge(const model::ChargeRecord& charge);
  Result<void> end_test(const model::TestEndRecord& end);
  Result<void> record_input(const model::InputRecord& input);
  Result<void> record_state_write(const model::StateWriteRecord& write);
  Result<void> record_imported(const model::ImportedRecord& imported);
  Result<void> record_collected(const model::CollectedRecord& collected);
  Result<void> record_note(const model::NoteRecord& note);
  Result<void> record_started(const model::StartedRecord& started);
  Observed hash_file(std::string_view path);
  Observed hash_directory(std::string_view path);

  void drop(model::ContextId context, uint32_t reason, uint64_t count);
  const std::string& shard_path() const { return shard_path_; }  // empty: none is open
  uint64_t drop_count(uint32_t reason) const { return drops_.count(reason); }

 private:
  enum class State { kRecording, kForked, kStopped };

  Session(SessionOptions options, const shard::HitCursor& cursor);
  Result<void> open_shard(ProcessIdentity identity);
  bool is_started() const { return !options_.invitation.shard.empty(); }
  void enter_board();
  void record_meetings(const std::vector<Meeting>& meetings);
  void issue_invitation(model::ContextId context);
  Result<void> open_child_shard();
  Result<void> ready();
  Result<void> write_child_stream_start(const shard::StreamState& state);
  void lose_child(const ProcessIdentity& identity, const Error& error);
  void stop(const Error& error);
  Result<void> flush_drops();
  model::ProcessRecord process_record() const;
  std::string shard_name() const;
  template <typename Written>
  Written settle(Written written, model::ContextId context);
  void give_up(const Error& error, model::ContextId context);
  std::string found_before(const model::InputRecord& listing);

  SessionOptions options_;
  const shard::HitCursor cursor_;
  State state_ = State::kRecording;
  std::string strategy_;
  std::string shard_path_;
  InvitationVariable invitation_;
  std::unique_ptr<Board> board_;
  std::unique_ptr<shard::Nursery> nursery_;  // for children; a child's own shard may lie in it
  uint32_t next_places_;                     // in the next nursery; 0: none could be made
  uint32_t forks_ = 0;
  Board::Cause cause_;          // of a program or a forked child
  model::ContextId first_own_;  // contexts below it are those of the shard that the invitation names
  std::string parent_shard_;    // of the shard that is open
  uint64_t parent_bytes_ = 0;
  uint32_t parent_pid_ = 0;
  const uint32_t* next_at_fork_ = nullptr;
  DropCounter drops_;
  FileHashes hashes_;
  TouchedPaths touched_;
  Recorder recorder_;
};

template <typename Written>
Written Session::settle(Written written, model::ContextId context) {
  if (!written.ok()) give_up(written.error(), context);
  return written;
}

}  // namespace alibi::recording

#endif  // ALIBI_TRACER_RECORDING_SESSION_H_

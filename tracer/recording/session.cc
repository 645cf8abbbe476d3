#include "tracer/recording/session.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "tracer/model/listing_detail.h"
#include "tracer/recording/after_fork.h"
#include "tracer/shard/session_directory.h"

namespace alibi::recording {
namespace {

// Of children that run at the same time: a place is claimed when its shard begins, not when it is forked.
constexpr uint32_t kSparePlaces = 8;
constexpr uint32_t kFirstPlaces = 31;      // 252 KiB with the first page, as the first segment of a process
constexpr uint32_t kLargestNursery = 511;  // 4 MiB

bool ends_recording(ErrorCode code) {
  return code == ErrorCode::kDiskFull || code == ErrorCode::kCannotCreate || code == ErrorCode::kOutOfMemory;
}

model::DropReason drop_reason_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kOutOfMemory:
      return model::DropReason::kMemory;
    case ErrorCode::kNumbersExhausted:
      return model::DropReason::kNumbers;
    case ErrorCode::kInvalidArgument:
      return model::DropReason::kTooLarge;
    default:
      return model::DropReason::kDisk;
  }
}

// Short enough for std::string to keep it without an allocation: this path is a no-op that must stay cheap.
Error stopped() {
  return {ErrorCode::kRecordingStopped, 0, "stopped earlier"};
}

Error invalid(const char* what) {
  return {ErrorCode::kInvalidArgument, 0, what};
}

}  // namespace

Session::Session(SessionOptions options, const shard::HitCursor& cursor)
    : options_(std::move(options)),
      cursor_(cursor),
      next_places_(kFirstPlaces),
      hashes_(options_.files, options_.clock),
      recorder_(&hashes_) {}

Session::~Session() {
  release_process(this);
  *cursor_.next = nullptr;
  cursor_.disarm();
}

Result<std::unique_ptr<Session>> Session::open(SessionOptions options, const shard::HitCursor& cursor) {
  Result<std::string> directory = options.files->absolute(options.directory);
  if (!directory.ok()) return std::move(directory).error();
  options.directory = std::move(directory).value();
  // A session that is over is not brought back to life by a program that was started late.
  if (options.role != model::Role::kChild) {
    if (auto made = options.files->make_directories(options.directory); !made.ok())
      return std::move(made).error();
  }

  std::unique_ptr<Session> session(new Session(std::move(options), cursor));
  *cursor.next = nullptr;
  cursor.disarm();
  if (!claim_process(session.get())) return invalid("this process has a session already");
  const ProcessIdentity identity = session->options_.process->current();
  session->parent_pid_ = identity.parent_pid;
  session->cause_ = {session->options_.invitation.shard, session->options_.invitation.context};
  if (auto opened = session->open_shard(identity); !opened.ok()) return std::move(opened).error();
  session->issue_invitation(model::kSession);
  session->enter_board();
  return session;
}

model::ProcessRecord Session::process_record() const {
  model::ProcessRecord record;
  record.role = parent_shard_.empty() ? options_.role : model::Role::kChild;
  record.parent_pid = parent_pid_;
  record.worker = options_.worker;
  record.interpreter = options_.interpreter;
  record.strategy = strategy_;
  record.root = options_.root;
  record.parent_shard = parent_shard_;
  record.parent_bytes = parent_bytes_;
  return record;
}

Result<void> Session::open_shard(ProcessIdentity identity) {
  shard::WriterOptions writer_options;
  writer_options.directory = options_.directory;
  writer_options.session_id = options_.session_id;
  writer_options.segment_bytes = options_.segment_bytes;
  writer_options.files = options_.files;
  writer_options.clock = options_.clock;
  // Of children there may be thousands.
  if (is_started() || !parent_shard_.empty()) {
    writer_options.first_segment_bytes = shard::kChildSegmentBytes;
    writer_options.first_block_entries = shard::kChildHitBlockEntries;
  }
  std::optional<shard::Place> place;
  if (!parent_shard_.empty() && nursery_ != nullptr) place = nursery_->claim();
  if (place.has_value()) identity.random = place->random;
  const Invitation& from = options_.invitation;
  const model::OriginRecord origin{from.context, from.shard, options_.program, options_.command};
  auto writer = shard::ShardWriter::create(writer_options, identity, cursor_, process_record(),
                                           is_started() && parent_shard_.empty() ? &origin : nullptr,
                                           place.has_value() ? &*place : nullptr);
  if (!writer.ok()) return std::move(writer).error();
  shard_path_ = (*writer)->path();
  recorder_.take_writer(std::move(writer).value());
  return {};
}

Result<void> Session::close() {
  Result<void> closed;
  if (state_ == State::kRecording) {
    closed = settle(flush_drops(), model::kWholeProcess);
    if (closed.ok()) closed = recorder_.writer()->close(recorder_.contexts_defined());
  } else if (state_ == State::kStopped) {
    closed = stopped();
  }
  release_process(this);
  invitation_.withdraw();
  board_.reset();
  recorder_.drop_writer();
  nursery_.reset();
  state_ = State::kStopped;
  *cursor_.next = nullptr;
  cursor_.disarm();
  return closed;
}

// Most processes fork once or never: the first child makes a file.
void Session::before_fork() {
  if (state_ != State::kRecording || next_places_ == 0 || ++forks_ == 1) return;
  if (nursery_ != nullptr && nursery_->places_left() >= kSparePlaces) return;
  const uint64_t random = options_.process->forked().random;
  auto made = shard::Nursery::create(*options_.files, options_.directory, random, next_places_);
  if (!made.ok()) {
    next_places_ = 0;
    return;
  }
  // Never unmapped in a child, whose own shard may lie in it.
  if (!parent_shard_.empty()) static_cast<void>(nursery_.release());
  nursery_ = std::move(made).value();
  next_places_ = std::min(2 * next_places_, kLargestNursery);
}

// Runs between fork() and its return in the child: stores only.
void Session::mark_forked() {
  if (state_ != State::kRecording) return;
  state_ = State::kForked;
  if (board_ != nullptr) board_->forget();
  next_at_fork_ = *cursor_.next;
  cursor_.disarm();
}

Result<void> Session::after_fork() {
  return state_ == State::kForked ? ready() : Result<void>();
}

Result<void> Session::ready() {
  if (state_ == State::kRecording) return {};
  if (state_ == State::kStopped) return stopped();
  return open_child_shard();
}

Result<void> Session::open_child_shard() {
  state_ = State::kStopped;  // unless all of this succeeds, also when memory runs out in between
  // Never destroyed: giving its memory back would touch, and so copy, page after page.
  const shard::ShardWriter* const parent = recorder_.drop_writer().release();
  const shard::StreamState stream = parent->stream_state(next_at_fork_);
  // Whom its parent runs for, it runs for: a test process for what was current.
  if (!is_started() && parent_shard_.empty())
    cause_ = {parent->file_name(), model::ContextId{stream.context & shard::kNumberMask}};
  parent_shard_ = parent->file_name();
  parent_bytes_ = parent->bytes_written();
  drops_.forget();
  shard_path_.clear();
  *cursor_.next = nullptr;
  cursor_.disarm();

  const ProcessIdentity identity = options_.process->forked();
  parent_pid_ = identity.parent_pid;
  Result<void> opened = open_shard(identity);
  if (opened.ok()) opened = write_child_stream_start(stream);
  first_own_ = recorder_.next_context();
  if (opened.ok()) {
    state_ = State::kRecording;
    enter_board();
  } else {
    lose_child(identity, opened.error());
  }
  return opened;
}

Result<void> Session::write_child_stream_start(const shard::StreamState& state) {
  shard::ShardWriter& writer = *recorder_.writer();
  if (auto added = writer.append_hit(state.context); !added.ok()) return added;
  if (state.concurrent_import) {
    if (auto added = writer.append_hit(shard::kConcurrentImport); !added.ok()) return added;
  }
  return state.statement != 0 ? writer.append_hit(state.statement) : Result<void>();
}

// Nothing in the session directory would tell that this child ran: an empty file does, or, where it may not
// make one (as another user, in another root), memory that it shares with its parent.
void Session::lose_child(const ProcessIdentity& identity, const Error& error) {
  const shard::ProcessName name{identity.pid, identity.start_ticks, identity.random};
  const bool is_marked = options_.files->mark(options_.directory + "/" + shard::lost_name(name));
  if (!is_marked && board_ != nullptr) board_->count_lost_child();
  drops_.add_unwritten(static_cast<uint32_t>(model::DropReason::kFork), 1);
  stop(error);
}

void Session::stop(const Error& error) {
  state_ = State::kStopped;
  shard_path_.clear();
  const auto reason = static_cast<uint32_t>(drop_reason_of(error.code));
  drops_.add_unwritten(reason, 1);
  if (shard::ShardWriter* const writer = recorder_.writer()) {
    writer->write_last_words({model::kWholeProcess, reason, 1});
    recorder_.drop_writer();
  }
  *cursor_.next = nullptr;
  cursor_.disarm();
}

// The policy for every failed write: some end recording, the others cost only their context.
void Session::give_up(const Error& error, model::ContextId context) {
  if (ends_recording(error.code))
    stop(error);
  else
    drop(context, static_cast<uint32_t>(drop_reason_of(error.code)), 1);
}

void Session::hits_full(uint32_t entry) {
  if (entry == 0) return;
  if (!ready().ok()) {
    drops_.add_unwritten(static_cast<uint32_t>(model::DropReason::kDisk), 1);
    return;
  }
  if (auto added = recorder_.writer()->append_hit(entry); !added.ok()) stop(added.error());
}

Result<void> Session::set_strategy(std::string_view strategy) {
  if (strategy == strategy_) return {};
  strategy_ = strategy;
  if (state_ == State::kForked) return {};  // goes into the child's own process record
  if (auto open = ready(); !open.ok()) return open;
  return settle(recorder_.write(process_record()), model::kWholeProcess);
}

Result<model::FileId> Session::define_file(std::string_view path) {
  if (path.empty() || path.front() != '/') return invalid("the path of a source file must be absolute");
  if (auto open = ready(); !open.ok()) return std::move(open).error();
  return settle(recorder_.define_file(path), model::kWholeProcess);
}

Result<model::ProbeId> Session::define_code(const model::CodeRecord& code) {
  if (code.span == 0 || uint64_t{code.first_line} + code.span > UINT32_MAX)
    return invalid("line range of a code unit");
  if (model::is_name(code.kind)) {
    if (code.span != 1 || code.first_line != 0 || code.file.value != 0) return invalid("place of a name");
  } else if (!recorder_.is_file(code.file)) {
    return invalid("code unit of an undefined file");
  }
  if (auto open = ready(); !open.ok()) return std::move(open).error();
  return settle(recorder_.define_code(code), model::kWholeProcess);
}

Result<void> Session::define_names(const model::NamesRecord& names) {
  if (!recorder_.is_probe(names.base)) return invalid("names of an undefined code unit");
  if (auto open = ready(); !open.ok()) return open;
  return settle(recorder_.write(names), model::kWholeProcess);
}

Result<void> Session::define_outline(const model::OutlineRecord& outline) {
  if (!recorder_.is_file(outline.file)) return invalid("outline of an undefined file");
  if (uint64_t{outline.first_line} + 8 * uint64_t{outline.lines.size()} > UINT32_MAX)
    return invalid("line range of an outline");
  if (auto open = ready(); !open.ok()) return open;
  return settle(recorder_.write(outline), model::kWholeProcess);
}

Result<model::ContextId> Session::define_context(const model::ContextRecord& context) {
  if (!recorder_.is_context(context.parent)) return invalid("parent of a context is undefined");
  if (auto open = ready(); !open.ok()) return std::move(open).error();
  return settle(recorder_.define_context(context), model::kWholeProcess);
}

Result<void> Session::charge(const model::ChargeRecord& charge) {
  if (!recorder_.is_context(charge.user) || !recorder_.is_context(charge.used))
    return invalid("charge: no such context");
  if (auto open = ready(); !open.ok()) return open;
  return settle(recorder_.write_once(charge), charge.user);
}

Result<void> Session::end_test(const model::TestEndRecord& end) {
  if (!recorder_.is_context(end.context)) return invalid("end of an undefined test");
  if (auto open = ready(); !open.ok()) return open;
  if (auto flushed = flush_drops(); !flushed.ok()) return settle(std::move(flushed), end.context);
  return settle(recorder_.end_test(end), end.context);
}

Result<void> Session::record_input(const model::InputRecord& input) {
  if (!recorder_.is_context(input.context)) return invalid("input of an undefined context");
  if (auto open = ready(); !open.ok()) return open;
  if (input.kind == model::InputKind::kWritten) {
    const bool is_new = input.detail.starts_with("created") || input.detail.starts_with("folder");
    touched_.note(input.subject, is_new ? TouchedPaths::Before::kAbsent : TouchedPaths::Before::kThere);
  }
  const std::string found = found_before(input);
  if (found.empty()) return settle(recorder_.write_once(input), input.context);
  const std::string detail = std::string(input.detail) + (input.detail.empty() ? "" : "\n") + found;
  model::InputRecord listing = input;
  listing.detail = detail;
  return settle(recorder_.write_once(listing), input.context);
}

// The line of a listing's detail that says what was there before this process touched the folder.
std::string Session::found_before(const model::InputRecord& listing) {
  if (listing.kind != model::InputKind::kDirectory || listing.state != model::InputState::kPresent) return {};
  const auto found = hashes_.directory_as_found(std::string(listing.subject), listing.hash, touched_);
  return found ? model::found_line(*found) : std::string();
}

Result<void> Session::record_state_write(const model::StateWriteRecord& write) {
  if (!recorder_.is_context(write.context)) return invalid("state write of an undefined context");
  if (auto open = ready(); !open.ok()) return open;
  return settle(recorder_.write_once(write), write.context);
}

Result<void> Session::record_imported(const model::ImportedRecord& imported) {
  if (auto open = ready(); !open.ok()) return open;
  return settle(recorder_.write_once(imported), model::kWholeProcess);
}

Result<void> Session::record_collected(const model::CollectedRecord& collected) {
  if (!recorder_.is_context(collected.context)) return invalid("test of an undefined collection");
  if (auto open = ready(); !open.ok()) return open;
  return settle(recorder_.write(collected), collected.context);
}

// One that cannot be kept costs no evidence.
Result<void> Session::record_note(const model::NoteRecord& note) {
  if (!recorder_.is_context(note.context)) return invalid("note of an undefined context");
  if (auto open = ready(); !open.ok()) return open;
  return recorder_.write(note);
}

Result<void> Session::record_started(const model::StartedRecord& started) {
  if (!recorder_.is_context(started.context)) return invalid("program of an undefined context");
  if (auto open = ready(); !open.ok()) return open;
  return settle(recorder_.write(started), started.context);
}

Observed Session::hash_file(std::string_view path) {
  return hashes_.file(std::string(path));
}

Observed Session::hash_directory(std::string_view path) {
  return hashes_.directory(std::string(path));
}

void Session::drop(model::ContextId context, uint32_t reason, uint64_t count) {
  if (!ready().ok()) return drops_.add_unwritten(reason, count);
  DropCounter::Due due = drops_.add(context, reason, count);
  if (due == DropCounter::Due::kFlushFirst) {
    if (auto flushed = flush_drops(); !flushed.ok()) {
      stop(flushed.error());
      return drops_.add_unwritten(reason, count);
    }
    due = drops_.add(context, reason, count);
  }
  if (due != DropCounter::Due::kThisOne) return;
  if (auto written = recorder_.write(model::DropRecord{context, reason, count}); !written.ok()) {
    stop(written.error());
  }
}

Result<void> Session::flush_drops() {
  for (const model::DropRecord& drop : drops_.pending()) {
    if (drop.count == 0) continue;
    if (auto written = recorder_.write(drop); !written.ok()) return written;
  }
  drops_.clear_pending();
  return {};
}

}  // namespace alibi::recording

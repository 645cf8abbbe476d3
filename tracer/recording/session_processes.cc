// The part of Session about other processes: how programs learn of it, whom they run for, and whom they meet.
#include "tracer/base/listening_sockets.h"
#include "tracer/recording/session.h"

namespace alibi::recording {

// Of a started process: the one it came on. Of others: to the contexts of the shard that is open.
void Session::issue_invitation(model::ContextId context) {
  Invitation invitation = options_.invitation;
  if (!is_started()) {
    invitation.shard = shard_name();
    invitation.context = context;
    first_own_ = model::kSession;
  }
  invitation.session_id = options_.session_id;
  invitation.directory = options_.directory;
  invitation_.issue(invitation);
}

std::string Session::shard_name() const {
  return shard_path_.substr(shard_path_.rfind('/') + 1);
}

void Session::enter_board() {
  const bool is_child = is_started() || !parent_shard_.empty();
  if (board_ == nullptr) {
    const auto open = [this](Board::Access access) {
      return Board::open(*options_.files, options_.directory, access);
    };
    if (options_.role == model::Role::kMain) board_ = open(Board::Access::kCreate);
    if (board_ == nullptr) board_ = open(Board::Access::kJoin);
  }
  std::vector<Meeting> met;
  const bool entered = board_ != nullptr && (is_child ? board_->enter_program(shard_name(), cause_, &met)
                                                      : board_->enter_test_process(shard_name()));
  record_meetings(met);
  // Whom it will meet is not known.
  if (!entered) drop(model::kWholeProcess, static_cast<uint32_t>(model::DropReason::kProcess), 1);
}

void Session::record_meetings(const std::vector<Meeting>& meetings) {
  const std::string own = meetings.empty() ? std::string() : shard_name();
  const auto named = [&](const std::string& shard) { return shard == own ? std::string_view() : shard; };
  for (const Meeting& each : meetings) {
    const model::OverlapRecord record{named(each.user_shard), each.user, named(each.used_shard)};
    const model::ContextId user = each.user_shard == own ? each.user : model::kSession;
    if (!settle(recorder_.write_once(record), user).ok() && state_ != State::kRecording) return;
  }
}

bool Session::listens_at_port(int socket_type, unsigned port) const {
  return board_ != nullptr && all_are_of(board_->processes(), sockets_of_port(socket_type, port));
}

bool Session::listens_at_path(std::string_view path) const {
  return board_ != nullptr && all_are_of(board_->processes(), sockets_of_path(path));
}

void Session::set_contexts(std::span<const uint32_t> open) {
  invite_for(open.empty() ? model::kSession : model::ContextId{open.back()});
  if (board_ == nullptr || state_ != State::kRecording) return;
  std::vector<Meeting> met;
  board_->set_contexts(open, &met);
  record_meetings(met);
}

void Session::invite_for(model::ContextId context) {
  if (is_started()) return;
  // A forked child's own context: no other shard knows it.
  if (context.value >= first_own_.value && first_own_ != model::kSession)
    issue_invitation(context);
  else
    invitation_.set_context(context);
}

std::string_view Session::invitation_setting() {
  invitation_.renew();
  return invitation_.setting();
}

}  // namespace alibi::recording

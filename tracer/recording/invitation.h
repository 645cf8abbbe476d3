// How a program that a recorded process starts learns of the session: one environment variable that names the
// session, its directory, and the context on whose behalf the program runs.
//
// Invitation is the value, taken apart. InvitationVariable keeps it in `environ` of a recording process: used
// by Session, under its caller's lock; the program may be started by any code, at any time, so a change of
// the context is one aligned store into the text that is there. Never changes another variable.
#ifndef ALIBI_TRACER_RECORDING_INVITATION_H_
#define ALIBI_TRACER_RECORDING_INVITATION_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tracer/model/ids.h"

namespace alibi::recording {

inline constexpr char kInvitationName[] = "ALIBI_SESSION";

struct Invitation {
  model::ContextId context = model::kUnknownContext;  // in `shard`
  uint64_t session_id = 0;
  std::string shard;      // file name, of the process that runs the tests
  std::string directory;  // of the session, absolute
};

std::string invitation_text(const Invitation& invitation);
// Nothing for a text that no version of this made.
std::optional<Invitation> parse_invitation(std::string_view text);

class InvitationVariable {
 public:
  InvitationVariable() = default;
  ~InvitationVariable() { withdraw(); }
  InvitationVariable(const InvitationVariable&) = delete;
  InvitationVariable& operator=(const InvitationVariable&) = delete;

  // Into `environ`. False when memory is short: then there is none.
  bool issue(const Invitation& invitation);
  void set_context(model::ContextId context);
  // Somebody who put the whole environment back has put an old text there: ours takes its place. Where the
  // variable was taken away, it stays away.
  void renew() const;
  void withdraw();  // idempotent; leaves what somebody else put there
  // "ALIBI_SESSION=…" as it is now; empty: not issued. Valid until the next call on this.
  std::string_view setting() const;

 private:
  char* value() const;
  bool is_same_but_for_context(const char* text) const;

  // Never freed while `environ` may hold it; whoever reads `environ` meanwhile sees an old text.
  std::unique_ptr<char[]> text_;
};

}  // namespace alibi::recording

#endif  // ALIBI_TRACER_RECORDING_INVITATION_H_

#include "collector/queue/queue_source.h"

#include <algorithm>
#include <utility>

#include "collector/model/plan_errors.h"

namespace alibi::queue {
namespace {

constexpr uint64_t kWait = 100;           // between two questions of a worker that has nothing
constexpr uint64_t kShortPatience = 200;  // of a server that has failed already
constexpr int64_t kFirstPause = 2000;     // between two attempts to find it again
constexpr int64_t kLongestPause = 60'000;
constexpr uint32_t kMostNotices = 12;  // a server that comes and goes is no news after that
constexpr uint64_t kHeartbeats = 5;    // in a lease

int64_t signed_budget(uint64_t budget_ms) {
  return static_cast<int64_t>(std::min<uint64_t>(budget_ms, 1'000'000'000));
}

std::string counted(uint64_t count) {
  return count == 1 ? "1 unit" : std::to_string(count) + " units";
}

}  // namespace

QueueSource::QueueSource(const plan::Plan& plan, std::shared_ptr<Server> server, QueueSettings settings)
    : units_(plan.units),
      own_(plan.units.size()),
      replayed_(plan.units.size()),
      states_(plan.units.size(), State::kOpen),
      settings_(std::move(settings)),
      protocol_(std::move(server), settings_.membership, plan) {
  if (const size_t index = settings_.membership.node_index; index < plan.nodes.size())
    for (const plan::WorkerShare& worker : plan.nodes[index].workers)
      for (const size_t unit : worker.units) own_[unit] = true;
  last_contact_ = settings_.clock();
  const Result<Standing> joined = join(settings_.patience_ms);
  if (joined.ok()) return;
  // Nothing was begun yet: there is nothing to wait for.
  failing_since_ = last_contact_ - static_cast<int64_t>(settings_.patience_ms);
  failed(joined.error());
}

QueueSource::~QueueSource() {
  if (mode_ != Mode::kQueue || !is_member_) return;
  // Best effort: the lease does the same, later.
  static_cast<void>(
      protocol_.step(unreported_, {}, -1, true, std::min(settings_.patience_ms, kShortPatience)));
}

void QueueSource::say(const std::string& text) {
  if (said_++ < kMostNotices) notices_.push_back("queue " + settings_.shown + ": " + text);
}

std::vector<std::string> QueueSource::notices() {
  return std::exchange(notices_, {});
}

void QueueSource::set(size_t unit, State state) {
  held_ += static_cast<size_t>(state == State::kHeld) - static_cast<size_t>(states_[unit] == State::kHeld);
  states_[unit] = state;
}

Result<Standing> QueueSource::join(uint64_t patience_ms) {
  Positions held;
  Ends ended = ended_;
  for (size_t unit = 0; unit < units_.size(); ++unit) {
    if (states_[unit] == State::kHeld) held.push_back(unit);
    if (states_[unit] == State::kElsewhere) ended.emplace_back(unit, run::UnitEnd::kNotRun);
  }
  const Result<Joined> joined = protocol_.join(ended, held, !was_member_, patience_ms);
  if (!joined.ok()) return joined.error();
  if (joined->standing == Standing::kSuperseded) {
    supersede();
    return Standing::kSuperseded;
  }
  size_t again = 0;
  for (const size_t unit : joined->replay) {
    if (states_[unit] == State::kEnded || states_[unit] == State::kHeld) continue;
    set(unit, State::kHeld);
    replayed_[unit] = true;
    replay_.push_back(unit);
    ++again;
  }
  if (again != 0)
    say("this node ran before: it runs the same " + counted(again) + " again, then what is left");
  was_member_ = is_member_ = true;
  unreported_.clear();
  last_contact_ = settings_.clock();
  return Standing::kMember;
}

void QueueSource::supersede() {
  mode_ = Mode::kSuperseded;
  is_member_ = false;
  // Whatever the other process and its neighbours are, this share is complete.
  for (size_t unit = 0; unit < units_.size(); ++unit)
    if (own_[unit] && states_[unit] == State::kElsewhere) set(unit, State::kOpen);
  say("another process is node \"" + settings_.membership.node +
      "\" now (two jobs with one --queue-key?); this one runs its whole static share");
}

void QueueSource::failed(const Error& error) {
  is_member_ = false;
  const int64_t now = settings_.clock();
  if (failing_since_ < 0) failing_since_ = now;
  if (mode_ != Mode::kQueue || now - failing_since_ < static_cast<int64_t>(settings_.patience_ms)) return;
  mode_ = Mode::kAlone;
  pause_ms_ = kFirstPause;
  next_try_ = now + pause_ms_;
  say(error.message + "; this node goes on with its static share");
}

// False when there is no answer, for whatever reason.
bool QueueSource::ask(int64_t budget_ms, const Positions& back, Step* step) {
  const int64_t failing = failing_since_ < 0 ? 0 : settings_.clock() - failing_since_;
  const uint64_t patience =
      failing == 0 ? settings_.patience_ms : std::min<uint64_t>(settings_.patience_ms, kShortPatience);
  // Twice: the lease may have run out, or the server forgotten everything, since the last answer.
  for (int attempt = 0; attempt < 2; ++attempt) {
    if (!is_member_) {
      const Result<Standing> joined = join(patience);
      if (!joined.ok()) {
        failed(joined.error());
        return false;
      }
      if (*joined == Standing::kSuperseded) return false;
    }
    Result<Step> answer = protocol_.step(unreported_, back, budget_ms, false, patience);
    if (!answer.ok()) {
      failed(answer.error());
      return false;
    }
    if (answer->standing == Standing::kSuperseded) {
      supersede();
      return false;
    }
    if (answer->standing == Standing::kMember) {
      *step = std::move(*answer);
      learn(*step);
      return true;
    }
    is_member_ = false;
  }
  failed({collector::kQueue, 0, "it forgets the queue as soon as it has it"});
  return false;
}

void QueueSource::learn(const Step& step) {
  unreported_.clear();
  failing_since_ = -1;
  last_contact_ = settings_.clock();
  for (const size_t unit : step.ended)
    if (states_[unit] == State::kOpen) set(unit, State::kElsewhere);
  if (step.twice != 0) {
    twice_ += step.twice;
    say(counted(step.twice) + " of this node's had been run by another node as well: the lease had run out");
  }
  last_ = step;
}

run::Claim QueueSource::claim(uint32_t, uint64_t budget_ms) {
  if (!replay_.empty()) return from_replay(budget_ms);
  if (mode_ == Mode::kQueue) return from_queue(budget_ms);
  return from_own_share(budget_ms);
}

run::Claim QueueSource::from_replay(uint64_t budget_ms) {
  run::Claim claim;
  uint64_t sum = 0;
  while (!replay_.empty()) {
    const plan::Unit& next = units_[replay_.front()];
    const bool grouped =
        !claim.units.empty() && !next.group.empty() && units_[claim.units.back()].group == next.group;
    if (!claim.units.empty() && !grouped && sum + next.weight_ms > budget_ms) break;
    sum += next.weight_ms;
    claim.units.push_back(replay_.front());
    replay_.pop_front();
  }
  return claim;
}

run::Claim QueueSource::from_queue(uint64_t budget_ms) {
  Step step;
  if (!ask(signed_budget(budget_ms), {}, &step)) {
    // After a first join there may be something to run again.
    if (!replay_.empty()) return from_replay(budget_ms);
    if (mode_ == Mode::kQueue) return {.wait_ms = kWait};
    return from_own_share(budget_ms);
  }
  if (!step.claimed.empty()) {
    empty_since_ = -1;
    run::Claim claim;
    for (const size_t unit : step.claimed) {
      // One that was taken from this node while it stalled, and given back, is with a worker already.
      if (states_[unit] == State::kHeld || states_[unit] == State::kEnded) continue;
      set(unit, State::kHeld);
      claim.units.push_back(unit);
    }
    if (claim.units.empty()) claim.wait_ms = kWait;
    return claim;
  }
  const int64_t now = settings_.clock();
  if (empty_since_ < 0) empty_since_ = now;
  // What another worker of this node has may be given back, also when it is only run again.
  if (holds_any()) return {.wait_ms = kWait};
  if (step.open == 0) return {.none_left = true};
  if (step.free_units != 0 || step.open_own != 0) return {.wait_ms = kWait};
  // The rest is held by others, who answer for it: long enough to see whether they are there.
  if (now - empty_since_ <= static_cast<int64_t>(settings_.membership.lease_ms)) return {.wait_ms = kWait};
  return {.none_left = true};
}

run::Claim QueueSource::from_own_share(uint64_t budget_ms) {
  run::Claim claim;
  uint64_t sum = 0;
  const auto take = [&](size_t unit) {
    set(unit, State::kHeld);
    sum += units_[unit].weight_ms;
    claim.units.push_back(unit);
  };
  for (size_t unit = 0; unit < units_.size(); ++unit) {
    if (!own_[unit] || states_[unit] != State::kOpen) continue;
    if (!claim.units.empty() && sum + units_[unit].weight_ms > budget_ms) break;
    take(unit);
    if (units_[unit].group.empty()) continue;
    for (size_t other = unit + 1; other < units_.size(); ++other)
      if (own_[other] && states_[other] == State::kOpen && units_[other].group == units_[unit].group)
        take(other);
  }
  if (!claim.units.empty()) return claim;
  if (holds_any()) return {.wait_ms = kWait};
  return {.none_left = true};
}

void QueueSource::end(size_t unit, run::UnitEnd how, uint64_t) {
  if (how == run::UnitEnd::kNotRun) return give_back({unit});
  if (unit >= units_.size() || states_[unit] == State::kEnded) return;
  set(unit, State::kEnded);
  ended_.emplace_back(unit, how);
  unreported_.emplace_back(unit, how);
  Step step;
  if (mode_ == Mode::kQueue && failing_since_ < 0) static_cast<void>(ask(-1, {}, &step));
}

void QueueSource::give_back(const std::vector<size_t>& units) {
  Positions back;
  for (const size_t unit : units) {
    if (unit >= units_.size() || states_[unit] != State::kHeld) continue;
    if (replayed_[unit]) {  // nobody else would run it again
      replay_.push_back(unit);
      continue;
    }
    set(unit, State::kOpen);
    back.push_back(unit);
  }
  // Without an answer the next join says what is held, and so what is not.
  Step step;
  if (!back.empty() && mode_ == Mode::kQueue && failing_since_ < 0) static_cast<void>(ask(-1, back, &step));
}

uint64_t QueueSource::left_ms() const {
  uint64_t sum = 0;
  for (const size_t unit : replay_) sum += units_[unit].weight_ms;
  if (mode_ == Mode::kQueue && was_member_) return sum + last_.free_ms;
  for (size_t unit = 0; unit < units_.size(); ++unit)
    if (own_[unit] && states_[unit] == State::kOpen) sum += units_[unit].weight_ms;
  return sum;
}

size_t QueueSource::left_units() const {
  if (mode_ == Mode::kQueue && was_member_) return replay_.size() + last_.free_units;
  size_t count = replay_.size();
  for (size_t unit = 0; unit < units_.size(); ++unit)
    count += static_cast<size_t>(own_[unit] && states_[unit] == State::kOpen);
  return count;
}

void QueueSource::try_again() {
  const int64_t now = settings_.clock();
  if (now < next_try_) return;
  const Result<Standing> joined = join(std::min<uint64_t>(settings_.patience_ms, kShortPatience));
  if (!joined.ok()) {
    pause_ms_ = std::min(pause_ms_ * 2, kLongestPause);
    next_try_ = now + pause_ms_;
    return;
  }
  if (*joined != Standing::kMember) return;
  mode_ = Mode::kQueue;
  failing_since_ = -1;
  say("the server is there again: this node claims from the queue");
}

void QueueSource::tick(int64_t) {
  if (mode_ == Mode::kAlone) return try_again();
  if (mode_ != Mode::kQueue) return;
  const auto beat = static_cast<int64_t>(settings_.membership.lease_ms / kHeartbeats);
  if (failing_since_ < 0 && settings_.clock() - last_contact_ < beat) return;
  Step step;
  static_cast<void>(ask(-1, {}, &step));
}

}  // namespace alibi::queue

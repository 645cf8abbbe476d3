// A node's view of the shared queue: who may run what by which rule is in QUEUE.md.
//
// Used by the runner on its one thread. A node answers for its static share: it says none_left only when each
// of these units has been ended, by itself or, as the server said, by another. So nothing is lost whatever
// the server does. Never blocks longer than the patience, and without the server not at all for long.
#ifndef ALIBI_COLLECTOR_QUEUE_QUEUE_SOURCE_H_
#define ALIBI_COLLECTOR_QUEUE_QUEUE_SOURCE_H_

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "collector/queue/queue_protocol.h"
#include "collector/run/work_source.h"

namespace alibi::queue {

struct QueueSettings {
  Membership membership;
  uint64_t patience_ms = 2000;
  std::string shown;               // of the server, for people
  std::function<int64_t()> clock;  // milliseconds that only grow
};

class QueueSource final : public run::WorkSource {
 public:
  // Every unit of the plan is in exactly one node's share.
  QueueSource(const plan::Plan& plan, std::shared_ptr<Server> server, QueueSettings settings);
  ~QueueSource() override;
  QueueSource(const QueueSource&) = delete;
  QueueSource& operator=(const QueueSource&) = delete;

  const std::vector<plan::Unit>& units() const override { return units_; }
  run::Claim claim(uint32_t worker, uint64_t budget_ms) override;
  void end(size_t unit, run::UnitEnd how, uint64_t wall_ms) override;
  void give_back(const std::vector<size_t>& units) override;
  uint64_t left_ms() const override;
  size_t left_units() const override;
  void tick(int64_t now_ms) override;
  std::vector<std::string> notices() override;

 private:
  enum class Mode : uint8_t {
    kQueue,
    kAlone,      // the server is away; it is asked for now and then
    kSuperseded  // alone for good
  };
  enum class State : uint8_t { kOpen, kHeld, kEnded, kElsewhere };

  bool ask(int64_t budget_ms, const Positions& back, Step* step);
  Result<Standing> join(uint64_t patience_ms);
  void learn(const Step& step);
  void failed(const Error& error);
  void supersede();
  void try_again();
  run::Claim from_replay(uint64_t budget_ms);
  run::Claim from_queue(uint64_t budget_ms);
  run::Claim from_own_share(uint64_t budget_ms);
  bool holds_any() const { return held_ != 0; }
  void set(size_t unit, State state);
  void say(const std::string& text);

  std::vector<plan::Unit> units_;
  std::vector<bool> own_, replayed_;
  std::vector<State> states_;
  std::deque<size_t> replay_;
  size_t held_ = 0;
  QueueSettings settings_;
  QueueProtocol protocol_;
  Mode mode_ = Mode::kQueue;
  bool was_member_ = false;  // has joined once
  bool is_member_ = false;   // false after every failure: what was claimed and ended is said again
  Ends ended_;               // of this process, all
  Ends unreported_;
  Step last_;
  int64_t last_contact_ = 0;
  int64_t failing_since_ = -1;
  int64_t empty_since_ = -1;
  int64_t next_try_ = 0, pause_ms_ = 0;
  uint64_t twice_ = 0;
  uint32_t said_ = 0;
  std::vector<std::string> notices_;
};

}  // namespace alibi::queue

#endif  // ALIBI_COLLECTOR_QUEUE_QUEUE_SOURCE_H_

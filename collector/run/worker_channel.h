// The runner's side of WORKERS.md as a value: bytes of a driver in, messages out, and the lines to send. Used
// by the runner for each persistent worker, on its one thread. Pure: it has no socket and never waits. What a
// driver says is checked against what it was given; the first thing that means nothing ends the conversation.
#ifndef ALIBI_COLLECTOR_RUN_WORKER_CHANNEL_H_
#define ALIBI_COLLECTOR_RUN_WORKER_CHANNEL_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collector/plan/unit.h"

namespace alibi::run {

enum class DriverSays : uint8_t { kReady, kNext, kNextEarly, kBegin, kDone, kStop, kFailedOutside };

struct DriverMessage {
  DriverSays says = DriverSays::kReady;
  size_t unit = 0;  // of kBegin and kDone
  bool failed = false;
  uint64_t wall_ms = 0;                // as the driver measured it
  std::optional<uint64_t> loading_ms;  // of it, until its tests could begin; nothing: not said
  uint64_t tests = 0;                  // 0: no test was found in it
  std::optional<uint64_t> left_out;    // tests of it that the framework did not run; nothing: not said
  std::vector<std::string> failed_selectors;
  std::string text;  // "pytest 7.2.1"; why it stops
};

class WorkerChannel {
 public:
  static constexpr size_t kLongestLine = 16u << 20;

  // The messages that are complete now. Nothing more comes once broken().
  std::vector<DriverMessage> read(std::string_view bytes);
  // Says what was wrong, with the beginning of the line.
  const std::optional<std::string>& broken() const { return broken_; }

  // What to send; each answers one question of the driver.
  std::string give(size_t unit, const plan::Unit& what, uint32_t attempt);
  std::string later();
  std::string end();

  bool is_ready() const { return ready_; }
  bool is_asked() const { return asked_; }  // a question waits for its answer
  bool is_asked_early() const { return asked_ && early_; }
  bool has_ended() const { return ended_; }                       // end() was sent
  std::optional<size_t> running() const { return running_; }      // begun and not done
  const std::vector<size_t>& promised() const { return given_; }  // given and not begun

 private:
  std::optional<DriverMessage> understand(std::string_view line);
  std::optional<DriverMessage> refuse(std::string_view why, std::string_view line);
  std::optional<DriverMessage> begin(size_t unit, std::string_view line);

  std::string partial_;
  std::optional<std::string> broken_;
  bool ready_ = false, asked_ = false, early_ = false, ended_ = false;
  std::optional<size_t> running_;
  std::vector<size_t> given_;
};

}  // namespace alibi::run

#endif  // ALIBI_COLLECTOR_RUN_WORKER_CHANNEL_H_

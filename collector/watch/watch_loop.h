// `alibi watch` at work: waits for files, keys, signals and the run, asks WatchLogic what to do, does it, and
// shows how things stand. One thread; the only place that knows all the others.
#ifndef ALIBI_COLLECTOR_WATCH_WATCH_LOOP_H_
#define ALIBI_COLLECTOR_WATCH_WATCH_LOOP_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "collector/report/style.h"
#include "collector/watch/file_watcher.h"
#include "collector/watch/plain_log.h"
#include "collector/watch/question.h"
#include "collector/watch/signals.h"
#include "collector/watch/terminal.h"
#include "collector/watch/test_run.h"
#include "collector/watch/view.h"
#include "collector/watch/watch_logic.h"

namespace alibi::watch {

// What the command knows and the loop does not.
struct WatchSetup {
  std::string project;               // its name, for people
  std::string root;                  // absolute
  std::string data;                  // absolute
  std::string command;               // for people
  std::vector<std::string> ignored;  // patterns
  std::vector<std::string> problems;
  bool plain = false;  // lines instead of a screen
  bool polls = false;  // files are looked at now and then
  report::Style style;

  std::function<RunCommand(RunMode)> run_command;
  // A run begins after these paths have changed.
  std::function<void(const std::vector<std::string>&)> before_run;
  // What evidence says now about paths. Called between runs.
  std::function<KnownPaths()> learn;
  // In a process of its own: does nothing have to run?
  std::function<Answer()> ask;
  // The runner said where its evidence goes.
  std::function<void(const RunEvent&)> heard_session;
};

class WatchLoop {
 public:
  explicit WatchLoop(WatchSetup setup);

  // Until somebody quits. An error when it cannot even begin.
  Result<void> run();

 private:
  void wait();
  int patience_ms() const;
  void obey(std::vector<Action> actions);
  std::vector<Action> perform(Action action);
  void start_run();
  void look_at_files();
  void tell_changes();
  void look_at_run();
  void finish_run(int status);
  void look_at_question();
  void read_keys();
  void press(Press press);
  void read_signals();
  void suspend();
  std::optional<Time> next_shown() const;
  void show();
  void scroll(int by);
  std::vector<std::string> below_root(const std::vector<std::string>& paths) const;

  WatchSetup setup_;
  Signals signals_;
  FileWatcher watcher_;
  KnownPaths known_;
  WatchLogic logic_{&known_};
  QuietTime quiet_;
  std::optional<TestRun> run_;
  std::optional<Question> question_;
  std::unique_ptr<Terminal> terminal_;
  PlainLog log_;
  View view_;
  bool reads_keys_ = false;
  bool stale_ = true;  // there is something new to show
  bool done_ = false;
  bool lost_ = false;  // nobody can see it any more
  Time now_;
  Time started_;    // the run under way
  Time next_look_;  // when polling
  Time shown_;      // last
};

}  // namespace alibi::watch

#endif  // ALIBI_COLLECTOR_WATCH_WATCH_LOOP_H_

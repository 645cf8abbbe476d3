#include "collector/watch/watch_loop.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <ctime>
#include <utility>

namespace alibi::watch {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using Steady = std::chrono::steady_clock;

constexpr int kMostOfTime = 10;           // of large trees less often: a tenth of the time at most
constexpr seconds kLookEvery{1};          // when polling
constexpr milliseconds kShowEvery{40};    // while a run speaks
constexpr milliseconds kCountEvery{500};  // seconds of a run, while it does not

std::string time_of_day() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  char text[16];
  if (::localtime_r(&now, &parts) == nullptr || std::strftime(text, sizeof text, "%H:%M:%S", &parts) == 0)
    return {};
  return text;
}

// Null where there are none: then it polls.
std::unique_ptr<FolderEvents> events_for(WatchSetup* setup) {
  if (setup->polls) return nullptr;
  Result<std::unique_ptr<FolderEvents>> events = FolderEvents::open();
  if (events) return std::move(events).value();
  setup->problems.push_back(events.error().message + "; files are looked at every second instead");
  return nullptr;
}

}  // namespace

WatchLoop::WatchLoop(WatchSetup setup)
    : setup_(std::move(setup)),
      watcher_(setup_.root, setup_.data, IgnoreRules(setup_.ignored), events_for(&setup_), &Clock::real()),
      log_(setup_.style) {
  view_.project = setup_.project;
  view_.command = setup_.command;
  view_.time = time_of_day();
}

Result<void> WatchLoop::run() {
  now_ = Steady::now();
  next_look_ = now_ + kLookEvery;
  known_ = setup_.learn();
  watcher_.begin(&known_);
  watcher_.settle();
  if (!watcher_.tree().has(setup_.root))
    return Error{ErrorCode::kCannotRead, 0, "cannot read the folder " + setup_.root};
  const bool screen = !setup_.plain && Terminal::can_draw();
  reads_keys_ = Terminal::can_read();
  if (screen || reads_keys_) {
    terminal_ = std::make_unique<Terminal>(screen ? Terminal::Use::kScreen : Terminal::Use::kKeys);
    terminal_->enter();
  }
  setup_.plain = !screen;
  obey(logic_.begin());
  while (!done_) wait();
  run_.reset();
  question_.reset();
  if (terminal_ != nullptr) terminal_->leave();
  if (screen) (void)write_all(STDOUT_FILENO, "alibi watch: " + status_text(view_) + "\n");
  return {};
}

void WatchLoop::wait() {
  std::array<pollfd, 5> places{};
  size_t count = 0;
  const auto add = [&](int fd) { places[count++] = {fd, POLLIN, 0}; };  // poll passes over -1
  add(signals_.fd());
  add(watcher_.fd());
  add(reads_keys_ ? STDIN_FILENO : -1);
  add(run_ ? run_->output_fd() : -1);
  add(run_ ? run_->events_fd() : -1);
  (void)::poll(places.data(), count, patience_ms());
  now_ = Steady::now();
  if (places[0].revents != 0) read_signals();
  if (places[2].revents != 0) read_keys();
  look_at_files();
  look_at_question();
  look_at_run();
  obey(logic_.time_passed(now_));
  const std::optional<Time> next = next_shown();
  if (!done_ && next && now_ >= *next) show();
}

int WatchLoop::patience_ms() const {
  Time wake = now_ + std::chrono::hours(1);
  const auto sooner = [&wake](std::optional<Time> time) {
    if (time) wake = std::min(wake, *time);
  };
  sooner(quiet_.ends());
  sooner(logic_.deadline());
  if (watcher_.polls()) sooner(next_look_);
  sooner(next_shown());
  const auto left = duration_cast<milliseconds>(wake - Steady::now()).count();
  return static_cast<int>(std::clamp<int64_t>(left + 1, 0, 3'600'000));
}

void WatchLoop::obey(std::vector<Action> actions) {
  for (size_t i = 0; i < actions.size(); ++i) {
    for (const Action next : perform(actions[i])) actions.push_back(next);
  }
}

std::vector<Action> WatchLoop::perform(Action action) {
  stale_ = true;
  switch (action) {
    case Action::kStartRun:
      start_run();
      return run_ ? std::vector<Action>() : logic_.run_ended(Standing::kSomethingOpen);
    case Action::kInterrupt:
      if (run_) run_->interrupt();
      break;
    case Action::kKill:
      if (run_) run_->kill();
      break;
    case Action::kAsk:
      question_.emplace(setup_.ask);
      break;
    case Action::kStopAsking:
      question_.reset();
      break;
    case Action::kQuit:
      done_ = true;
      break;
    case Action::kNone:
      break;
  }
  return {};
}

void WatchLoop::start_run() {
  ++view_.runs;
  view_.results.begin(logic_.mode());
  view_.end.reset();
  view_.output.clear();
  view_.first_failure = 0;
  view_.time = time_of_day();
  started_ = now_;
  setup_.before_run(logic_.changes());
  Result<TestRun> run = TestRun::start(setup_.run_command(logic_.mode()));
  if (run) {
    run_.emplace(std::move(*run));
    return;
  }
  view_.output = run.error().message;
  view_.status = 127;
  view_.end = RunEnd::kBroken;
}

void WatchLoop::look_at_files() {
  if (watcher_.polls()) {
    if (now_ < next_look_) return;
    const Time begin = Steady::now();
    tell_changes();
    const Time end = Steady::now();
    next_look_ = end + std::max<Steady::duration>(kLookEvery, kMostOfTime * (end - begin));
    return;
  }
  if (watcher_.notice()) quiet_.happened(now_);
  const std::optional<Time> quiet = quiet_.ends();
  if (quiet && now_ >= *quiet) tell_changes();
}

void WatchLoop::tell_changes() {
  quiet_.reset();
  const Changes changes = watcher_.changes();
  if (changes.empty()) return;
  stale_ = true;
  obey(logic_.changed(changes, now_));
}

void WatchLoop::look_at_run() {
  if (!run_) return;
  run_->read_output();
  const auto hear = [this] {
    for (const RunEvent& event : run_->read_events()) {
      if (event.kind == RunEvent::Kind::kSession) setup_.heard_session(event);
      view_.results.add(event);
      stale_ = true;
    }
  };
  hear();
  const std::optional<int> status = run_->ended();
  if (!status) return;
  run_->read_output();
  hear();
  finish_run(*status);
}

// What the tests wrote has been noticed by now: it counts as changed during the run, not after it.
void WatchLoop::finish_run(int status) {
  view_.output = run_->output();
  view_.status = status;
  view_.elapsed_ns = static_cast<uint64_t>(duration_cast<nanoseconds>(now_ - started_).count());
  view_.end = view_.results.end(status, logic_.phase() == WatchLogic::Phase::kStopping);
  view_.time = time_of_day();
  run_.reset();
  (void)watcher_.notice();
  if (watcher_.has_noticed() || watcher_.polls()) tell_changes();
  stale_ = true;
  show();
  known_ = setup_.learn();
  watcher_.begin(&known_);
  const bool good = *view_.end == RunEnd::kOrderly && view_.results.failures().empty();
  obey(logic_.run_ended(good ? Standing::kAllGood : Standing::kSomethingOpen));
}

void WatchLoop::look_at_question() {
  if (!question_) return;
  const std::optional<Answer> answer = question_->answer();
  if (!answer) return;
  question_.reset();
  stale_ = true;
  obey(logic_.answered(*answer));
}

void WatchLoop::read_keys() {
  bool gone = false;
  for (const Press each : terminal_->read_keys(&gone)) press(each);
  if (!gone) return;
  reads_keys_ = false;  // nobody is there any more
  obey(logic_.pressed(Key::kQuit, now_));
}

void WatchLoop::press(Press press) {
  stale_ = true;
  switch (press) {
    case Press::kAgain:
      return obey(logic_.pressed(Key::kAgain, now_));
    case Press::kAll:
      return obey(logic_.pressed(Key::kAll, now_));
    case Press::kFailed:
      if (!view_.results.failures().empty()) obey(logic_.pressed(Key::kFailed, now_));
      return;
    case Press::kPause:
      return obey(logic_.pressed(Key::kPause, now_));
    case Press::kQuit:
      return obey(logic_.pressed(Key::kQuit, now_));
    case Press::kOutput:
      view_.show_output = !view_.show_output;
      return;
    case Press::kUp:
      return scroll(-1);
    case Press::kDown:
      return scroll(1);
    case Press::kRedraw:
      if (terminal_ != nullptr) terminal_->forget_drawn();
      return;
  }
}

void WatchLoop::scroll(int by) {
  const auto last = static_cast<int>(view_.results.failures().size()) - 1;
  view_.first_failure =
      static_cast<size_t>(std::clamp(static_cast<int>(view_.first_failure) + by, 0, std::max(0, last)));
}

void WatchLoop::read_signals() {
  for (const int number : signals_.read()) {
    if (number == SIGWINCH && terminal_ != nullptr) terminal_->forget_drawn();
    if (number == SIGTSTP) suspend();
    const bool ends = number == SIGINT || number == SIGTERM || number == SIGHUP || number == SIGQUIT;
    if (ends) obey(logic_.pressed(Key::kQuit, now_));
    stale_ = true;
  }
}

// Ctrl-Z: the run waits, too, and the shell gets its terminal as it was.
void WatchLoop::suspend() {
  if (run_) run_->pause();
  if (terminal_ != nullptr) terminal_->leave();
  (void)::kill(::getpid(), SIGSTOP);
  if (terminal_ != nullptr) terminal_->enter();
  if (run_) run_->resume();
}

// Not more often than a person sees; while nothing happens, only for the seconds of a run.
std::optional<Time> WatchLoop::next_shown() const {
  if (stale_) return shown_ + (run_ ? kShowEvery : milliseconds(0));
  if (run_ && !setup_.plain) return shown_ + kCountEvery;
  return std::nullopt;
}

void WatchLoop::show() {
  using Activity = View::Activity;
  const bool stopping = logic_.phase() == WatchLogic::Phase::kStopping;
  view_.activity = run_        ? (stopping ? Activity::kStopping : Activity::kRunning)
                   : question_ ? Activity::kAsking
                               : Activity::kIdle;
  view_.mode = logic_.mode();
  view_.paused = logic_.paused();
  view_.quitting = logic_.quitting();
  view_.gave_up = logic_.gave_up();
  view_.changes = below_root(logic_.changes());
  view_.settled = below_root(logic_.settled());
  view_.waiting = below_root(logic_.waiting());
  view_.files = watcher_.tree().files();
  view_.problems = setup_.problems;
  if (!watcher_.problem().empty()) view_.problems.push_back(watcher_.problem());
  if (run_) {
    view_.elapsed_ns = static_cast<uint64_t>(duration_cast<nanoseconds>(now_ - started_).count());
    if (view_.show_output) view_.output = run_->output();
  }
  const bool shown = setup_.plain ? write_all(STDOUT_FILENO, log_.update(view_))
                                  : terminal_->draw(screen_lines(view_, terminal_->size(), setup_.style));
  stale_ = false;
  shown_ = now_;
  if (!shown && !std::exchange(lost_, true)) obey(logic_.pressed(Key::kQuit, now_));
}

std::vector<std::string> WatchLoop::below_root(const std::vector<std::string>& paths) const {
  std::vector<std::string> shown;
  for (const std::string& path : paths)
    shown.push_back(path.starts_with(setup_.root + "/") ? path.substr(setup_.root.size() + 1) : path);
  return shown;
}

}  // namespace alibi::watch

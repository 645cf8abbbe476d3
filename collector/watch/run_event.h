// What a test runner says while it runs, one JSON document a line (PROTOCOL.md): decoded here, shown by
// RunResults and Screen. Foreign bytes: what is not understood is no event. Pure.
#ifndef ALIBI_COLLECTOR_WATCH_RUN_EVENT_H_
#define ALIBI_COLLECTOR_WATCH_RUN_EVENT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace alibi::watch {

struct RunEvent {
  enum class Kind : uint8_t {
    kSession,    // where its evidence goes
    kCollected,  // how many tests run
    kFailure,    // a test, or what finds tests, failed: as soon as it does
    kTest,       // a test ended
    kEnd
  };
  Kind kind = Kind::kEnd;

  std::string root, data, environment;  // kSession

  size_t run = 0;                  // kCollected: tests that run
  size_t left_out = 0;             //   and that do not, because they have an alibi
  std::vector<std::string> notes;  //   what the runner says about it, for people

  std::string id;       // kFailure, kTest
  std::string outcome;  // kTest: passed, failed, error, skipped, xfailed, xpassed
  double milliseconds = 0;
  bool finding = false;           // kFailure: no test, but what finds tests
  std::string place;              //   where, as people write it: "tests/test_shop.py:21"
  std::string message;            //   in one line
  std::vector<std::string> text;  // a short traceback, and what the test printed last

  bool stopped = false;  // kEnd: before all tests had run
};

std::optional<RunEvent> parse_run_event(std::string_view line);

// Cuts what comes from a pipe into lines. A line that is too long for anything sensible is dropped whole.
class LineCutter {
 public:
  void add(std::string_view bytes, std::vector<std::string>* lines);
  // What has no end of line yet.
  const std::string& rest() const { return rest_; }

 private:
  std::string rest_;
  bool dropping_ = false;
};

}  // namespace alibi::watch

#endif  // ALIBI_COLLECTOR_WATCH_RUN_EVENT_H_

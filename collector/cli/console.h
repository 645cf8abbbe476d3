// The command's ways out: standard output, errors, progress. One per run, main thread. Knows the terminal and
// the environment so that nobody else has to.
#ifndef ALIBI_COLLECTOR_CLI_CONSOLE_H_
#define ALIBI_COLLECTOR_CLI_CONSOLE_H_

#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>

#include "collector/report/style.h"
#include "tracer/base/result.h"

namespace alibi::cli {

class Console {
 public:
  Console();

  const report::Style& style() const { return style_; }
  void print(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }
  void warn(std::string_view text);
  // "alibi: cannot write /x: No space left on device; free some space and try again [alibi-41]", one line;
  // returns the exit status that belongs to it.
  int fail(const Error& error);
  // The exit status, or a failure when standard output could not take everything.
  int finish(int status);

 private:
  report::Style style_;
};

// One line on a terminal's standard error that is rewritten in place. Silent elsewhere, and for work that is
// done before anyone would wonder.
class Progress {
 public:
  Progress();
  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void update(const char* step, size_t done, size_t total);
  void clear();

 private:
  std::chrono::steady_clock::time_point started_;
  std::chrono::steady_clock::time_point drawn_;
  bool terminal_ = false;
  bool visible_ = false;
};

// What a person can do about an error; empty when the message says it all.
const char* advice_for(ErrorCode code);

}  // namespace alibi::cli

#endif  // ALIBI_COLLECTOR_CLI_CONSOLE_H_

// On whose behalf does the interpreter do what it is doing: the project's, the test runner's, or its own when
// it loads code?
//
// Used by Inputs, with the GVL, at the moment of the input. Looks at the frames of Ruby code from the
// innermost outwards, a bounded way, and remembers what kind of code each file holds.
#ifndef ALIBI_RUBY_EXT_CALLERS_H_
#define ALIBI_RUBY_EXT_CALLERS_H_

#include <cstdint>
#include <string_view>

#include "line_events.h"
#include "project_files.h"

namespace alibi::ruby {

class Callers {
 public:
  struct Caller {
    bool asks = false;                       // the input is the project's
    bool is_kept = false;                    // by a library, for whoever asks it later
    bool loads = false;                      // it is `require` or its like, for code that is loaded
    bool autoloads = false;                  // it is Zeitwerk, which learns what there is to load
    const LoadFrames::Body* body = nullptr;  // code that is loaded now, and that it is an input of
    std::string_view function;               // of C, that was called; empty: none
  };
  enum class Subject : uint8_t {
    kElsewhere,
    kInProject,  // RubyGems and Bundler do what they are told with it
    kFeature     // something to be loaded that is not there: loading code asks for others
  };

  // What this process runs: tests, or a program that one of them started.
  enum class Runs : uint8_t { kTests, kProgram };

  void start(ProjectFiles* files, LineEvents* lines, const Contexts* contexts, Runs runs);
  Caller who_asks(Subject subject);
  // Does Zeitwerk ask in order to load all that it finds?
  bool loads_eagerly();
  void mark() const;

 private:
  enum class Kind : uint8_t {
    kUnknown,
    kProject,
    kRunner,
    kPackages,
    kLoader,
    kAutoloader,
    kReloader,
    kKeeper,
    kOther
  };
  enum class Verdict : uint8_t { kOpen, kYes, kNo };
  Verdict judge(VALUE frame, int line, Subject subject, Caller* caller);
  bool is_running_code(int count) const;
  Kind kind_of(VALUE frame);
  Kind classify(VALUE frame, std::string_view path) const;

  static constexpr size_t kRemembered = 1024;
  // Frames walked at most.
  static constexpr int kDeepest = 2000;

  struct Entry {
    VALUE path = 0;  // marked: its address must not be used again
    Kind kind = Kind::kUnknown;
  };
  ProjectFiles* files_ = nullptr;
  LineEvents* lines_ = nullptr;
  const Contexts* contexts_ = nullptr;
  Runs runs_ = Runs::kTests;
  Entry entries_[kRemembered];
  VALUE frames_[kDeepest];  // of one call; nothing is allocated as long as they count
  int frame_lines_[kDeepest];
};

}  // namespace alibi::ruby

#endif  // ALIBI_RUBY_EXT_CALLERS_H_

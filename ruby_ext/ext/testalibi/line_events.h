// Records which lines of the project run, through a raw event hook.
//
// One per process, owned by Recording; all calls with the GVL. Three ways, each sound where it is used:
//   oneshot  an instruction's events are switched off at its first hit and on again when the next test begins
//   raw      they stay on; repetitions are sorted out by a cache
//   api      public functions only: no layouts, no load-time attribution
// Hooks never raise, never allocate Ruby objects but for code seen first, and call no Ruby code of the
// user's.
#ifndef ALIBI_RUBY_EXT_LINE_EVENTS_H_
#define ALIBI_RUBY_EXT_LINE_EVENTS_H_

#include <cstdint>
#include <vector>

#include "code_units.h"
#include "contexts.h"
#include "instruction_words.h"
#include "load_frames.h"
#include "ruby_internal.h"

namespace alibi::ruby {

class LineEvents {
 public:
  enum class Way : uint8_t { kOneshot, kRaw, kApi };

  // `wanted`: the best way that the self-test allows.
  void start(alibi_session* session, CodeUnits* units, Contexts* contexts, Way wanted);
  void stop();
  Way way() const { return way_; }
  const char* strategy() const;

  void begin_context(uint32_t context);
  void end_context(uint32_t context);
  // While somebody else traces, each event has to be raised.
  void foreign_tracing(bool starts);
  // May code that is loaded run now? Which one, if this frame of it (rb_profile_frames) is on the stack.
  bool is_loading() const { return loads_.any(); }
  const LoadFrames::Body* loading_body(VALUE frame) const {
    return loads_.find(reinterpret_cast<const Iseq*>(frame));
  }
  // Grows whenever a file's code may have been loaded.
  uint64_t bodies_begun() const { return way_ == Way::kApi ? ++bodies_ : bodies_; }
  // Of tests on several threads: what is of none of its lines is of this thread's now.
  void say_own();
  // A name that the code made which runs now; `body`: code that is loaded, and makes it.
  void use_name(uint32_t probe, const LoadFrames::Body* body);
  void mark() const { rb_gc_mark(canary_); }

 private:
  struct Seen {
    const VALUE* key;
    uint64_t round_and_context;
  };

  static void on_event(VALUE, const rb_trace_arg_t* argument);
  static void on_line(VALUE, const rb_trace_arg_t* argument);
  void install();
  void uninstall();
  void event(const TraceArgument& at);
  void line_of_body(const TraceArgument& at, uint32_t line, uint32_t probe);
  void line_of_others(const TraceArgument& at, const CodeRecord& record, uint32_t probe, VALUE* word);
  void line_on_threads(uint32_t probe, const VALUE* key);
  void hit_once(const TraceArgument& at, const CodeRecord& record, uint32_t probe, VALUE* word);
  static const VALUE* key_of(const TraceArgument& at, const VALUE* word);
  bool is_repeated(const VALUE* key);
  void switch_off(const TraceArgument& at, const CodeRecord& record, VALUE* word);

  void hit(uint32_t probe) { alibi_append_hit(session_, stream_, probe); }
  static void set_statement(LoadFrames::Body* body, const Iseq* code, uint32_t line, uint32_t probe);
  void say_context();
  void say_statement(uint32_t statement);
  Seen& seen_at(const VALUE* key, uint32_t context);
  bool is_fresh(const VALUE* key, uint32_t context);
  void begin_round();
  void check_hook();
  void check_compiler();

  struct SwitchedOff {
    VALUE* word;
    VALUE with_events;
    VALUE plain;
  };
  static constexpr size_t kRememberedBits = 12;

  static inline LineEvents* running_ = nullptr;
  alibi_session* session_ = nullptr;
  alibi_hit_stream* stream_ = nullptr;
  CodeUnits* units_ = nullptr;
  Contexts* contexts_ = nullptr;
  LoadFrames loads_;
  InstructionWords words_;
  std::vector<SwitchedOff> switched_off_;
  std::vector<Seen> seen_;
  uint32_t round_ = 1;
  uint32_t statement_said_ = 0;
  Way way_ = Way::kApi;
  int foreign_ = 0;
  bool compiled_ = false;  // by YJIT and its like: switching events on again goes unseen
  uint64_t canary_seen_ = 0;
  mutable uint64_t bodies_ = 0;
  const Iseq* canary_code_ = nullptr;
  VALUE canary_ = Qnil;
};

}  // namespace alibi::ruby

#endif  // ALIBI_RUBY_EXT_LINE_EVENTS_H_

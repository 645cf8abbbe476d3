// What tests leave behind in variables of the project's classes and modules, in its constants and in globals.
//
// One per process, owned by Recording; all calls with the GVL. When a test has ended it compares the values
// of variables, and what they hold of classes in turns: of those that are quickly looked at, of others that
// changed before, of the rest; each for a part of the time since the last look; and of all in the end. A
// change that is found may have been made by each test since the last such look. A value that was put back is
// no change. Classes of which a file's code defined a body are watched, and kept alive.
#ifndef ALIBI_RUBY_EXT_SHARED_STATE_H_
#define ALIBI_RUBY_EXT_SHARED_STATE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "contexts.h"
#include "line_events.h"
#include "project_files.h"
#include "state_owner.h"
#include "tracer/abi/alibi.h"

namespace alibi::ruby {

class SharedState {
 public:
  void start(alibi_session* session, const Contexts* contexts, const LineEvents* lines, ProjectFiles* files);
  void stop();
  void begin_test();
  void end_test(uint32_t context);
  // Before a forked process that ran tests ends: what they left is looked at.
  void settle();
  void mark() const;

 private:
  struct Watched {
    std::unique_ptr<StateOwner> owner;
    size_t since;  // tests from here on may have changed what it holds
    bool has_changed = false;
    int64_t cost_ns = 0;                   // of the last look
    std::unordered_set<ID> passed_over{};  // constants that are not the project's
  };
  enum class Kind : uint8_t { kCheap, kChanging, kOther };
  struct Turns {
    Kind kind;
    size_t next = 0;
    int64_t credit_ns = 0;
  };
  struct Quiet;

  static void on_end(VALUE, const rb_trace_arg_t* argument);
  void take(VALUE module, uint32_t file);
  Watched* watch(VALUE module, uint32_t file, std::string name);
  void take_constants(Watched* watched);
  void take_constant(Watched* watched, ID name);
  void take_class(VALUE value, const std::string& expected, uint32_t file);
  void take_globals();
  void take_from_files();
  void pass_over_derived();
  uint32_t file_of_constant(VALUE module, VALUE name);
  uint32_t file_of(VALUE path);
  void look(Watched* watched, StateOwner::Depth depth);
  void look_closely(Watched* watched, StateOwner::Depth depth);
  int64_t earned(int64_t now) const;
  void look_at_values(int64_t* now);
  void look_at_some(int64_t now);
  static Kind kind_of(const Watched& watched);
  void look_first(Watched* watched);
  void take_turns(Turns* turns, int64_t* now);
  void look_at_all();
  void look_at_rest();
  void record(const StateOwner& owner, StateOwner::Change change, ID variable, size_t since);
  void in_new_process();

  static inline SharedState* running_ = nullptr;
  alibi_session* session_ = nullptr;
  const Contexts* contexts_ = nullptr;
  const LineEvents* lines_ = nullptr;
  ProjectFiles* files_ = nullptr;
  ValueDigest digest_;
  std::vector<std::unique_ptr<Watched>> watched_;
  std::unordered_map<VALUE, Watched*> by_module_;
  std::unordered_set<ID> globals_;
  std::vector<uint32_t> tests_;  // that ended
  uint64_t bodies_seen_ = 0;
  size_t ended_before_ = 0;  // the last test began
  size_t values_since_ = 0;  // tests from here on may have given variables other values
  int64_t values_credit_ns_ = 0;
  // Each has a third of the time.
  Turns turns_[3]{{Kind::kCheap}, {Kind::kChanging}, {Kind::kOther}};
  int64_t looked_ns_ = 0;
  int64_t budget_ns_ = -1;
  bool in_test_ = false;
  bool first_look_ = true;
  int process_ = 0;
};

}  // namespace alibi::ruby

#endif  // ALIBI_RUBY_EXT_SHARED_STATE_H_

// Variables that outlive tests, of one class or module of the project, of Object (constants of files) or of
// the whole program (globals), and what they held at the last look.
//
// Used by SharedState, with the GVL. Asks for constants only by what never loads them.
#ifndef ALIBI_RUBY_EXT_STATE_OWNER_H_
#define ALIBI_RUBY_EXT_STATE_OWNER_H_

#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "state_values.h"

namespace alibi::ruby {

class StateOwner {
 public:
  // kValue: it got a value that nobody can change, in place of none. kReplaced: an equal object in place of
  // one. kContent: anything else.
  enum class Change : uint8_t { kValue, kReplaced, kContent };
  using Found = std::function<void(Change, ID variable)>;

  StateOwner(VALUE module, uint32_t file, std::string name)
      : module_(module), file_(file), name_(std::move(name)) {}

  VALUE module() const { return module_; }
  uint32_t file() const { return file_; }
  const std::string& name() const { return name_; }  // "Outer::Inner"; empty: its variables have no owner

  void watch(ID constant_or_global, ValueDigest* digest);
  bool watches(ID name) const { return others_.contains(name); }
  // kShallow: has a variable got another value, or has what it or a constant holds another size? kQuick: and
  // what they hold, but for constants that hold what nobody can change, which are taken to be there still.
  enum class Depth : uint8_t { kShallow, kQuick, kWhole };
  // Is there anything that a look of this depth looks at?
  bool may_have_changed(Depth depth) const;
  // What there is now is where later looks start from. `found`: null in the first one.
  void look(ValueDigest* digest, Depth depth, const Found& found);
  void mark() const { rb_gc_mark(module_); }

 private:
  struct Held {
    VALUE value;  // compared, never looked into
    uint64_t digest;
    uint64_t size;
    uint32_t look;
    bool is_atom;
  };
  struct Look;
  static int of_variable(ID name, VALUE value, st_data_t look);
  static Held held(VALUE value, ValueDigest* digest);
  static void compare(Held* before, const Held& now, ID name, const Found& found);
  static void compare(Held* before, VALUE now, ID name, const Look& look);
  void look_at_sizes(const Look& look);
  void look_at_others(const Look& look);
  bool value_of(ID name, VALUE* value) const;

  VALUE module_;
  uint32_t file_;
  std::string name_;
  uint32_t looks_ = 0;
  st_index_t count_ = 0;                    // of variables, hidden ones too
  size_t objects_ = 0;                      // among the others
  std::unordered_map<ID, Held> variables_;  // of the instance, and of the class (@@x)
  std::unordered_map<ID, Held> others_;     // constants, globals
  std::vector<ID> sized_;                   // of these, those whose value may get another size
};

}  // namespace alibi::ruby

#endif  // ALIBI_RUBY_EXT_STATE_OWNER_H_

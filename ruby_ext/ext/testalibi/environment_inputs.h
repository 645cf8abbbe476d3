// Environment variables that code read, and those that tests left changed.
//
// Part of Inputs, which hands it observations with the GVL. Values are hashed at the read and never stored.
#ifndef ALIBI_RUBY_EXT_ENVIRONMENT_INPUTS_H_
#define ALIBI_RUBY_EXT_ENVIRONMENT_INPUTS_H_

#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "callers.h"
#include "input_log.h"
#include "joining.h"
#include "observation.h"

namespace alibi::ruby {

class EnvironmentInputs {
 public:
  // The environment as it is now.
  static EnvironmentOutside present();
  // `outside`: what the session found.
  void start(InputLog* log, const EnvironmentOutside& outside);
  // True: when it is seen again in the same context and statement, it need not be handed over.
  bool read(const Callers::Caller& caller, const char* name, const char* value);
  bool all_read(const Callers::Caller& caller);
  // Before it does.
  void will_change(const char* name);

  // What was set outside of tests is the doing of session code, which is charged to every test.
  void begin_context() { changed_.clear(); }
  void end_context(uint32_t context);

 private:
  using Value = std::optional<std::string>;  // two words of a hash, as bytes
  bool is_unchanged(const std::string& name, const Value& now) const;
  static Value value_of(const std::string& name);

  InputLog* log_ = nullptr;
  std::unordered_map<std::string, std::string> outside_;
  alibi_hash all_{0, 0};
  std::unordered_set<std::string> made_here_;
  std::unordered_map<std::string, Value> changed_;  // by the current context, with what was there before
};

}  // namespace alibi::ruby

#endif  // ALIBI_RUBY_EXT_ENVIRONMENT_INPUTS_H_

// What code learns from the file system, and what it changes there.
//
// Part of Inputs, which hands it observations with the GVL. The questions are kept in the words that the
// collector can ask again (collector/change/project_files.cc).
#ifndef ALIBI_RUBY_EXT_PATH_INPUTS_H_
#define ALIBI_RUBY_EXT_PATH_INPUTS_H_

#include <string>
#include <vector>

#include "callers.h"
#include "input_log.h"
#include "observation.h"
#include "observed_path.h"

namespace alibi::ruby {

class PathInputs {
 public:
  void start(InputLog* log, Callers* callers, ProjectFiles* files, std::string data_folder,
             Callers::Runs runs);
  // True: when it is seen again in the same context and statement, it need not be handed over.
  bool take(const Observation& seen);
  bool is_noise(const std::string& path) const;
  // Of files that were loaded since, those of which no line ran (they hold comments) are inputs.
  void settle_loads();
  // For observations of nobody that can be asked now.
  void assume(bool asked) { assumed_ = asked ? Assumed::kYes : Assumed::kNo; }
  void assume_nothing() { assumed_ = Assumed::kNothing; }

 private:
  enum class Assumed : uint8_t { kNothing, kYes, kNo };
  struct Ask;
  Callers::Caller caller_of(const std::string& path, Act act);
  void record_passed(const Callers::Caller& caller);
  bool opened(const Observation& seen, const std::string& path);
  void looked_for_code(const Callers::Caller& caller, const Observation& seen, const std::string& path);
  void listed_for_autoload(const std::string& path);
  void failed_to_open(const Callers::Caller& caller, const Observation& seen, const std::string& path);
  void answered(const Callers::Caller& caller, const Observation& seen, const std::string& path);
  void status(const Callers::Caller& caller, const std::string& path, bool follows, const Observation& seen);
  void truth(const Callers::Caller& caller, const std::string& path, const char* question, bool holds);
  void link(const Callers::Caller& caller, const std::string& path);
  void real_path(const Callers::Caller& caller, const std::string& path, const char* result);
  void written(const std::string& path, int32_t state, const char* word);

  Callers::Runs runs_ = Callers::Runs::kTests;
  InputLog* log_ = nullptr;
  Callers* callers_ = nullptr;
  ProjectFiles* files_ = nullptr;
  std::string data_folder_;
  Assumed assumed_ = Assumed::kNothing;
  std::vector<Passed> passed_;      // by the path that is looked at
  std::vector<std::string> loads_;  // files that were opened to be loaded
};

}  // namespace alibi::ruby

#endif  // ALIBI_RUBY_EXT_PATH_INPUTS_H_

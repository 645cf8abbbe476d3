// Gems that are in use, by the files that say which versions they have; features that were not found.
//
// Part of Inputs, with the GVL. What a gem is stays the same as long as these files do: its specification,
// and what decides which version is taken: the lock file where Bundler decides, else the folders of all
// specifications. They are the session's: a gem that changes lets all tests run.
#ifndef ALIBI_RUBY_EXT_PACKAGE_INPUTS_H_
#define ALIBI_RUBY_EXT_PACKAGE_INPUTS_H_

#include <string>

#include "callers.h"
#include "input_log.h"
#include "project_files.h"

namespace alibi::ruby {

class PackageInputs {
 public:
  void start(InputLog* log, ProjectFiles* files);
  // At what was activated since.
  void look();
  // Of `require`, which did not find it.
  void missing(const Callers::Caller& caller, const std::string& feature);

 private:
  InputLog* log_ = nullptr;
  ProjectFiles* files_ = nullptr;
  long known_ = 0;
};

}  // namespace alibi::ruby

#endif  // ALIBI_RUBY_EXT_PACKAGE_INPUTS_H_

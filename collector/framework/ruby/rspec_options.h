// Whether a project's options for RSpec may say which files it loads. A search in texts, which says yes too
// often rather than too seldom: then RSpec itself is asked. Used by the class in rspec.h, one thread.
#ifndef ALIBI_COLLECTOR_FRAMEWORK_RUBY_RSPEC_OPTIONS_H_
#define ALIBI_COLLECTOR_FRAMEWORK_RUBY_RSPEC_OPTIONS_H_

#include "collector/framework/disk.h"
#include "collector/framework/framework.h"

namespace alibi::framework {

// .rspec, .rspec-local, the user's own option files, SPEC_OPTS, settings.command.
bool options_choose_files(const Project& project, const Disk& disk);
// What those require configures a pattern or a path.
bool helpers_choose_files(const Project& project, const Disk& disk);

}  // namespace alibi::framework

#endif  // ALIBI_COLLECTOR_FRAMEWORK_RUBY_RSPEC_OPTIONS_H_

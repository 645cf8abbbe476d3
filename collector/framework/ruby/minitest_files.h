// Which files a Minitest project calls its tests: what its Rakefile says in so many words, Rails' default, or
// both usual names. Reads texts of the project, starts nothing. Used by the class in minitest.h, one thread.
#ifndef ALIBI_COLLECTOR_FRAMEWORK_RUBY_MINITEST_FILES_H_
#define ALIBI_COLLECTOR_FRAMEWORK_RUBY_MINITEST_FILES_H_

#include <optional>
#include <string>
#include <vector>

#include "collector/framework/disk.h"
#include "collector/framework/framework.h"

namespace alibi::framework {

bool is_rails(const Project& project, const Disk& disk);

// Without a location of the user's.
std::string usual_minitest_pattern(const Project& project, const Disk& disk);

// The pattern of the only test task of a Rakefile, where it is written out: literals alone, no other calls.
std::optional<std::string> pattern_of_rakefile(const std::string& text);

// Of Gemfile.lock: {7, 2}; {} unknown.
std::vector<int> rails_version(const std::string& gemfile_lock);
// What `bin/rails test` leaves out when it is given no files; "" nothing.
std::string rails_exclude_pattern(const Project& project, const std::vector<int>& version);

// A file as Rails' runner knows that it is one: it takes no word for a path that does not begin with a name
// of letters, digits and "_", and runs everything where it sees no path.
std::string path_for_rails(const std::string& directory, const std::string& file);

}  // namespace alibi::framework

#endif  // ALIBI_COLLECTOR_FRAMEWORK_RUBY_MINITEST_FILES_H_

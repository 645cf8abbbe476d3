// Files below a folder that a pattern means. Used by every framework, one thread; the disk is an argument.
//
// Starts at the pattern's literal folders. Never enters folders of other people's code (node_modules, virtual
// environments, vendor/bundle) or of version control, unless the pattern's literal part names them; never
// follows a link to a folder. Ruby's own patterns are otherwise: see Manner.
#ifndef ALIBI_COLLECTOR_FRAMEWORK_WALK_H_
#define ALIBI_COLLECTOR_FRAMEWORK_WALK_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "collector/framework/disk.h"
#include "collector/framework/glob.h"
#include "collector/plan/settings.h"

namespace alibi::framework {

// kRuby: as Ruby's Dir.glob, which takes nothing whose name begins with '.', and any other folder.
// kRubyAndLinks: through one link to a folder on the way, as "**/*/**" of RSpec's pattern goes.
enum class Manner : uint8_t { kOwn, kRuby, kRubyAndLinks };

struct Walk {
  std::string directory;  // absolute; found paths are relative to it
  Glob include;
  std::optional<Glob> exclude;  // a folder that it matches is not entered
  Manner manner = Manner::kOwn;
};

// Sorted by bytes, each once. A folder that is not there holds nothing.
std::vector<std::string> files_of(const Walk& walk, const Disk& disk);
// The same files, of a list that another program made.
std::vector<std::string> files_among(const Walk& walk, std::vector<std::string> files);

// What the settings' exclude pattern leaves of `files`.
Result<std::vector<std::string>> without_excluded(std::vector<std::string> files,
                                                  const plan::Settings& settings);

// `pattern` with the settings' exclude pattern; an error (kBadPlanSetting) names the one that means nothing.
Result<Walk> walk_for(const std::string& directory, const std::string& pattern,
                      const plan::Settings& settings);

// node_modules, .git, .venv, a folder with pyvenv.cfg, vendor/bundle, ...: `folder` relative to `directory`.
bool is_foreign_folder(const std::string& directory, const std::string& folder, const Disk& disk);

}  // namespace alibi::framework

#endif  // ALIBI_COLLECTOR_FRAMEWORK_WALK_H_

// Holds a recorded session against the project as it is now. Everything that reads the disk or the
// environment for selection goes through here; the result is a plain ProjectChange. One object serves all
// sessions of a run, and looks at each path once.
#ifndef ALIBI_COLLECTOR_CHANGE_PROJECT_STATE_H_
#define ALIBI_COLLECTOR_CHANGE_PROJECT_STATE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "collector/change/current_project.h"
#include "collector/change/git_revision.h"
#include "collector/change/import_finder.h"
#include "collector/change/module_reference.h"
#include "collector/change/project_change.h"
#include "collector/change/project_files.h"
#include "collector/change/unit_store.h"
#include "collector/model/session_coverage.h"
#include "collector/store/source_archive.h"

namespace alibi::change {

class ProjectState {
 public:
  ProjectState(const CurrentProject& project, std::string data, UnitStore* units);

  // Units of all files of the session as they were. Null where the source is not at hand.
  std::vector<std::shared_ptr<const FileUnits>> recorded_units(const collector::SessionCoverage& coverage);

  // Is anything different at all? Hashes only: no units, no interpreter. `ignored` as below.
  // Files whose content differs, by index.
  std::vector<uint32_t> changed_files(const collector::SessionCoverage& coverage);

  // Where a file of the session lies here.
  std::string present_path(const collector::SessionCoverage& coverage, uint32_t file);
  // A file of the session as it was then.
  Result<std::string> recorded_text(const collector::SessionCoverage& coverage, uint32_t file);

  FileChange compare(const collector::SessionCoverage& coverage, uint32_t file,
                     std::shared_ptr<const FileUnits> before);
  // `ignored[i]`: the session itself made what input i is about.
  std::vector<InputChange> changed_inputs(const collector::SessionCoverage& coverage,
                                          const std::vector<bool>& ignored);
  // Of what changed_inputs() found in `change`, puts sources in the place of an autoloader's listings.
  void find_new_sources(const collector::SessionCoverage& coverage, ProjectChange* change);
  std::vector<ImportChange> changed_imports(const collector::SessionCoverage& coverage,
                                            const std::vector<ModuleReference>& references);
  // The files that differ between the session and an earlier revision: whoever they meet is affected by what
  // changed since, although its evidence may be newer.
  void compare_revision(const collector::SessionCoverage& coverage, const GitRevision& revision,
                        const std::vector<std::shared_ptr<const FileUnits>>& recorded, ProjectChange* change);
  void compare_packages(const collector::SessionCoverage& coverage, ProjectChange* change);
  // The distributions that the session's modules belong to here.
  std::vector<collector::Distribution> present_packages(const collector::SessionCoverage& coverage);
  // Indices of those whose change would meet a test that uses the modules, or the test runner.
  std::vector<uint32_t> packages_behind(const collector::SessionCoverage& coverage,
                                        const std::function<bool(const std::string& module)>& is_used);

 private:
  Result<std::string> text_of(const collector::SourceFile& file, const std::string& here) const;
  std::string changed(const collector::SessionCoverage& coverage, const collector::Input& input);
  bool is_ignored(const std::string& distribution) const;
  std::string changed_option(const collector::SessionCoverage& coverage, const collector::Input& input);
  std::string changed_environment(const collector::Input& input);
  std::vector<std::string> search_path(const collector::SessionCoverage& coverage) const;
  void adopt(const collector::SessionCoverage& coverage);

  const CurrentProject& project_;
  ProjectFiles files_;
  store::SourceArchive archive_;
  UnitStore& units_;
};

}  // namespace alibi::change

#endif  // ALIBI_COLLECTOR_CHANGE_PROJECT_STATE_H_

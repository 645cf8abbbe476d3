// What `alibi plan` and `alibi run` share: settings from the command line and the environment, a plan made
// and kept, its errors told. One thread.
#ifndef ALIBI_COLLECTOR_CLI_SPLITTING_H_
#define ALIBI_COLLECTOR_CLI_SPLITTING_H_

#include <map>
#include <string>

#include "collector/cli/console.h"
#include "collector/cli/options.h"
#include "collector/cli/splitting_options.h"
#include "collector/plan/settings.h"
#include "collector/plan_folder/plan_folder.h"
#include "collector/planning/planning.h"
#include "tracer/base/result.h"

namespace alibi::cli {

// A temporary folder that goes with the object.
class ScratchFolder {
 public:
  static Result<ScratchFolder> make();
  ~ScratchFolder();
  ScratchFolder(ScratchFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  ScratchFolder& operator=(ScratchFolder&&) = delete;
  const std::string& path() const { return path_; }

 private:
  explicit ScratchFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

// Of all that there are; for a command that ends at once. Any thread.
void remove_scratch_folders();

struct Splitting {
  plan::Settings settings;
  std::map<std::string, std::string> environment;
  std::string directory;  // absolute
  std::string data;       // Alibi's data folder
  std::string folder;     // of the plan, absolute
  std::string node_command;
  std::vector<std::string> not_for_nodes;  // what it lacks
  ScratchFolder scratch;
};

Result<Splitting> prepare_splitting(const SplittingOptions& options);
// On what it leaves out, or on the tests of a file being those of then.
bool rests_on_more_than_files(const plan_folder::PlannedRun& planned);
// Whether the process that plans runs the plan at once.
enum class Then : bool { kEnds, kRuns };
Result<planning::Planned> plan_now(const Splitting& splitting, Then then);

// The folder, and what the CI system wants besides; `provider` empty: the one that runs this, "none": nobody.
// One that cannot be told would start no test job, and the run would pass: an error.
Result<void> keep_plan(const planning::Planned& planned, const Splitting& splitting,
                       const std::string& provider, Output output, Console* console);

}  // namespace alibi::cli

#endif  // ALIBI_COLLECTOR_CLI_SPLITTING_H_

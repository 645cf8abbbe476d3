// Which environment variables a plan rests on: those that Alibi's evidence names and that are now as they
// were recorded, since a test that another value could break may have been left out for that. Used by
// planning's commands; reads the data folder. Values are kept as digests, of names that look like secrets
// only whether they are set.
#ifndef ALIBI_COLLECTOR_PLANNING_VARIABLES_H_
#define ALIBI_COLLECTOR_PLANNING_VARIABLES_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace alibi::planning {

using Environment = std::map<std::string, std::string>;

// Name -> state_of_variable. Empty where no evidence can be read: then it left nothing out either.
std::map<std::string, std::string> variables_of_evidence(const std::string& data, const Environment& now);

// As tests will see it, where nobody knows yet which worker runs them: `worker_env` over it, with numbers
// that no worker has for {{nodeIndex}} and {{workerIndex}}, so that what rests on these is never as recorded.
// The same for the name of the session, which the runner makes for each worker.
Environment environment_of_workers(Environment now,
                                   const std::vector<std::pair<std::string, std::string>>& worker_env);

// Variables that say how `platform` ("python"...) runs tests. Name -> state, without what changes no test
// (reports, colours, libraries that only watch); "." stands for the project's folder.
std::map<std::string, std::string> runner_options(const std::string& platform, const Environment& now,
                                                  const std::string& directory);

std::string state_of_variable(const std::string& name, const Environment& environment);  // "" not set

// Names whose state is another one now. `options`: runner_options of now.
std::vector<std::string> changed_variables(const std::map<std::string, std::string>& planned,
                                           const Environment& now,
                                           const std::map<std::string, std::string>& options = {});

}  // namespace alibi::planning

#endif  // ALIBI_COLLECTOR_PLANNING_VARIABLES_H_

// Which environment variables a plan rests on: those that Alibi's evidence names and that are now as they
// were recorded, since a test that another value could break may have been left out for that. Used by
// planning's commands; reads the data folder. Values are kept as digests, of names that look like secrets
// only whether they are set.
#ifndef ALIBI_COLLECTOR_PLANNING_VARIABLES_H_
#define ALIBI_COLLECTOR_PLANNING_VARIABLES_H_

#include <map>
#include <string>
#include <vector>

namespace alibi::planning {

using Environment = std::map<std::string, std::string>;

// Name -> state_of_variable. Empty where no evidence can be read: then it left nothing out either.
std::map<std::string, std::string> variables_of_evidence(const std::string& data, const Environment& now);

std::string state_of_variable(const std::string& name, const Environment& environment);  // "" not set

// Names whose state is another one now.
std::vector<std::string> changed_variables(const std::map<std::string, std::string>& planned,
                                           const Environment& now);

}  // namespace alibi::planning

#endif  // ALIBI_COLLECTOR_PLANNING_VARIABLES_H_

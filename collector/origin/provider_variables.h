// Which variable of which provider a tag comes from, where it is no more than that. Data; used by
// ci_provider.
#ifndef ALIBI_COLLECTOR_ORIGIN_PROVIDER_VARIABLES_H_
#define ALIBI_COLLECTOR_ORIGIN_PROVIDER_VARIABLES_H_

#include <array>
#include <span>
#include <string_view>

namespace alibi::origin {

// The first of the variables that is set and not empty.
struct TagVariables {
  std::string_view tag;
  std::array<std::string_view, 3> variables;
};

struct ProviderVariables {
  std::string_view name;
  std::string_view sign;    // the provider runs this session when the variable is set
  std::string_view prefix;  // and its value begins with this
  std::span<const TagVariables> tags;
  std::span<const std::string_view> correlation;  // into _dd.ci.env_vars
};

// In the order in which they are asked.
std::span<const ProviderVariables> known_providers();

}  // namespace alibi::origin

#endif  // ALIBI_COLLECTOR_ORIGIN_PROVIDER_VARIABLES_H_

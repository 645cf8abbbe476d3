// A pattern of test files as the peer understands it: "**" over folders, "*", "?", "[a-z]", "[!x]", "{a,b}",
// '\' before a character that means itself. Prepared once for many paths. Pure; any thread. Its time is at
// most the product of both lengths for each alternative of the braces.
#ifndef ALIBI_COLLECTOR_FRAMEWORK_GLOB_H_
#define ALIBI_COLLECTOR_FRAMEWORK_GLOB_H_

#include <string>
#include <string_view>
#include <vector>

#include "tracer/base/result.h"

namespace alibi::framework {

class Glob {
 public:
  // kBadPlanSetting: a bracket or brace that is not closed, an empty set, a '\' at the end, too many
  // alternatives.
  static Result<Glob> compile(std::string_view pattern);

  // The whole of a relative path ('/' between names, no "./").
  bool matches(std::string_view path) const;
  // Something below this folder may match.
  bool may_match_below(std::string_view folder) const;
  // Folders before the first special character, of every alternative; "" where one begins at the root.
  // Sorted, none below another.
  std::vector<std::string> bases() const;
  const std::string& text() const { return text_; }

 private:
  using Segments = std::vector<std::string>;
  std::string text_;
  std::vector<Segments> alternatives_;
};

// One name (no '/') against "*", "?", "[...]" and '\'.
bool name_matches(std::string_view pattern, std::string_view name);
bool has_special_characters(std::string_view text);

}  // namespace alibi::framework

#endif  // ALIBI_COLLECTOR_FRAMEWORK_GLOB_H_

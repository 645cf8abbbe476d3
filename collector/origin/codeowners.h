// Who owns which file, by the CODEOWNERS file of GitHub or GitLab.
//
// Used by the client for test.codeowners, per test file; after parsing it is read-only and for any thread.
// Rules of both: the last match counts, an entry without owners takes them away, a matched folder stands for
// all in it, but "docs/*" only for the files in docs itself.
// GitHub: a pattern with a '/' that is not its end begins at the root; "#" begins a comment anywhere.
// GitLab: only a leading '/' does; sections are looked up each by itself and their owners joined, entries
// without owners have the section's; "!pattern" takes files out of a section for good.
#ifndef ALIBI_COLLECTOR_ORIGIN_CODEOWNERS_H_
#define ALIBI_COLLECTOR_ORIGIN_CODEOWNERS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collector/origin/path_pattern.h"
#include "tracer/base/file_system.h"

namespace alibi::origin {

enum class OwnersDialect : uint8_t { kGithub, kGitlab };

class Codeowners {
 public:
  // Lines that are no rule are left out.
  static Codeowners parse(std::string_view text, OwnersDialect dialect);

  // `path`: relative to the root, with '/'. Each owner once, in the file's order.
  std::vector<std::string> owners_of(std::string_view path) const;
  // `["@org/team","@me"]`; empty when nobody owns it.
  std::string json_of(std::string_view path) const;

 private:
  struct Rule {
    PathPattern pattern;
    std::vector<std::string> owners;
    bool excludes = false;
  };
  struct Section {
    std::string name;  // in lower case: the same name is the same section
    std::vector<std::string> owners;
    std::vector<Rule> rules;
    bool has_exclusions = false;
  };
  Section* section_called(std::string_view name);
  void add_rule(std::string_view line, OwnersDialect dialect, Section* section);

  std::vector<Section> sections_;
};

// The first of CODEOWNERS, .github/, .gitlab/, docs/CODEOWNERS below `root`; nothing when there is none (or
// none of at most 3 MiB). In .gitlab, or with a section in it, it is GitLab's.
std::optional<Codeowners> find_codeowners(const FileSystem& files, const std::string& root);

}  // namespace alibi::origin

#endif  // ALIBI_COLLECTOR_ORIGIN_CODEOWNERS_H_

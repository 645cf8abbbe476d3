// Checks anew what clears tests: the second opinion behind `alibi verify`. For each test that one evidence
// file clears, the file's own name against its content, what the test rests on against the project as it is,
// and the rules once more.
//
// Believes nothing that was kept: neither the index nor units nor lists of imports, no time of change and no
// length. Hashes are taken here from the bytes, besides those that selection takes. Writes nothing.
#ifndef ALIBI_COLLECTOR_CLI_ALIBI_CHECK_H_
#define ALIBI_COLLECTOR_CLI_ALIBI_CHECK_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "collector/change/project_state.h"
#include "collector/cli/selection.h"
#include "collector/cli/session_case.h"
#include "collector/store/store.h"
#include "tracer/recording/file_hashes.h"

namespace alibi::cli {

struct CheckedHolding {
  Explanation::Holding holding;
  bool same = true;  // as recorded, to the byte
  // Of a source that is not: what differs in it.
  std::vector<SessionCase::UnitUse> units;
};

struct CheckedAlibi {
  std::string test;
  std::string evidence;
  std::vector<std::string> problems;  // why it does not hold
  std::vector<CheckedHolding> holdings;
  bool holds() const { return problems.empty(); }
};

// What somebody was told earlier: an element of what `alibi why --json` prints.
struct ToldAlibi {
  std::string test;
  std::string evidence;
  bool skipped = false;
  std::vector<Explanation::Holding> holdings;
};
// Nothing in it is believed to be well-formed.
Result<std::vector<ToldAlibi>> parse_alibis(std::string_view document);

// Adds to the problems in what the two do not agree.
void compare_with_told(const ToldAlibi& told, CheckedAlibi* checked);

class AlibiChecker {
 public:
  // `request`: with the options that hold now. Both outlive this.
  AlibiChecker(const store::Store& store, const SelectionRequest& request);

  std::vector<CheckedAlibi> check(const std::string& evidence, const std::vector<std::string>& tests);

  // Why sources could not be compared by meaning, for people.
  const std::vector<std::string>& problems() const { return units_.problems(); }

 private:
  void check_record(const collector::SessionCoverage& coverage, const collector::TestCoverage* test,
                    CheckedAlibi* checked) const;
  void check_ground(SessionCase* session, CheckedAlibi* checked);
  void check_source(SessionCase* session, uint32_t file, CheckedAlibi* checked);
  void check_input(SessionCase* session, uint32_t index, CheckedAlibi* checked);
  void check_package(SessionCase* session, uint32_t index, CheckedAlibi* checked);
  bool is_as_recorded(const collector::Input& input, const std::string& recorded_root);
  const recording::Observed& content(const std::string& path);
  std::string here(const std::string& recorded_path, const std::string& recorded_root) const;

  const store::Store& store_;
  const SelectionRequest& request_;
  change::NameTable names_;
  change::UnitStore units_;
  change::ProjectState state_;
  recording::FileHashes listings_;
  std::map<std::string, recording::Observed> contents_;  // each path is read once
};

}  // namespace alibi::cli

#endif  // ALIBI_COLLECTOR_CLI_ALIBI_CHECK_H_

// What a session made itself: files, folders and environment variables that it wrote are no inputs of it. Who
// read one rests on who made it. Computed from the coverage alone; pure.
#ifndef ALIBI_COLLECTOR_SELECT_SESSION_PRODUCTS_H_
#define ALIBI_COLLECTOR_SELECT_SESSION_PRODUCTS_H_

#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <string>
#include <vector>

#include "collector/model/session_coverage.h"

namespace alibi::select {

// By index of the input: did the session make what it is about? Needs no tests.
std::vector<bool> made_by_session(const collector::SessionCoverage& coverage);

class SessionProducts {
 public:
  explicit SessionProducts(const collector::SessionCoverage& coverage);

  // The tests that made what an input is about; empty when it was something else of the session, or nobody.
  const std::vector<uint32_t>& makers_of(uint32_t input) const { return found_in(makers_, input); }
  // Of the listing of a folder that was there before: the tests that made names in it, or removed them.
  const std::vector<uint32_t>& makers_of_names(uint32_t input) const {
    return found_in(makers_of_names_, input);
  }

 private:
  using MakersOf = absl::flat_hash_map<uint32_t, std::vector<uint32_t>>;
  static const std::vector<uint32_t>& found_in(const MakersOf& makers, uint32_t input);
  template <typename Makers>
  void find_makers_of_names(const collector::SessionCoverage& coverage, const Makers& makers);

  MakersOf makers_, makers_of_names_;
};

}  // namespace alibi::select

#endif  // ALIBI_COLLECTOR_SELECT_SESSION_PRODUCTS_H_

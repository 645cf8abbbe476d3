// What this process did to the names in folders, so that a listing can be held against what the session found
// there. Used by Session, under its caller's lock. A forked child goes on with a copy.
#ifndef ALIBI_TRACER_RECORDING_TOUCHED_PATHS_H_
#define ALIBI_TRACER_RECORDING_TOUCHED_PATHS_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace alibi::recording {

class TouchedPaths {
 public:
  enum class Before : bool { kAbsent, kThere };

  // The first note of a path decides: what is made again after it was removed had been there.
  void note(std::string_view path, Before before);
  // Of a folder that it did not make itself.
  bool any_in(const std::string& folder) const;
  // Turns sorted names in a folder into those that the session found there.
  void put_back(const std::string& folder, std::vector<std::string>* names) const;

 private:
  // A session that touches more than this many names finds what is there: more runs, never fewer.
  static constexpr size_t kMost = 1 << 20;
  using Names = std::unordered_map<std::string, Before>;
  std::unordered_map<std::string, Names> folders_;
  size_t count_ = 0;
};

}  // namespace alibi::recording

#endif  // ALIBI_TRACER_RECORDING_TOUCHED_PATHS_H_

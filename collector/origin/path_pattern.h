// One pattern of a CODEOWNERS file, prepared for many paths. Used by codeowners; any thread. Its time is at
// most the product of both lengths, whatever the pattern.
#ifndef ALIBI_COLLECTOR_ORIGIN_PATH_PATTERN_H_
#define ALIBI_COLLECTOR_ORIGIN_PATH_PATTERN_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace alibi::origin {

using PathSegments = std::vector<std::string_view>;
// "a/b//c" -> a, b, c
PathSegments segments_of(std::string_view path);

class PathPattern {
 public:
  enum class Anchor : uint8_t { kMiddleSlash, kLeadingSlash };  // what makes it begin at the root
  // '*' and '?' match within a segment, "**" any number of segments, '\' takes the next character literally.
  // With kLeadingSlash (GitLab) there are also sets of characters in brackets.
  PathPattern(std::string_view text, Anchor anchor);

  bool matches(std::span<const std::string_view> path) const;

 private:
  enum class Kind : uint8_t { kLiteral, kAny, kEndsWith, kBeginsWith, kGlob, kBrackets, kFolders };
  struct Segment {
    Kind kind = Kind::kLiteral;
    std::string text;  // of literals and ends without '\'
  };
  static Segment segment_from(std::string_view text, Anchor anchor);
  static bool meets(const Segment& segment, std::string_view name);
  bool accepts(size_t matched, size_t all) const;

  std::vector<Segment> segments_;
  bool folder_only_ = false;  // ends with '/'
  bool covers_ = true;        // what is below a match
};

}  // namespace alibi::origin

#endif  // ALIBI_COLLECTOR_ORIGIN_PATH_PATTERN_H_

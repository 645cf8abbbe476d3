#include "collector/change/reference_list.h"

#include <charconv>

#include "tracer/base/hash.h"

namespace alibi::change {
namespace {

// "<checksum of the rest>\n", then per reference: kind letter, module, locations, all ended by a zero byte,
// and a newline. Paths hold neither.
constexpr char kAbsolute = 'a';
constexpr char kRelative = 'r';
constexpr char kAbsent = 'x';

bool take(std::string_view* text, char end, std::string_view* part) {
  const size_t place = text->find(end);
  if (place == std::string_view::npos) return false;
  *part = text->substr(0, place);
  text->remove_prefix(place + 1);
  return true;
}

}  // namespace

std::string references_text(const std::vector<ModuleReference>& references) {
  std::string rest;
  for (const ModuleReference& reference : references) {
    rest += reference.recorded_absent ? kAbsent : reference.relative ? kRelative : kAbsolute;
    rest += reference.module + '\0';
    for (const std::string& location : reference.locations) rest += location + '\0';
    rest += '\n';
  }
  return std::to_string(hash64(rest.data(), rest.size())) + "\n" + rest;
}

bool parse_references(std::string_view text, std::vector<ModuleReference>* references) {
  std::string_view checksum, line, part;
  uint64_t number = 0;
  if (!take(&text, '\n', &checksum)) return false;
  std::from_chars(checksum.data(), checksum.data() + checksum.size(), number);
  if (number != hash64(text.data(), text.size())) return false;
  while (take(&text, '\n', &line)) {
    if (line.empty() || !take(&line, '\0', &part) || part.empty()) return false;
    ModuleReference& reference = references->emplace_back();
    reference.relative = part.front() == kRelative;
    reference.recorded_absent = part.front() == kAbsent;
    reference.module = part.substr(1);
    while (take(&line, '\0', &part)) reference.locations.emplace_back(part);
  }
  return text.empty();
}

}  // namespace alibi::change

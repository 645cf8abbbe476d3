#include "collector/origin/codeowners.h"

#include <algorithm>

#include "collector/origin/git.h"
#include "collector/origin/tags.h"
#include "collector/origin/text_file.h"

namespace alibi::origin {
namespace {

constexpr size_t kLongestFile = size_t{3} << 20;
constexpr std::string_view kBlank = " \t\r";

std::string_view without_blanks_before(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlank), text.size()));
  return text;
}

// Up to the first blank that no '\' protects.
size_t pattern_length(std::string_view line) {
  size_t end = 0;
  while (end < line.size() && kBlank.find(line[end]) == std::string_view::npos)
    end += line[end] == '\\' && end + 1 < line.size() ? 2 : 1;
  return std::min(end, line.size());
}

// Users, groups, roles and mail addresses all have an '@'.
std::vector<std::string> owners_in(std::string_view text, OwnersDialect dialect) {
  std::vector<std::string> owners;
  for (text = without_blanks_before(text); !text.empty(); text = without_blanks_before(text)) {
    if (text.starts_with('#') && dialect == OwnersDialect::kGithub) break;
    const size_t end = std::min(text.find_first_of(kBlank), text.size());
    const std::string_view owner = text.substr(0, end);
    if (owner.find('@') != std::string_view::npos) owners.push_back(clean_text(owner, 300));
    text.remove_prefix(end);
  }
  return owners;
}

struct Heading {
  std::string_view name;
  std::string_view owners;
};

// "[Name]", "^[Name][2] @owner"
std::optional<Heading> heading_in(std::string_view line) {
  if (line.starts_with('^')) line.remove_prefix(1);
  if (!line.starts_with('[')) return std::nullopt;
  const size_t end = line.find(']');
  if (end == std::string_view::npos || end == 1) return std::nullopt;
  Heading heading{line.substr(1, end - 1), line.substr(end + 1)};
  if (heading.owners.starts_with('[')) {
    const size_t count = heading.owners.find(']');
    if (count == std::string_view::npos) return std::nullopt;
    heading.owners.remove_prefix(count + 1);
  }
  const bool apart = heading.owners.empty() || kBlank.find(heading.owners[0]) != std::string_view::npos;
  return apart ? std::optional(heading) : std::nullopt;
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& letter : result)
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  return result;
}

bool has_section(std::string_view text) {
  return std::ranges::any_of(lines_of(text), [](const std::string& line) {
    return heading_in(without_blanks_before(line)).has_value();
  });
}

}  // namespace

Codeowners::Section* Codeowners::section_called(std::string_view name) {
  const std::string key = lower(name);
  const auto found = std::ranges::find(sections_, key, &Section::name);
  if (found != sections_.end()) return &*found;
  sections_.push_back({key, {}, {}, false});
  return &sections_.back();
}

void Codeowners::add_rule(std::string_view line, OwnersDialect dialect, Section* section) {
  const bool gitlab = dialect == OwnersDialect::kGitlab;
  const bool excludes = line.starts_with('!');
  if (excludes && !gitlab) return;
  if (excludes) line.remove_prefix(1);
  const size_t length = pattern_length(line);
  if (length == 0) return;
  const auto anchor = gitlab ? PathPattern::Anchor::kLeadingSlash : PathPattern::Anchor::kMiddleSlash;
  Rule rule{PathPattern(line.substr(0, length), anchor), owners_in(line.substr(length), dialect), excludes};
  if (rule.owners.empty()) rule.owners = section->owners;
  section->has_exclusions = section->has_exclusions || excludes;
  section->rules.push_back(std::move(rule));
}

Codeowners Codeowners::parse(std::string_view text, OwnersDialect dialect) {
  Codeowners result;
  result.sections_.emplace_back();
  size_t current = 0;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // a byte order mark
  for (const std::string& whole : lines_of(text)) {
    const std::string_view line = without_blanks_before(whole);
    if (line.empty() || line.starts_with('#')) continue;
    const std::optional<Heading> heading =
        dialect == OwnersDialect::kGitlab ? heading_in(line) : std::nullopt;
    if (heading) {
      Section* const section = result.section_called(heading->name);
      section->owners = owners_in(heading->owners, dialect);
      current = static_cast<size_t>(section - result.sections_.data());
    } else {
      result.add_rule(line, dialect, &result.sections_[current]);
    }
  }
  return result;
}

std::vector<std::string> Codeowners::owners_of(std::string_view path) const {
  const PathSegments segments = segments_of(path);
  std::vector<std::string> owners;
  for (const Section& section : sections_) {
    const auto meets = [&](const Rule& rule) { return rule.pattern.matches(segments); };
    if (section.has_exclusions &&
        std::ranges::any_of(section.rules, [&](const Rule& rule) { return rule.excludes && meets(rule); }))
      continue;
    const auto last = std::find_if(section.rules.rbegin(), section.rules.rend(),
                                   [&](const Rule& rule) { return !rule.excludes && meets(rule); });
    if (last == section.rules.rend()) continue;
    for (const std::string& owner : last->owners)
      if (!std::ranges::count(owners, owner)) owners.push_back(owner);
  }
  return owners;
}

std::string Codeowners::json_of(std::string_view path) const {
  const std::vector<std::string> owners = owners_of(path);
  return owners.empty() ? std::string() : json_array(owners);
}

std::optional<Codeowners> find_codeowners(const FileSystem& files, const std::string& root) {
  for (const char* const folder : {"", ".github/", ".gitlab/", "docs/"}) {
    const std::optional<std::string> text =
        text_of_file(files, root + "/" + folder + "CODEOWNERS", kLongestFile);
    if (!text) continue;
    const std::string_view place = folder;
    const bool gitlab = place == ".gitlab/" || (place != ".github/" && has_section(*text));
    return Codeowners::parse(*text, gitlab ? OwnersDialect::kGitlab : OwnersDialect::kGithub);
  }
  return std::nullopt;
}

}  // namespace alibi::origin

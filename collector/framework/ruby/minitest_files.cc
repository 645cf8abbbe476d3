#include "collector/framework/ruby/minitest_files.h"

#include <algorithm>
#include <charconv>
#include <regex>
#include <string_view>

#include "collector/framework/glob.h"
#include "collector/framework/programs.h"

namespace alibi::framework {
namespace {

constexpr const char* kBothNames = "test/**/{*_test,test_*,spec_*}.rb";
constexpr size_t kLongestRakefile = size_t{64} << 10;
constexpr size_t kLongestLine = 500;  // std::regex calls itself for each character

std::string text_of(const Project& project, const Disk& disk, const std::string& file,
                    size_t longest = kLongestText) {
  return disk.text(joined(project.directory, file), longest).value_or("");
}

// Each run of blanks is one; "" where a line is too long to be read here.
std::string without_comments(const std::string& text) {
  std::string kept;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    std::string line;
    for (const char c : std::string_view(text).substr(begin, end - begin)) {
      const bool is_blank = c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
      if (!is_blank)
        line.push_back(c);
      else if (!line.empty() && line.back() != ' ')
        line.push_back(' ');
    }
    if (line.size() > kLongestLine) return "";
    if (!line.empty() && line != " " && line.front() != '#') kept.append(line).push_back('\n');
    begin = end + 1;
  }
  return kept;
}

// "['a', \"b\"]" -> "{a,b}"; nothing where there is anything but literals.
std::optional<std::string> literals(std::string_view text) {
  std::vector<std::string> found;
  while (true) {
    const size_t open = text.find_first_not_of(" \t\n,");
    if (open == std::string_view::npos) break;
    const char quote = text[open];
    const size_t close = text.find(quote, open + 1);
    if ((quote != '"' && quote != '\'') || close == std::string_view::npos) return std::nullopt;
    std::string literal(text.substr(open + 1, close - open - 1));
    if (literal.empty() || literal.find_first_of("#\\,") < literal.find('{')) return std::nullopt;
    if (literal.starts_with("./")) literal.erase(0, 2);
    found.push_back(std::move(literal));
    text.remove_prefix(close + 1);
  }
  if (found.empty()) return std::nullopt;
  if (found.size() == 1) return found.front();
  std::string all;
  for (const std::string& literal : found) all += (all.empty() ? "{" : ",") + literal;
  return all + "}";
}

bool is_path_for_rails(std::string_view word) {
  if (word.starts_with('/')) word.remove_prefix(1);
  const size_t slash = word.find('/');
  if (slash == std::string_view::npos || slash == 0) return false;
  return std::ranges::all_of(word.substr(0, slash), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

}  // namespace

bool is_rails(const Project& project, const Disk& disk) {
  const auto has = [&](const char* const file) { return disk.is_file(joined(project.directory, file)); };
  if (has("bin/rails")) return true;
  return has("config/application.rb") &&
         text_of(project, disk, "Gemfile.lock").find(" rails (") != std::string::npos;
}

std::optional<std::string> pattern_of_rakefile(const std::string& whole) {
  const std::string text = without_comments(whole);
  static const std::regex task(
      R"(TestTask\.(new|create)\b\s*\(?\s*(:?["']?test["']?\s*(:|=>)?[^|{\n]{0,80}?)?\)?\s*(do|\{)\s*\|)");
  static const std::regex any_task("TestTask");
  static const std::regex files(
      R"re(\.(pattern|test_files|test_globs) ?= ?(?:(?:Rake::)?(?:FileList|Dir)(?:\.glob)? ?)?)re"
      R"re([(\[]{0,2}((?:[ ,]*(?:"[^"\n]*"|'[^'\n]*'))+) ?[)\]]{0,2} ?(?:\n|;|\}|$))re");
  static const std::regex any_files(R"(\.(pattern|test_files|test_globs)\b)");
  const auto count = [&](const std::regex& what) {
    return std::distance(std::sregex_iterator(text.begin(), text.end(), what), std::sregex_iterator());
  };
  std::smatch found;
  if (count(any_task) != 1 || count(any_files) != 1 || !std::regex_search(text, task)) return std::nullopt;
  if (!std::regex_search(text, found, files)) return std::nullopt;
  const std::optional<std::string> pattern = literals(found[2].str());
  return pattern && Glob::compile(*pattern).ok() ? pattern : std::nullopt;
}

std::string usual_minitest_pattern(const Project& project, const Disk& disk) {
  const std::string pattern = "test/**/*_test.rb";
  if (project.settings.compat) return pattern;
  if (is_rails(project, disk)) {
    const std::string own = variable_of(project, "DEFAULT_TEST");
    return own.empty() ? pattern : own;
  }
  return pattern_of_rakefile(text_of(project, disk, "Rakefile", kLongestRakefile)).value_or(kBothNames);
}

std::vector<int> rails_version(const std::string& gemfile_lock) {
  for (const std::string_view name : {"    railties (", "    rails ("}) {
    const size_t at = gemfile_lock.find(name);
    if (at == std::string::npos) continue;
    const char* text = gemfile_lock.data() + at + name.size();
    const char* const end = gemfile_lock.data() + gemfile_lock.size();
    std::vector<int> version(2);
    const auto major = std::from_chars(text, end, version[0]);
    if (major.ec != std::errc() || major.ptr == end || *major.ptr != '.') continue;
    if (std::from_chars(major.ptr + 1, end, version[1]).ec == std::errc()) return version;
  }
  return {};
}

std::string rails_exclude_pattern(const Project& project, const std::vector<int>& version) {
  const auto own = project.environment.find("DEFAULT_TEST_EXCLUDE");
  if (own != project.environment.end()) return own->second;
  if (version >= std::vector<int>{7, 2}) return "test/{system,dummy,fixtures}/**/*_test.rb";
  return "test/{system,dummy}/**/*_test.rb";
}

std::string path_for_rails(const std::string& directory, const std::string& file) {
  if (is_path_for_rails(file)) return file;
  return "test/../" + relative_to(directory, normal_path(joined(directory, file)));
}

}  // namespace alibi::framework

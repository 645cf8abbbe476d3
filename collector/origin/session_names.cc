#include "collector/origin/session_names.h"

#include <algorithm>

namespace alibi::origin {
namespace {

constexpr size_t kMostTags = 500;
constexpr std::string_view kConfiguration = "test.configuration.";

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) + 1 - first);
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& letter : result)
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  return result;
}

std::string_view last_segment(std::string_view path) {
  while (path.ends_with('/')) path.remove_suffix(1);
  return path.substr(path.find_last_of('/') + 1);
}

std::string python_service(std::string_view url) {
  const size_t end = url.rfind(".git");
  const size_t slash = end == std::string_view::npos ? end : url.substr(0, end).rfind('/');
  if (slash == std::string_view::npos || slash + 1 == end) return "test";
  return lower(url.substr(slash + 1, end - slash - 1));
}

std::string ruby_service(std::string_view url, std::string_view directory, std::string_view framework) {
  std::string_view name = last_segment(url);
  if (name.ends_with(".git")) name.remove_suffix(4);
  // Of "git@host:repo.git".
  if (url.find('/') == std::string_view::npos) name = name.substr(name.find_last_of(':') + 1);
  if (!name.empty()) return std::string(name);
  if (const std::string_view folder = last_segment(directory); !folder.empty()) return std::string(folder);
  return std::string(framework);
}

}  // namespace

UserTags user_tags(const Environment& environment) {
  UserTags result;
  std::string_view rest = value_of(environment, "DD_TAGS");
  const std::string_view ends = rest.find(',') != std::string_view::npos ? "," : " \t\r\n";
  for (size_t count = 0; !rest.empty() && count < kMostTags;) {
    const size_t end = std::min(rest.find_first_of(ends), rest.size());
    const std::string_view pair = trimmed(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const size_t colon = pair.find(':');
    const std::string_view key = trimmed(pair.substr(0, colon));
    if (colon == std::string_view::npos || key.empty()) continue;
    const std::string_view value = trimmed(pair.substr(colon + 1));
    ++count;
    put(&result.tags, clean_text(key), value);
    if (key.starts_with(kConfiguration) && key != kConfiguration)
      put(&result.configurations, clean_text(key.substr(kConfiguration.size())), value);
  }
  return result;
}

ServiceName service_name(Language language, const Environment& environment, std::string_view repository_url,
                         std::string_view directory, std::string_view framework) {
  if (const std::string_view told = trimmed(value_of(environment, "DD_SERVICE")); !told.empty())
    return {clean_text(told), true};
  const std::string name = language == Language::kPython ? python_service(repository_url)
                                                         : ruby_service(repository_url, directory, framework);
  return {clean_text(name), false};
}

std::optional<std::string> environment_name(Language language, const Environment& environment,
                                            std::string_view agents_default) {
  if (language == Language::kRuby) {
    const std::string_view told = value_of(environment, "DD_ENV");
    return told.empty() ? std::nullopt : std::optional(clean_text(told));
  }
  for (const std::string_view candidate :
       {value_of(environment, "_CI_DD_ENV"), value_of(environment, "DD_ENV"), agents_default})
    if (!candidate.empty()) return clean_text(candidate);
  return "none";
}

std::string session_name(const Environment& environment, std::string_view job_name,
                         std::string_view command) {
  if (const std::string_view told = value_of(environment, "DD_TEST_SESSION_NAME"); !told.empty())
    return clean_text(told);
  return clean_text(job_name.empty() ? std::string(command)
                                     : std::string(job_name).append("-").append(command));
}

}  // namespace alibi::origin

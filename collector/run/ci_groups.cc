#include "collector/run/ci_groups.h"

namespace alibi::run {
namespace {

std::string one_line(const std::string& text) {
  std::string line;
  for (const char c : text) line += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
  return line;
}

std::string for_teamcity(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\'' || c == '|' || c == '[' || c == ']') escaped += '|';
    escaped += c;
  }
  return escaped;
}

std::string gitlab_section(const char* what, int64_t at_s, const OutputGroup& group, const char* options) {
  return std::string("\x1b[0K") + what + ":" + std::to_string(at_s) + ":alibi_" +
         std::to_string(group.number) + options + "\r\x1b[0K";
}

}  // namespace

std::string group_begin(CiSyntax syntax, const OutputGroup& group) {
  const std::string title = one_line(group.title), number = std::to_string(group.number);
  switch (syntax) {
    case CiSyntax::kGithub:
      return "::group::" + title + "\n";
    case CiSyntax::kGitlab:
      return gitlab_section("section_start", group.began_s, group, group.failed ? "" : "[collapsed=true]") +
             title + "\n";
    case CiSyntax::kBuildkite:
      return (group.failed ? "+++ " : "--- ") + title + "\n";
    case CiSyntax::kAzure:
      return "##[group]" + title + "\n";
    case CiSyntax::kTeamcity:
      return "##teamcity[blockOpened name='" + for_teamcity(title) + "']\n";
    case CiSyntax::kTravis:
      return "travis_fold:start:alibi_" + number + "\r\x1b[0K" + title + "\n";
    case CiSyntax::kNone:
      break;
  }
  return "===== " + title + " =====\n";
}

std::string group_end(CiSyntax syntax, const OutputGroup& group) {
  switch (syntax) {
    case CiSyntax::kGithub:
      return "::endgroup::\n";
    case CiSyntax::kGitlab:
      return gitlab_section("section_end", group.ended_s, group, "") + "\n";
    case CiSyntax::kAzure:
      return "##[endgroup]\n";
    case CiSyntax::kTeamcity:
      return "##teamcity[blockClosed name='" + for_teamcity(one_line(group.title)) + "']\n";
    case CiSyntax::kTravis:
      return "travis_fold:end:alibi_" + std::to_string(group.number) + "\r\x1b[0K\n";
    case CiSyntax::kBuildkite:
    case CiSyntax::kNone:
      break;
  }
  return "";
}

}  // namespace alibi::run

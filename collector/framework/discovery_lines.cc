#include "collector/framework/discovery_lines.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "collector/framework/disk.h"
#include "collector/model/plan_errors.h"

namespace alibi::framework {
namespace {

std::string text_of(const nlohmann::json& line, const char* key) {
  const auto found = line.find(key);
  return found != line.end() && found->is_string() ? found->get<std::string>() : "";
}

struct Places {
  std::vector<std::string> files;
  bool has_unknown = false;
};

bool take_line(const nlohmann::json& line, Discovery* into, Places* places) {
  if (!line.is_object()) return false;
  if (const std::string notice = text_of(line, "notice"); !notice.empty()) {
    into->notices.push_back(notice);
    return true;
  }
  if (const std::string file = text_of(line, "cleared"); !file.empty()) {
    into->cleared[normal_path(file)] = text_of(line, "reason");
    return true;
  }
  if (const std::string file = text_of(line, "file"); !file.empty()) {
    places->files.push_back(normal_path(file));
    return true;
  }
  if (!text_of(line, "uncollected").empty()) {
    places->has_unknown = true;
    return true;
  }
  DiscoveredTest test;
  test.name = text_of(line, "name");
  test.suite = text_of(line, "suite");
  test.module = text_of(line, "module");
  test.parameters = text_of(line, "parameters");
  test.file = normal_path(text_of(line, "suiteSourceFile"));
  test.selector = text_of(line, "selector");
  test.group = text_of(line, "group");
  const auto skipped = line.find("skipped");
  test.skipped = skipped != line.end() && skipped->is_boolean() && skipped->get<bool>();
  test.reason = text_of(line, "reason");
  if (test.name.empty() || test.file.empty()) return false;
  into->tests.push_back(std::move(test));
  return true;
}

// A file is cleared only if every test that is known of it is.
void settle_files(const Places& places, Discovery* discovery) {
  std::map<std::string, std::pair<bool, std::string>> files;  // all skipped?, the first reason
  for (const DiscoveredTest& test : discovery->tests) {
    auto& [all, reason] = files.try_emplace(test.file, true, test.reason).first->second;
    all = all && test.skipped;
  }
  std::erase_if(discovery->cleared, [&](const auto& cleared) {
    const auto found = files.find(cleared.first);
    return found != files.end() && !found->second.first;
  });
  std::set<std::string> names;
  for (const auto& [file, tests] : files) {
    names.insert(file);
    if (tests.first) discovery->cleared.try_emplace(file, tests.second);
  }
  for (const auto& [file, reason] : discovery->cleared) names.insert(file);
  names.insert(places.files.begin(), places.files.end());
  discovery->files_complete = !places.files.empty() && !places.has_unknown;
  discovery->files.assign(names.begin(), names.end());
}

}  // namespace

Result<Discovery> parse_discovery_lines(std::string_view text) {
  Discovery discovery;
  Places places;
  for (size_t number = 1; !text.empty(); ++number) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.find_first_not_of(" \r\t") == std::string_view::npos) continue;
    if (!take_line(nlohmann::json::parse(line, nullptr, false), &discovery, &places))
      return Error{collector::kPlanFullResults, 0,
                   "line " + std::to_string(number) +
                       " of the found tests means nothing: " + std::string(line.substr(0, 200))};
  }
  settle_files(places, &discovery);
  return discovery;
}

std::string end_of_output(const process::ChildOutput& output) {
  constexpr size_t kLongest = 2000;
  std::string text = output.text;
  if (!output.errors.empty()) text += (text.empty() || text.back() == '\n' ? "" : "\n") + output.errors;
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  if (text.size() <= kLongest) return text;
  const size_t line = text.find('\n', text.size() - kLongest);
  return "...\n" + text.substr(line == std::string::npos ? text.size() - kLongest : line + 1);
}

}  // namespace alibi::framework

#include "collector/origin/github_actions.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "collector/origin/references.h"
#include "collector/origin/text_file.h"

namespace alibi::origin {
namespace {

using Json = nlohmann::json;

constexpr size_t kLongestFile = size_t{8} << 20;

// Only the few members that are asked for are kept in memory.
Json event_document(const std::string& text) {
  const auto keep = [](int depth, Json::parse_event_t event, Json& parsed) {
    if (event != Json::parse_event_t::key || !parsed.is_string()) return true;
    const std::string& key = parsed.get_ref<const std::string&>();
    switch (depth) {
      case 1:
        return key == "number" || key == "pull_request";
      case 2:
        return key == "head" || key == "base";
      default:
        return key == "sha";
    }
  };
  return Json::parse(text, keep, false);
}

std::string commit_at(const Json& event, const char* side) {
  const Json* at = &event;
  for (const char* const key : {"pull_request", side, "sha"}) {
    const auto found = at->is_object() ? at->find(key) : at->end();
    if (!at->is_object() || found == at->end()) return {};
    at = &*found;
  }
  const std::string id = at->is_string() ? at->get<std::string>() : std::string();
  return is_commit_id(id) ? id : std::string();
}

void add_pull_request(const Environment& environment, const FileSystem& files, Tags* tags) {
  const std::string path(value_of(environment, "GITHUB_EVENT_PATH"));
  if (path.empty()) return;
  const std::optional<std::string> text = text_of_file(files, path, kLongestFile);
  if (!text) return;
  const Json event = event_document(*text);
  if (!event.is_object()) return;
  // Issues have numbers, too.
  if (const auto number = event.find("number");
      number != event.end() && number->is_number_unsigned() && event.contains("pull_request"))
    put(tags, "pr.number", std::to_string(number->get<uint64_t>()));
  put(tags, "git.commit.head.sha", commit_at(event, "head"));
  put(tags, "git.pull_request.base_branch_head_sha", commit_at(event, "base"));
}

std::string parent_of(const std::string& path) {
  const size_t slash = path.find_last_of('/');
  return slash == std::string::npos || slash == 0 ? std::string() : path.substr(0, slash);
}

// Where runners of the known layouts keep their logs, the likeliest first.
std::vector<std::string> log_folders(const Environment& environment, const FileSystem& files) {
  std::vector<std::string> roots;
  // <runner>/_work/_temp; of hosted runners it lies beside their program.
  const std::string runner = parent_of(parent_of(std::string(value_of(environment, "RUNNER_TEMP"))));
  if (!runner.empty()) roots = {runner, runner + "/actions-runner"};
  if (!std::ranges::count(roots, "/home/runner/actions-runner"))
    roots.push_back("/home/runner/actions-runner");
  std::vector<std::string> folders;
  for (const std::string& root : roots) {
    folders.push_back(root + "/_diag");
    folders.push_back(root + "/cached/_diag");
    const Result<std::vector<std::string>> versions = files.names_in(root + "/cached");
    constexpr size_t kMost = 20;
    for (size_t i = 0; versions && i < std::min(versions->size(), kMost); ++i)
      folders.push_back(root + "/cached/" + (*versions)[i] + "/_diag");
  }
  return folders;
}

std::string job_number(const Environment& environment, const FileSystem& files) {
  if (const std::string_view told = value_of(environment, "JOB_CHECK_RUN_ID"); !told.empty())
    return std::string(told);
  for (const std::string& folder : log_folders(environment, files)) {
    const Result<std::vector<std::string>> names = files.names_in(folder);
    if (!names) continue;
    // Their names hold the time: the last is of this job.
    const auto last = std::find_if(names->rbegin(), names->rend(), [](const std::string& name) {
      return name.starts_with("Worker_") && name.ends_with(".log");
    });
    if (last == names->rend()) continue;
    const std::optional<std::string> log = text_of_file(files, folder + "/" + *last, kLongestFile);
    return log ? job_number_in(*log).value_or(std::string()) : std::string();
  }
  return {};
}

}  // namespace

std::optional<std::string> job_number_in(std::string_view log) {
  constexpr std::string_view kKey = "\"check_run_id\"", kValue = "\"v\"";
  constexpr size_t kNear = 200, kLongestNumber = 20;
  for (size_t at = log.find(kKey); at != std::string_view::npos; at = log.find(kKey, at + 1)) {
    std::string_view rest = log.substr(at + kKey.size(), kNear);
    const size_t value = rest.find(kValue);
    if (value == std::string_view::npos) continue;
    rest.remove_prefix(value + kValue.size());
    rest.remove_prefix(std::min(rest.find_first_not_of(": \t\r\n\""), rest.size()));
    const size_t digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
    if (digits != 0 && digits <= kLongestNumber) return std::string(rest.substr(0, digits));
  }
  return std::nullopt;
}

void add_github_tags(const Environment& environment, const FileSystem& files, Tags* tags) {
  const auto value = [&](const char* name) { return std::string(value_of(environment, name)); };
  const std::string number = job_number(environment, files);
  put(tags, "ci.job.id", number.empty() ? value("GITHUB_JOB") : number);
  add_pull_request(environment, files, tags);
  if (value("GITHUB_SERVER_URL").empty() || value("GITHUB_REPOSITORY").empty()) return;
  const std::string home = value("GITHUB_SERVER_URL") + "/" + value("GITHUB_REPOSITORY");
  put(tags, "git.repository_url", home + ".git");
  const std::string run = home + "/actions/runs/" + value("GITHUB_RUN_ID");
  const bool has_run = !value("GITHUB_RUN_ID").empty();
  const std::string attempt = value("GITHUB_RUN_ATTEMPT");
  if (has_run) put(tags, "ci.pipeline.url", run + (attempt.empty() ? "" : "/attempts/" + attempt));
  put(tags, "ci.job.url",
      !number.empty() && has_run ? run + "/job/" + number
                                 : home + "/commit/" + value("GITHUB_SHA") + "/checks");
}

}  // namespace alibi::origin

#include "collector/plan_folder/plan_key.h"

#include <algorithm>
#include <cstdio>

#include "tracer/base/hash.h"

namespace alibi::plan_folder {
namespace {

std::string digest_of_settings(const std::map<std::string, std::string>& settings) {
  std::vector<std::string> texts;
  for (const auto& [flag, value] : settings) {
    texts.push_back(flag);
    texts.push_back(value);
  }
  return digest_of(texts);
}

std::string digest_of_files(std::vector<std::string> files) {
  std::sort(files.begin(), files.end());
  files.erase(std::unique(files.begin(), files.end()), files.end());
  return digest_of(files);
}

std::string shown(const std::string& value) {
  return value.empty() ? "nothing" : value;
}

}  // namespace

std::string digest_of(const std::vector<std::string>& texts) {
  std::string bytes;
  for (const std::string& text : texts) {
    for (uint64_t length = text.size(), i = 0; i < 8; ++i, length >>= 8) {
      bytes += static_cast<char>(length & 0xFF);
    }
    bytes += text;
  }
  char hex[17];
  std::snprintf(hex, sizeof hex, "%016llx",
                static_cast<unsigned long long>(hash64(bytes.data(), bytes.size())));
  return hex;
}

PlanKey make_plan_key(const std::string& commit, const plan::Settings& settings,
                      std::vector<std::string> files, const std::map<std::string, uint64_t>& timings) {
  PlanKey key;
  key.commit = commit;
  key.settings = plan::plan_settings(settings, false);
  key.settings_digest = digest_of_settings(key.settings);
  key.files_digest = digest_of_files(std::move(files));
  std::vector<std::string> estimates;
  for (const auto& [file, ms] : timings) {
    estimates.push_back(file);
    estimates.push_back(std::to_string(ms));
  }
  key.timings_digest = digest_of(estimates);
  return key;
}

PlanKey key_of_now(const std::string& commit, const plan::Settings& settings,
                   const std::vector<std::string>* files) {
  PlanKey key;
  key.commit = commit;
  key.settings = plan::plan_settings(settings, true);
  key.settings_digest = digest_of_settings(key.settings);
  if (files != nullptr) key.files_digest = digest_of_files(*files);
  return key;
}

std::vector<std::string> difference_of_keys(const PlanKey& planned, const PlanKey& now) {
  std::vector<std::string> lines;
  if (!planned.commit.empty() && !now.commit.empty() && planned.commit != now.commit) {
    lines.push_back("commit: planned for " + planned.commit + ", now " + now.commit);
  }
  for (const auto& [flag, value] : now.settings) {
    const auto was = planned.settings.find(flag);
    if (was == planned.settings.end() || was->second == value) continue;
    // Planned with what was detected: that it is said now is no contradiction.
    if (was->second.empty() && (flag == "--platform" || flag == "--framework")) continue;
    lines.push_back(flag + ": planned with " + shown(was->second) + ", now " + shown(value));
  }
  if (!planned.files_digest.empty() && !now.files_digest.empty() &&
      planned.files_digest != now.files_digest) {
    lines.push_back("test files: there are others than were planned (" + planned.files_digest + ", now " +
                    now.files_digest + ")");
  }
  return lines;
}

}  // namespace alibi::plan_folder

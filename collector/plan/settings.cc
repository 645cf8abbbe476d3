#include "collector/plan/settings.h"

#include <algorithm>

#include "collector/plan/setting_rows.h"

namespace alibi::plan {
namespace {

uint32_t ceiling(uint32_t a, uint32_t b) {
  return a / b + (a % b == 0 ? 0 : 1);
}

// The flag's values, or the first of its variables that is set; no texts: neither.
GivenValue value_of(const SettingFlag& flag, const GivenSettings& given) {
  const auto found = given.flags.find(flag.flag);
  if (found != given.flags.end() && !found->second.empty()) return {flag.flag, true, found->second};
  for (const std::string& name : flag.environment) {
    const auto variable = given.environment.find(name);
    if (variable != given.environment.end() && !variable->second.empty()) {
      return {name, false, {variable->second}};
    }
  }
  return {flag.flag, true, {}};
}

// A name with the peer's prefix that nothing reads is most likely misspelt.
void warn_of_unknown(const std::map<std::string, std::string>& environment, Settings* settings) {
  constexpr char kPrefix[] = "DD_TEST_OPTIMIZATION_RUNNER_";
  for (auto each = environment.lower_bound(kPrefix); each != environment.end(); ++each) {
    if (!each->first.starts_with(kPrefix)) break;
    const auto reads = [&each](const SettingRow& row) {
      const std::vector<std::string>& names = row.flag.environment;
      return std::find(names.begin(), names.end(), each->first) != names.end();
    };
    if (std::none_of(setting_rows().begin(), setting_rows().end(), reads)) {
      settings->warnings.push_back(each->first + " is set and means nothing: is its name right?");
    }
  }
}

bool is_given(const Settings& settings, const char* flag) {
  return std::find(settings.given.begin(), settings.given.end(), flag) != settings.given.end();
}

// What is silent: as the peer with --compat, so that plans agree; else from 1, so that there is a choice.
void add_defaults(uint32_t cores, Settings* settings) {
  const int64_t most = std::max(cores, 1u);
  if (!is_given(*settings, "--min-parallelism")) settings->min_nodes = settings->compat ? most : 1;
  if (!is_given(*settings, "--max-parallelism")) {
    settings->max_nodes = settings->compat ? most : std::max(most, settings->min_nodes);
  }
  if (!settings->compat) return;
  settings->split_long_files = false;
  if (settings->platform.empty() && settings->framework.empty()) {
    settings->platform = "ruby";
    settings->framework = "rspec";
  }
}

Settings defaults(uint32_t cores, bool compat) {
  Settings settings;
  settings.compat = compat;
  add_defaults(cores, &settings);
  return settings;
}

}  // namespace

Result<Settings> resolve_settings(const GivenSettings& given) {
  Settings settings;
  for (const SettingRow& row : setting_rows()) {
    const GivenValue value = value_of(row.flag, given);
    if (value.texts.empty()) continue;
    if (Result<void> applied = row.apply(value, given.physical_cores, &settings); !applied) {
      return std::move(applied).error();
    }
    settings.given.push_back(row.flag.flag);
  }
  warn_of_unknown(given.environment, &settings);
  add_defaults(given.physical_cores, &settings);
  const Settings unchanged = defaults(given.physical_cores, false);
  for (const SettingRow& row : setting_rows()) {
    if (is_given(settings, row.flag.flag.c_str()) && row.show(settings) != row.show(unchanged)) {
      settings.changed.push_back(row.flag.flag);
    }
  }
  return settings;
}

const std::vector<SettingFlag>& setting_flags() {
  static const std::vector<SettingFlag> flags = [] {
    std::vector<SettingFlag> made;
    for (const SettingRow& row : setting_rows()) made.push_back(row.flag);
    return made;
  }();
  return flags;
}

std::string shown_setting(const std::string& flag, const Settings& settings) {
  for (const SettingRow& row : setting_rows()) {
    if (row.flag.flag == flag) return row.show(settings);
  }
  return "";
}

std::map<std::string, std::string> plan_settings(const Settings& settings, bool given_only) {
  std::map<std::string, std::string> values;
  for (const SettingRow& row : setting_rows()) {
    if (!row.flag.changes_plan) continue;
    if (given_only && !is_given(settings, row.flag.flag.c_str())) continue;
    values[row.flag.flag] = row.show(settings);
  }
  return values;
}

uint32_t physical_cores(const ProcessorFacts& facts) {
  const uint32_t usable = std::max(facts.usable, 1u);
  if (facts.threads_per_core > 1) return ceiling(usable, facts.threads_per_core);
  if (facts.physical > 0 && facts.logical > facts.physical) {
    return ceiling(usable, ceiling(facts.logical, facts.physical));
  }
  if (facts.physical > 0 && facts.physical < usable) return facts.physical;
  return usable;
}

}  // namespace alibi::plan

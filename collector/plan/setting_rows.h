// The one table of settings: flag, variables, help, how a text becomes the value and back. Internal to the
// settings; everything else sees setting_flags().
#ifndef ALIBI_COLLECTOR_PLAN_SETTING_ROWS_H_
#define ALIBI_COLLECTOR_PLAN_SETTING_ROWS_H_

#include <functional>
#include <string>
#include <vector>

#include "collector/plan/setting_values.h"
#include "collector/plan/settings.h"

namespace alibi::plan {

struct SettingRow {
  SettingFlag flag;
  std::function<Result<void>(const GivenValue& given, uint32_t physical_cores, Settings* settings)> apply;
  std::function<std::string(const Settings& settings)> show;
};
const std::vector<SettingRow>& setting_rows();

// Of durations, as the peer shows them: "25s", "1.5s", "0s".
std::string shown_duration(uint64_t ms);
// A URL without the password in it.
std::string without_password(const std::string& url);

}  // namespace alibi::plan

#endif  // ALIBI_COLLECTOR_PLAN_SETTING_ROWS_H_

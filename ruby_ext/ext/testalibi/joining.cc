#include "joining.h"

#include <cstring>
#include <memory>

namespace alibi::ruby {
namespace {

constexpr char kRoot[] = "root";
constexpr char kCodeRoot[] = "code_root";
constexpr char kExclude[] = "exclude";
constexpr char kStrategy[] = "ruby_strategy";
constexpr char kRubyOption[] = "ruby_option";
constexpr char kExtension[] = "ruby_extension";  // read by started_process.rb

struct Release {
  void operator()(alibi_outside* outside) const { alibi_outside_free(outside); }
};

alibi_text text_view(const std::string& text) {
  return {text.data(), text.size()};
}

std::vector<std::string> values_of(const alibi_outside* outside, const char* key) {
  std::vector<std::string> values;
  alibi_text value;
  while (alibi_outside_setting(outside, key, values.size(), &value) != 0)
    values.emplace_back(value.bytes, value.length);
  return values;
}

std::string value_of(const alibi_outside* outside, const char* key) {
  alibi_text value{"", 0};
  alibi_outside_setting(outside, key, 0, &value);
  return {value.bytes, value.length};
}

}  // namespace

bool take_over(const std::string& invitation, SharedSettings* settings, EnvironmentOutside* environment) {
  const std::unique_ptr<alibi_outside, Release> outside(alibi_outside_read(text_view(invitation)));
  if (outside == nullptr) return false;
  const alibi_text directory = alibi_outside_directory(outside.get());
  settings->directory.assign(directory.bytes, directory.length);
  settings->session_id = alibi_outside_session_id(outside.get());
  settings->root = value_of(outside.get(), kRoot);
  settings->roots = values_of(outside.get(), kCodeRoot);
  settings->ignored = values_of(outside.get(), kExclude);
  settings->strategy = value_of(outside.get(), kStrategy);
  settings->ruby_option = value_of(outside.get(), kRubyOption);
  environment->all = alibi_outside_environment(outside.get());
  environment->variables.clear();
  std::vector<alibi_variable> variables(alibi_outside_variables(outside.get(), nullptr, 0));
  alibi_outside_variables(outside.get(), variables.data(), variables.size());
  for (const alibi_variable& each : variables) {
    environment->variables[std::string(each.name.bytes, each.name.length)] =
        std::string(reinterpret_cast<const char*>(&each.hash), sizeof each.hash);
  }
  return !settings->root.empty();
}

bool leave_for_programs(const SharedSettings& settings, const EnvironmentOutside& environment) {
  std::vector<alibi_setting> pairs = {{kRoot, text_view(settings.root)}};
  for (const std::string& each : settings.roots) pairs.push_back({kCodeRoot, text_view(each)});
  for (const std::string& each : settings.ignored) pairs.push_back({kExclude, text_view(each)});
  if (!settings.strategy.empty()) pairs.push_back({kStrategy, text_view(settings.strategy)});
  if (!settings.ruby_option.empty()) pairs.push_back({kRubyOption, text_view(settings.ruby_option)});
  if (!settings.extension.empty()) pairs.push_back({kExtension, text_view(settings.extension)});
  std::vector<alibi_variable> variables;
  for (const auto& [name, bytes] : environment.variables) {
    alibi_variable variable{text_view(name), {0, 0}};
    std::memcpy(&variable.hash, bytes.data(), sizeof variable.hash);
    variables.push_back(variable);
  }
  return alibi_outside_write(text_view(settings.directory), pairs.data(), pairs.size(), environment.all,
                             variables.data(), variables.size(), nullptr) == ALIBI_OK;
}

}  // namespace alibi::ruby

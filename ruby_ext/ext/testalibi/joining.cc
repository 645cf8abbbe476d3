#include "joining.h"

#include <charconv>
#include <cstring>
#include <memory>

namespace alibi::ruby {
namespace {

constexpr char kRoot[] = "root";
constexpr char kCodeRoot[] = "code_root";
constexpr char kExclude[] = "exclude";
constexpr char kAllVariables[] = "environment";  // one hash of the whole environment: 32 hex digits
constexpr char kStrategy[] = "ruby_strategy";
constexpr char kRubyOption[] = "ruby_option";
constexpr char kExtension[] = "ruby_extension";  // read by started_process.rb
constexpr size_t kDigits = 16;                   // of each half, the high one first

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

alibi_hash hash_from(const std::string& text) {
  alibi_hash hash{0, 0};
  if (text.size() != 2 * kDigits) return hash;
  std::from_chars(text.data(), text.data() + kDigits, hash.high, 16);
  std::from_chars(text.data() + kDigits, text.data() + 2 * kDigits, hash.low, 16);
  return hash;
}

std::string text_of(const alibi_hash& hash) {
  std::string text;
  for (const uint64_t half : {hash.high, hash.low}) {
    char digits[kDigits];
    const auto end = std::to_chars(digits, digits + kDigits, half, 16).ptr;
    text.append(kDigits - static_cast<size_t>(end - digits), '0').append(digits, end);
  }
  return text;
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
  environment->all = hash_from(value_of(outside.get(), kAllVariables));
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
  const std::string all = text_of(environment.all);
  std::vector<alibi_setting> pairs = {{kRoot, text_view(settings.root)}, {kAllVariables, text_view(all)}};
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
  return alibi_outside_write(text_view(settings.directory), pairs.data(), pairs.size(), variables.data(),
                             variables.size(), nullptr) == ALIBI_OK;
}

}  // namespace alibi::ruby

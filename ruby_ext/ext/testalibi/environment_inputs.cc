#include "environment_inputs.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <vector>

#include "recent_observations.h"

namespace alibi::ruby {
namespace {

// Differ from terminal to terminal and from test to test, and change nobody's outcome. As the collector has
// it.
bool is_volatile(std::string_view name) {
  for (const std::string_view each : {"PWD", "OLDPWD", "SHLVL", "_", "TERM", "COLUMNS", "LINES"}) {
    if (name == each) return true;
  }
  return name.starts_with("PYTEST_") || name.starts_with("ALIBI_");
}

alibi_hash hash_of(std::string_view value) {
  return alibi_hash_bytes(value.data(), value.size(), 0);
}

std::string bytes_of(const alibi_hash& hash) {
  return {reinterpret_cast<const char*>(&hash), sizeof hash};
}

alibi_hash hash_from(const std::string& bytes) {
  alibi_hash hash{0, 0};
  std::memcpy(&hash, bytes.data(), sizeof hash);
  return hash;
}

}  // namespace

EnvironmentOutside EnvironmentInputs::present() {
  EnvironmentOutside outside;
  std::vector<std::string_view> settings;
  for (char** each = environ; each != nullptr && *each != nullptr; ++each) {
    const std::string_view setting(*each);
    const size_t equals = setting.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view name = setting.substr(0, equals);
    outside.variables[std::string(name)] = bytes_of(hash_of(setting.substr(equals + 1)));
    if (!is_volatile(name)) settings.push_back(setting);
  }
  std::sort(settings.begin(), settings.end());
  std::string all;
  for (const std::string_view setting : settings) all.append(setting) += '\0';
  outside.all = hash_of(all);
  return outside;
}

void EnvironmentInputs::start(InputLog* log, const EnvironmentOutside& outside) {
  log_ = log;
  outside_ = outside.variables;
  all_ = outside.all;
  made_here_.clear();
  changed_.clear();
  // Of a program that was started: what its session, or a test, has changed.
  const std::unordered_map<std::string, std::string> now = present().variables;
  for (const auto& [name, hash] : now) {
    const auto before = outside_.find(name);
    if (!is_volatile(name) && (before == outside_.end() || before->second != hash)) made_here_.insert(name);
  }
  for (const auto& [name, hash] : outside_) {
    if (!is_volatile(name) && now.count(name) == 0) made_here_.insert(name);
  }
  // Read when the interpreter started, or inside of the C library.
  Callers::Caller session;
  session.asks = true;
  for (const char* name : {"LANG", "LC_ALL", "LC_CTYPE", "TZ", "RUBYLIB"})
    read(session, name, ::getenv(name));
}

EnvironmentInputs::Value EnvironmentInputs::value_of(const std::string& name) {
  const char* value = ::getenv(name.c_str());
  return value == nullptr ? Value() : Value(bytes_of(hash_of(value)));
}

bool EnvironmentInputs::is_unchanged(const std::string& name, const Value& now) const {
  const auto before = outside_.find(name);
  return before == outside_.end() ? !now.has_value() : now.has_value() && before->second == *now;
}

bool EnvironmentInputs::read(const Callers::Caller& caller, const char* name, const char* value) {
  const std::string subject(name);
  if (subject.starts_with("ALIBI_")) return true;
  if (!caller.asks) return false;
  const Value now = value == nullptr ? Value() : Value(bytes_of(hash_of(value)));
  const bool ours = made_here_.count(subject) != 0 && !is_unchanged(subject, now);
  log_->record(caller, ALIBI_INPUT_ENVIRONMENT, now ? ALIBI_PRESENT : ALIBI_ABSENT,
               now ? hash_from(*now) : alibi_hash{0, 0}, subject, ours ? "session" : "");
  return caller.body == nullptr;
}

// What the session found, and by name what it made of it.
bool EnvironmentInputs::all_read(const Callers::Caller& caller) {
  if (!caller.asks) return false;
  log_->record(caller, ALIBI_INPUT_ENVIRONMENT, ALIBI_PRESENT, all_, "*");
  for (const std::string& name : made_here_) {
    const Value now = value_of(name);
    if (!is_unchanged(name, now))
      log_->record(caller, ALIBI_INPUT_ENVIRONMENT, now ? ALIBI_PRESENT : ALIBI_ABSENT,
                   now ? hash_from(*now) : alibi_hash{0, 0}, name, "session");
  }
  return false;
}

void EnvironmentInputs::will_change(const char* name) {
  const std::string text(name);
  if (is_volatile(text)) return;
  RecentObservations::forget();
  made_here_.insert(text);
  changed_.try_emplace(text, value_of(text));
}

// What the test left behind for later ones, as "environ:NAME".
void EnvironmentInputs::end_context(uint32_t context) {
  for (const auto& [name, before] : changed_) {
    const Value now = value_of(name);
    if (now != before)
      log_->record_for(context, ALIBI_INPUT_WRITTEN, now ? ALIBI_PRESENT : ALIBI_ABSENT, {0, 0},
                       "environ:" + name, "");
  }
  changed_.clear();
}

}  // namespace alibi::ruby

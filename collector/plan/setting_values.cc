#include "collector/plan/setting_values.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <nlohmann/json.hpp>

#include "collector/model/plan_errors.h"
#include "collector/plan/settings.h"

namespace alibi::plan {
namespace {

constexpr uint32_t kMostWorkers = 4096;
constexpr char kDurationForm[] = "a duration: give a number with a unit, such as 25s, 1m30s, 1500ms or 0s";

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

// Nanoseconds in a unit at the start of `rest`, which is moved behind it; 0: there is none.
uint64_t take_unit(std::string_view* rest) {
  struct Unit {
    std::string_view text;
    uint64_t ns;
  };
  // The two micro signs of Unicode, as Go has them. Longer before shorter.
  static constexpr Unit kUnits[] = {
      {"ns", 1},         {"us", 1'000},        {"\xC2\xB5s", 1'000},  {"\xCE\xBCs", 1'000},
      {"ms", 1'000'000}, {"s", 1'000'000'000}, {"m", 60'000'000'000}, {"h", 3'600'000'000'000}};
  for (const Unit& unit : kUnits) {
    if (!rest->starts_with(unit.text)) continue;
    rest->remove_prefix(unit.text.size());
    return unit.ns;
  }
  return 0;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Adds one "<number><unit>" to `total`; false when it is none or too long for 64 bits.
bool take_part(std::string_view* rest, uint64_t* total) {
  constexpr uint64_t kMost = std::numeric_limits<int64_t>::max();
  uint64_t whole = 0;
  long double fraction = 0;
  size_t digits = 0;
  for (; !rest->empty() && is_digit(rest->front()); rest->remove_prefix(1), ++digits) {
    if (whole > (kMost - 9) / 10) return false;
    whole = whole * 10 + static_cast<uint64_t>(rest->front() - '0');
  }
  if (rest->starts_with('.')) {
    rest->remove_prefix(1);
    long double scale = 1;
    for (; !rest->empty() && is_digit(rest->front()); rest->remove_prefix(1), ++digits) {
      scale /= 10;
      fraction += scale * static_cast<long double>(rest->front() - '0');
    }
  }
  if (digits == 0) return false;
  const uint64_t unit = take_unit(rest);
  if (unit == 0 || whole > kMost / unit) return false;
  const uint64_t ns = whole * unit + static_cast<uint64_t>(fraction * static_cast<long double>(unit) + 1e-6L);
  if (ns > kMost - *total) return false;
  *total += ns;
  return true;
}

enum class DurationFault : uint8_t { kNone, kForm, kNegative };

DurationFault parse_nanoseconds(const std::string& text, uint64_t* ns) {
  const std::string plain = trimmed(text);
  std::string_view rest = plain;
  const bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) rest.remove_prefix(1);
  *ns = 0;
  if (rest == "0") return DurationFault::kNone;
  if (rest.empty()) return DurationFault::kForm;
  while (!rest.empty()) {
    if (!take_part(&rest, ns)) return DurationFault::kForm;
  }
  return negative && *ns != 0 ? DurationFault::kNegative : DurationFault::kNone;
}

void set(WorkerEnvironment* environment, const std::string& name, const std::string& value) {
  for (auto& [known, old] : *environment) {
    if (known != name) continue;
    old = value;
    return;
  }
  environment->emplace_back(name, value);
}

std::vector<std::string> split_at(const std::string& text, char separator) {
  std::vector<std::string> parts;
  for (size_t start = 0; start <= text.size();) {
    const size_t end = std::min(text.find(separator, start), text.size());
    parts.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return parts;
}

}  // namespace

std::string trimmed(const std::string& text) {
  constexpr char kBlanks[] = " \t\r\n\v\f";
  const size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

Error bad_setting(const GivenValue& given, const std::string& wanted) {
  return Error{collector::kBadPlanSetting, 0, given.name + ": \"" + given.text() + "\" is not " + wanted};
}

Result<int64_t> parse_integer(const GivenValue& given, int64_t least, int64_t most) {
  std::string text = trimmed(given.text());
  if (text.starts_with('+')) text.erase(0, 1);
  int64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size() || value < least || value > most) {
    return bad_setting(given, "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  }
  return value;
}

Result<bool> parse_switch(const GivenValue& given) {
  const std::string text = lower(trimmed(given.text()));
  for (const char* yes : {"true", "1", "t", "yes", "on"}) {
    if (text == yes) return true;
  }
  for (const char* no : {"false", "0", "f", "no", "off"}) {
    if (text == no) return false;
  }
  return bad_setting(given, "true or false");
}

Result<uint64_t> parse_duration_ms(const std::string& text) {
  uint64_t ns = 0;
  switch (parse_nanoseconds(text, &ns)) {
    case DurationFault::kNone:
      return ns / 1'000'000;
    case DurationFault::kNegative:
      return Error{collector::kBadPlanSetting, 0, "\"" + text + "\" is negative: give 0s or more"};
    case DurationFault::kForm:
      break;
  }
  return Error{collector::kBadPlanSetting, 0, "\"" + text + "\" is not " + kDurationForm};
}

Result<uint64_t> parse_duration(const GivenValue& given, uint64_t preset, bool rounds_up) {
  if (trimmed(given.text()).empty()) return preset;
  const Result<uint64_t> ms = parse_duration_ms(given.text());
  if (!ms) return Error{collector::kBadPlanSetting, 0, given.name + ": " + ms.error().message};
  uint64_t ns = 0;
  if (rounds_up && *ms == 0 && parse_nanoseconds(given.text(), &ns) == DurationFault::kNone && ns > 0) {
    return uint64_t{1};
  }
  return *ms;
}

Result<uint32_t> parse_workers(const GivenValue& given, uint32_t physical_cores) {
  const std::string text = lower(trimmed(given.text()));
  if (text.empty()) return 1u;
  if (text == "ncpu") return std::clamp(physical_cores, 1u, kMostWorkers);
  const Result<int64_t> workers = parse_integer(given, 1, kMostWorkers);
  if (!workers) {
    return bad_setting(given, "a number of workers from 1 to " + std::to_string(kMostWorkers) + ", or ncpu");
  }
  return static_cast<uint32_t>(*workers);
}

Result<std::string> parse_choice(const GivenValue& given, const std::vector<std::string>& choices) {
  const std::string text = lower(trimmed(given.text()));
  if (std::find(choices.begin(), choices.end(), text) != choices.end()) return text;
  std::string wanted = "one of ";
  for (const std::string& choice : choices) wanted += (&choice == &choices.front() ? "" : ", ") + choice;
  return bad_setting(given, wanted);
}

Result<std::map<std::string, std::string>> parse_runtime_tags(const GivenValue& given) {
  std::map<std::string, std::string> tags;
  if (trimmed(given.text()).empty()) return tags;
  const auto fault = [&given](const std::string& what) {
    return Error{collector::kPlanRuntimeTags, 0,
                 given.name + ": \"" + given.text() + "\" is not a JSON object of texts" + what +
                     ": give, for instance, {\"os.platform\":\"linux\",\"runtime.version\":\"3.11.2\"}"};
  };
  const nlohmann::json read = nlohmann::json::parse(given.text(), nullptr, false);
  if (!read.is_object()) return fault("");
  for (const auto& [name, value] : read.items()) {
    if (!value.is_string()) return fault(" (\"" + name + "\" has no text)");
    tags[name] = value.get<std::string>();
  }
  return tags;
}

Result<WorkerEnvironment> parse_worker_environment(const GivenValue& given,
                                                   std::vector<std::string>* warnings) {
  WorkerEnvironment environment;
  const bool repeated = given.texts.size() > 1;
  size_t number = 0;
  for (const std::string& part : repeated ? given.texts : split_at(given.text(), ';')) {
    ++number;
    if (trimmed(part).empty()) continue;
    const size_t sign = part.find('=');
    const std::string name = sign == std::string::npos ? "" : trimmed(part.substr(0, sign));
    if (!name.empty()) {
      const std::string value = part.substr(sign + 1);
      set(&environment, name, repeated ? value : trimmed(value));
    } else if (repeated) {
      return Error{collector::kBadPlanSetting, 0,
                   given.name + ": \"" + part + "\" is not NAME=VALUE (given more than once, each is one)"};
    } else {
      // By its number: it may be the rest of a secret.
      warnings->push_back(given.name + ": part " + std::to_string(number) +
                          " between ';' is not NAME=VALUE and is left out; for values with ';' give " +
                          "--worker-env more than once, with one variable each");
    }
  }
  return environment;
}

}  // namespace alibi::plan

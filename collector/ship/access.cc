#include "collector/ship/access.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "collector/model/error_codes.h"
#include "collector/transport/container_id.h"

namespace alibi::ship {
namespace {

using std::chrono::milliseconds;
using transport::Environment;

constexpr milliseconds kUsualPatience{2000};
// What the service leaves out and how long tests take is worth more waiting than what a single run gets.
constexpr milliseconds kPatienceOfPlan{10'000};
constexpr milliseconds kLongestPatience{600'000};
constexpr milliseconds kUsualRequest{30'000};

std::string value_of(const Environment& environment, std::string_view name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string() : found->second;
}

constexpr char kPatience[] = "ALIBI_INTAKE_PATIENCE_MS";

// Nothing: it is not a number.
std::optional<milliseconds> patience(const Environment& environment, milliseconds usual = kUsualPatience) {
  const std::string text = value_of(environment, kPatience);
  if (text.empty()) return usual;
  uint32_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return std::min(milliseconds(number), kLongestPatience);
}

milliseconds request_limit_or_usual(const Environment& environment) {
  const Result<milliseconds> said = transport::request_limit(environment);
  return said ? *said : kUsualRequest;
}

}  // namespace

Result<Access> intake_access(const Environment& environment, const Surroundings& surroundings) {
  Result<transport::IntakeAddress> address =
      transport::intake_address(environment, {.default_socket_exists = surroundings.default_socket_exists});
  if (!address) return std::move(address).error();
  if (address->mode == transport::IntakeMode::kNone)
    return Error{collector::kBadAddress, 0, address->why_none};
  if (address->mode == transport::IntakeMode::kAgent)
    address->container = transport::container_id(surroundings.cgroup);
  Result<transport::ApiKey> key = transport::ApiKey::from(value_of(environment, "DD_API_KEY"));
  if (!key) return std::move(key).error();
  return Access{std::move(*address), std::move(*key)};
}

transport::ClientLimits limits_of_run(const Environment& environment, Part part) {
  transport::ClientLimits limits;
  const milliseconds whole = patience(environment).value_or(kUsualPatience);
  limits.budget = part == Part::kOpening ? whole * 6 / 10 : whole * 4 / 10;
  limits.request = std::min<std::chrono::nanoseconds>(limits.budget, request_limit_or_usual(environment));
  return limits;
}

transport::ClientLimits limits_of_plan(const Environment& environment) {
  transport::ClientLimits limits;
  limits.budget = patience(environment, kPatienceOfPlan).value_or(kPatienceOfPlan);
  limits.request = std::min<std::chrono::nanoseconds>(limits.budget, request_limit_or_usual(environment));
  return limits;
}

std::string patience_problem(const Environment& environment) {
  if (const Result<milliseconds> limit = transport::request_limit(environment); !limit)
    return limit.error().message;
  if (patience(environment)) return {};
  return std::string(kPatience) + " is \"" + value_of(environment, kPatience) +
         "\"; it takes milliseconds and was ignored";
}

transport::ClientLimits patient_limits(const Environment& environment) {
  transport::ClientLimits limits;
  limits.request = request_limit_or_usual(environment);
  limits.budget = std::chrono::minutes(10);
  return limits;
}

}  // namespace alibi::ship

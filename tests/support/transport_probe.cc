// Drives the transport layer from the tests in tests/python/transport: sends, asks or ships what a spool
// holds, towards the intake of its environment, and prints what became of it as a line of JSON. Never part of
// the product.
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>

#include "collector/transport/curl_client.h"
#include "collector/transport/intake_client.h"
#include "collector/transport/spool.h"
#include "collector/transport/spool_delivery.h"

extern char** environ;  // NOLINT: of POSIX

namespace {

using namespace alibi::transport;  // NOLINT: a small test program
using nlohmann::json;
using std::chrono::milliseconds;

class Options {
 public:
  Options(int count, char** arguments) {
    for (int at = 2; at + 1 < count; at += 2) values_[arguments[at]] = arguments[at + 1];
  }
  std::string text(const char* name, const char* otherwise) const {
    const auto found = values_.find(name);
    return found == values_.end() ? otherwise : found->second;
  }
  uint64_t number(const char* name, uint64_t otherwise) const {
    const auto found = values_.find(name);
    return found == values_.end() ? otherwise : std::strtoull(found->second.c_str(), nullptr, 10);
  }

 private:
  std::map<std::string, std::string> values_;
};

Environment environment() {
  Environment found;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const char* const equals = std::strchr(*entry, '=');
    if (equals != nullptr) found[std::string(*entry, static_cast<size_t>(equals - *entry))] = equals + 1;
  }
  return found;
}

// Of this program alone: getrusage(2) also counts what its parent was when it forked.
uint64_t peak_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return std::strtoull(line.c_str() + 6, nullptr, 10);
  return UINT64_MAX;
}

const char* name_of(Fate fate) {
  return fate == Fate::kDelivered ? "delivered" : fate == Fate::kTryLater ? "try_later" : "never_taken";
}

std::vector<Payload> payloads_of(const Options& options) {
  std::vector<Payload> payloads;
  const uint64_t size = options.number("--size", 1000);
  for (uint64_t number = 0; number < options.number("--count", 1); ++number) {
    Payload payload;
    payload.route = route_named(options.text("--route", "citestcycle")).value_or(Route::kTestCycle);
    payload.content_type = "application/msgpack";
    payload.body = std::to_string(number) + ":";
    // Lines as alike as those of payloads are.
    for (uint64_t line = number; payload.body.size() < size; ++line)
      payload.body += "tests/unit/test_" + std::to_string(line * 2654435761U % 5000) + ".py::test_it|";
    payloads.push_back(std::move(payload));
  }
  return payloads;
}

json said(const ShipReport& report) {
  return {{"delivered", report.delivered},      {"kept", report.kept},
          {"set_aside", report.set_aside},      {"damaged", report.damaged},
          {"not_kept", report.not_kept.size()}, {"complaints", report.complaints}};
}

json send(const Options& options, IntakeClient* client) {
  json rows = json::array();
  for (const Delivery& delivery : client->send_all(payloads_of(options))) {
    rows.push_back({{"fate", name_of(delivery.fate)},
                    {"code", static_cast<int>(delivery.code)},
                    {"status", delivery.status},
                    {"tries", delivery.tries},
                    {"reason", delivery.reason}});
  }
  return rows;
}

json ask(const Options& options, IntakeClient* client) {
  const Route route = route_named(options.text("--route", "settings")).value_or(Route::kSettings);
  const alibi::Result<std::string> answer = client->ask(route, R"({"data": {}})");
  if (!answer.ok())
    return {{"code", static_cast<int>(answer.error().code)}, {"reason", answer.error().message}};
  return {{"code", 0}, {"bytes", answer->size()}, {"answer", answer->substr(0, 300)}};
}

json features(IntakeClient* client) {
  const alibi::Result<AgentFeatures> found = client->features();
  if (!found.ok()) return {{"code", static_cast<int>(found.error().code)}, {"reason", found.error().message}};
  return {{"code", 0},
          {"version", found->prefix == AgentPrefix::kV4   ? 4
                      : found->prefix == AgentPrefix::kV2 ? 2
                                                          : 0},
          {"default_env", found->default_env}};
}

json run(const std::string& command, const Options& options, IntakeClient* client) {
  Spool spool(options.text("--spool", "spool"), {});
  if (command == "send") return send(options, client);
  if (command == "ask") return ask(options, client);
  if (command == "features") return features(client);
  if (command == "ship") return said(ship(payloads_of(options), client, &spool));
  if (command == "ship-waiting") return said(ship_waiting(client, &spool));
  return {{"reason", "unknown command"}};
}

}  // namespace

int main(int count, char** arguments) {
  const std::string command = count > 1 ? arguments[1] : "";
  const Options options(count, arguments);
  const Environment variables = environment();
  const alibi::Result<IntakeAddress> address = intake_address(variables, {});
  const auto key_text = variables.find("DD_API_KEY");
  const alibi::Result<ApiKey> key = ApiKey::from(key_text == variables.end() ? "" : key_text->second);
  if (!address.ok() || !key.ok()) {
    std::cout << json{{"reason", (address.ok() ? key.error() : address.error()).message}} << "\n";
    return 1;
  }
  if (const uint64_t room = options.number("--address-space", 0); room > 0) {
    const rlimit limit{room, room};
    ::setrlimit(RLIMIT_AS, &limit);
  }
  ClientLimits limits;
  limits.budget = milliseconds(options.number("--budget-ms", limits.budget / milliseconds(1)));
  limits.request = milliseconds(options.number("--request-ms", 30'000));
  limits.largest_answer = options.number("--largest", limits.largest_answer);
  limits.connections = static_cast<unsigned>(options.number("--connections", limits.connections));
  limits.retry.tries = static_cast<uint32_t>(options.number("--tries", limits.retry.tries));
  CurlClient http(CurlOptions{options.text("--trust", ""), {}});
  IntakeClient client(*address, *key, &http, &Pace::real(), limits);
  const auto began = Pace::real().steady();
  json results = json::array();
  for (uint64_t round = 0; round < options.number("--rounds", 1); ++round)
    results.push_back(run(command, options, &client));
  const auto took = std::chrono::duration_cast<milliseconds>(Pace::real().steady() - began);
  std::cout << json{{"results", results}, {"ms", took.count()}, {"peak_kib", peak_kib()}}.dump(
                   -1, ' ', false, json::error_handler_t::replace)
            << std::endl;
  // For those who look at this process's own list of arguments and memory.
  if (options.number("--linger", 0) > 0) ::pause();
  return 0;
}

#include "collector/transport/intake_address.h"

#include <gtest/gtest.h>

#include "collector/model/error_codes.h"
#include "collector/transport/address_parts.h"
#include "collector/transport/api_key.h"

namespace alibi::transport {
namespace {

constexpr char kKey[] = "0123456789abcdefSECRET";

const Environment kAgentless = {{"DD_CIVISIBILITY_AGENTLESS_ENABLED", "1"}, {"DD_API_KEY", kKey}};

Environment with(Environment environment, const std::string& name, const std::string& value) {
  environment[name] = value;
  return environment;
}

IntakeAddress address_of(const Environment& environment, AddressCircumstances circumstances = {}) {
  Result<IntakeAddress> address = intake_address(environment, circumstances);
  EXPECT_TRUE(address.ok()) << (address.ok() ? "" : address.error().message);
  return address.ok() ? *address : IntakeAddress();
}

std::string refusal_of(const Environment& environment) {
  const Result<IntakeAddress> address = intake_address(environment, {});
  EXPECT_FALSE(address.ok());
  if (address.ok()) return {};
  EXPECT_EQ(address.error().code, collector::kBadAddress);
  return address.error().message;
}

TEST(IntakeAddressTest, NothingConfiguredMeansNoTrafficEvenToTheUsualAgent) {
  const IntakeAddress address = address_of({});
  EXPECT_EQ(address.mode, IntakeMode::kNone);
  EXPECT_NE(address.why_none.find("DD_CIVISIBILITY_AGENTLESS_ENABLED=1"), std::string::npos)
      << address.why_none;
}

TEST(IntakeAddressTest, TheUsualAgentIsTriedWhenASwitchAsksForReporting) {
  AddressCircumstances asked;
  asked.reporting_asked_for = true;
  const IntakeAddress address = address_of({}, asked);
  EXPECT_EQ(address.mode, IntakeMode::kAgent);
  EXPECT_EQ(address.base_url, "http://localhost:8126");
}

TEST(IntakeAddressTest, TheUsualSocketIsTakenWhereItExists) {
  AddressCircumstances there;
  there.default_socket_exists = true;
  const IntakeAddress address = address_of({}, there);
  EXPECT_EQ(address.mode, IntakeMode::kAgent);
  EXPECT_EQ(address.unix_socket, "/var/run/datadog/apm.socket");
  EXPECT_EQ(address.info_url(), "http://localhost/info");
  EXPECT_EQ(address.label(), "the agent at unix:///var/run/datadog/apm.socket");
}

TEST(IntakeAddressTest, HostsOfTheSiteAreOnePerSubdomain) {
  const IntakeAddress address = address_of(kAgentless);
  EXPECT_EQ(address.mode, IntakeMode::kAgentless);
  EXPECT_EQ(address.url_of(Route::kTestCycle, AgentPrefix::kNone),
            "https://citestcycle-intake.datadoghq.com/api/v2/citestcycle");
  EXPECT_EQ(address.url_of(Route::kCoverage, AgentPrefix::kNone),
            "https://citestcov-intake.datadoghq.com/api/v2/citestcov");
  EXPECT_EQ(address.url_of(Route::kSettings, AgentPrefix::kNone),
            "https://api.datadoghq.com/api/v2/libraries/tests/services/setting");
  EXPECT_EQ(address.url_of(Route::kSkippable, AgentPrefix::kNone),
            "https://api.datadoghq.com/api/v2/ci/tests/skippable");
  EXPECT_EQ(address.url_of(Route::kKnownTests, AgentPrefix::kNone),
            "https://api.datadoghq.com/api/v2/ci/libraries/tests");
  EXPECT_EQ(address.url_of(Route::kTestManagement, AgentPrefix::kNone),
            "https://api.datadoghq.com/api/v2/test/libraries/test-management/tests");
  EXPECT_EQ(address.url_of(Route::kSearchCommits, AgentPrefix::kNone),
            "https://api.datadoghq.com/api/v2/git/repository/search_commits");
  EXPECT_EQ(address.url_of(Route::kPackfile, AgentPrefix::kNone),
            "https://api.datadoghq.com/api/v2/git/repository/packfile");
  EXPECT_EQ(address.url_of(Route::kCoverageReport, AgentPrefix::kNone),
            "https://ci-intake.datadoghq.com/api/v2/cicovreprt");
  EXPECT_EQ(address.url_of(Route::kLogs, AgentPrefix::kNone),
            "https://http-intake.logs.datadoghq.com/api/v2/logs");
  EXPECT_EQ(address_of(with(kAgentless, "DD_SITE", "datadoghq.eu")).url_of(Route::kLogs, AgentPrefix::kNone),
            "https://http-intake.logs.datadoghq.eu/api/v2/logs");
}

TEST(IntakeAddressTest, OneUrlStandsForAllHostsAndItsPathIsKept) {
  const auto url = [](const char* text) {
    return address_of(with(kAgentless, "DD_CIVISIBILITY_AGENTLESS_URL", text))
        .url_of(Route::kTestCycle, AgentPrefix::kNone);
  };
  EXPECT_EQ(url("http://127.0.0.1:9000"), "http://127.0.0.1:9000/api/v2/citestcycle");
  EXPECT_EQ(url("http://127.0.0.1:9000/"), "http://127.0.0.1:9000/api/v2/citestcycle");
  EXPECT_EQ(url("https://ci.example/alibi/"), "https://ci.example/alibi/api/v2/citestcycle");
  EXPECT_EQ(url("HTTPS://[::1]:8443/a/b"), "https://[::1]:8443/a/b/api/v2/citestcycle");
}

TEST(IntakeAddressTest, TruthIsOneOrTrueInAnyCase) {
  for (const char* value : {"1", "true", "True", "TRUE", "tRuE"}) {
    EXPECT_EQ(address_of(with(kAgentless, "DD_CIVISIBILITY_AGENTLESS_ENABLED", value)).mode,
              IntakeMode::kAgentless)
        << value;
  }
  for (const char* value : {"", "0", "false", "yes", "on", "t", "truE ", "11", "tru", "TRUED"}) {
    EXPECT_EQ(address_of(with(kAgentless, "DD_CIVISIBILITY_AGENTLESS_ENABLED", value)).mode,
              IntakeMode::kNone)
        << value;
  }
}

TEST(IntakeAddressTest, AKeyWithoutTheSwitchIsToldWhatIsMissing) {
  for (const char* name : {"DD_API_KEY", "DD_CIVISIBILITY_AGENTLESS_URL"}) {
    const IntakeAddress address = address_of({{name, "http://h"}});
    EXPECT_EQ(address.mode, IntakeMode::kNone);
    EXPECT_NE(address.why_none.find("set it to 1"), std::string::npos) << address.why_none;
  }
}

TEST(IntakeAddressTest, AServerOnThisMachineNeedsNoKey) {
  const Environment here =
      with(with(kAgentless, "DD_API_KEY", ""), "DD_CIVISIBILITY_AGENTLESS_URL", "http://127.0.0.1:8777");
  EXPECT_EQ(address_of(here).mode, IntakeMode::kAgentless);
  const Environment there = with(here, "DD_CIVISIBILITY_AGENTLESS_URL", "http://10.0.0.1:8777");
  EXPECT_EQ(address_of(there).mode, IntakeMode::kNone);
}

TEST(IntakeAddressTest, WithoutAKeyNothingIsReportedAndTheReasonNamesIt) {
  for (const char* key : {"", "  \n"}) {
    const IntakeAddress address = address_of(with(kAgentless, "DD_API_KEY", key));
    EXPECT_EQ(address.mode, IntakeMode::kNone);
    EXPECT_NE(address.why_none.find("DD_API_KEY is not"), std::string::npos);
  }
}

TEST(IntakeAddressTest, AgentUrlsAreOfThreeKinds) {
  EXPECT_EQ(address_of({{"DD_TRACE_AGENT_URL", "http://agent"}}).base_url, "http://agent");
  EXPECT_EQ(address_of({{"DD_TRACE_AGENT_URL", "https://agent:8443/"}}).base_url, "https://agent:8443");
  const IntakeAddress socket = address_of({{"DD_TRACE_AGENT_URL", "unix:///run/a b.sock"}});
  EXPECT_EQ(socket.unix_socket, "/run/a b.sock");
  EXPECT_EQ(socket.url_of(Route::kTestCycle, AgentPrefix::kV2),
            "http://localhost/evp_proxy/v2/api/v2/citestcycle");
  EXPECT_EQ(address_of({{"DD_TRACE_AGENT_URL", "http://b"}, {"_CI_DD_AGENT_URL", "http://a"}}).base_url,
            "http://a");
  EXPECT_EQ(address_of({{"DD_TRACE_AGENT_URL", "http://b"}, {"DD_AGENT_HOST", "c"}}).base_url, "http://b");
  EXPECT_EQ(address_of({{"DD_TRACE_AGENT_URL", "http://b"}}).url_of(Route::kLogs, AgentPrefix::kV4),
            "http://b/evp_proxy/v4/api/v2/logs");
}

TEST(IntakeAddressTest, AgentHostAndPortCompleteEachOther) {
  EXPECT_EQ(address_of({{"DD_AGENT_HOST", "a"}}).base_url, "http://a:8126");
  EXPECT_EQ(address_of({{"DD_AGENT_PORT", "9"}}).base_url, "http://localhost:9");
  EXPECT_EQ(address_of({{"DD_TRACE_AGENT_HOSTNAME", "b"}, {"DD_AGENT_HOST", "a"}}).base_url, "http://b:8126");
  EXPECT_EQ(address_of({{"DD_TRACE_AGENT_PORT", "1"}, {"DD_AGENT_PORT", "2"}}).base_url,
            "http://localhost:1");
  EXPECT_EQ(address_of({{"DD_AGENT_HOST", "::1"}}).base_url, "http://[::1]:8126");
  EXPECT_EQ(address_of({{"DD_AGENT_HOST", "[fe80::1]"}}).base_url, "http://[fe80::1]:8126");
  EXPECT_EQ(address_of({{"DD_AGENT_HOST", ""}, {"DD_TRACE_AGENT_URL", ""}}).mode, IntakeMode::kNone);
}

TEST(IntakeAddressTest, AgentlessWinsOverAnAgent) {
  EXPECT_EQ(address_of(with(kAgentless, "DD_TRACE_AGENT_URL", "http://agent")).mode, IntakeMode::kAgentless);
}

TEST(IntakeAddressTest, BadValuesAreRefusedByTheNameOfTheirVariable) {
  const std::pair<const char*, const char*> agents[] = {
      {"DD_TRACE_AGENT_URL", "agent:8126"},
      {"DD_TRACE_AGENT_URL", "ftp://agent"},
      {"DD_TRACE_AGENT_URL", "http://"},
      {"DD_TRACE_AGENT_URL", "http:///x"},
      {"DD_TRACE_AGENT_URL", "http://:80"},
      {"DD_TRACE_AGENT_URL", "http://a:"},
      {"DD_TRACE_AGENT_URL", "http://a:0"},
      {"DD_TRACE_AGENT_URL", "http://a:65536"},
      {"DD_TRACE_AGENT_URL", "http://a:8x"},
      {"DD_TRACE_AGENT_URL", "http://a b"},
      {"DD_TRACE_AGENT_URL", "http://a\r\nX: y"},
      {"DD_TRACE_AGENT_URL", "http://a?q=1"},
      {"DD_TRACE_AGENT_URL", "http://a/b#c"},
      {"DD_TRACE_AGENT_URL", "http://[::1"},
      {"DD_TRACE_AGENT_URL", "http://[::g]"},
      {"DD_TRACE_AGENT_URL", "http://[::1]x"},
      {"DD_TRACE_AGENT_URL", "http://a..b"},
      {"DD_TRACE_AGENT_URL", "http://-a"},
      {"DD_TRACE_AGENT_URL", "unix://relative"},
      {"DD_TRACE_AGENT_URL", "unix://"},
      {"_CI_DD_AGENT_URL", "nonsense"},
      {"DD_AGENT_HOST", "http://a"},
      {"DD_AGENT_HOST", "a b"},
      {"DD_TRACE_AGENT_HOSTNAME", "a/b"},
      {"DD_AGENT_PORT", "http"},
      {"DD_TRACE_AGENT_PORT", "-1"},
      {"DD_TRACE_AGENT_PORT", "99999999999999"},
  };
  for (const auto& [name, value] : agents)
    EXPECT_EQ(refusal_of({{name, value}}).find(std::string(name) + "="), 0U) << name << " " << value;
  for (const char* value : {"https://datadoghq.eu", "a b", ".x", "a/b", "x:1"})
    EXPECT_EQ(refusal_of(with(kAgentless, "DD_SITE", value)).find("DD_SITE="), 0U);
  for (const char* value : {"unix:///run/x.sock", "127.0.0.1:80", "http://"})
    EXPECT_EQ(refusal_of(with(kAgentless, "DD_CIVISIBILITY_AGENTLESS_URL", value))
                  .find("DD_CIVISIBILITY_AGENTLESS_URL="),
              0U);
  EXPECT_NE(refusal_of({{"DD_TRACE_AGENT_URL", "unix:///" + std::string(107, 'a')}}).find("107"),
            std::string::npos);
  EXPECT_NE(refusal_of({{"DD_TRACE_AGENT_URL", std::string("unix:///a\0b", 10)}}).find("zero byte"),
            std::string::npos);
  EXPECT_NE(refusal_of({{"DD_TRACE_AGENT_URL", "http://" + std::string(3000, 'a')}}).find("longer"),
            std::string::npos);
}

TEST(IntakeAddressTest, NoMessageQuotesAKeyOrAPassword) {
  const Environment bad_sites[] = {
      with(kAgentless, "DD_SITE", std::string("x y ") + kKey),
      with(kAgentless, "DD_CIVISIBILITY_AGENTLESS_URL", std::string("ci.example/") + kKey),
      with(kAgentless, "DD_CIVISIBILITY_AGENTLESS_URL", std::string("https://user:") + kKey + "@ci.example"),
      with(kAgentless, "DD_CIVISIBILITY_AGENTLESS_URL", "https://ci.example/?k=" + std::string(kKey)),
      {{"DD_TRACE_AGENT_URL", "http://u:p@rt" + std::string(kKey) + "@host/"}},
      {{"DD_CIVISIBILITY_AGENTLESS_ENABLED", "1"}, {"DD_API_KEY", std::string(kKey) + "\nX: y"}},
  };
  for (const Environment& environment : bad_sites) {
    const std::string message = refusal_of(environment);
    EXPECT_FALSE(message.empty());
    EXPECT_EQ(message.find("SECRET"), std::string::npos) << message;
    EXPECT_EQ(message.find('\n'), std::string::npos);
  }
}

TEST(RequestLimitTest, IsThatOfTheVariableWithinItsBounds) {
  const auto limit = [](const char* value) {
    return request_limit({{"DD_CIVISIBILITY_BACKEND_API_TIMEOUT_MILLIS", value}});
  };
  EXPECT_EQ(request_limit({})->count(), 30'000);
  EXPECT_EQ(limit("")->count(), 30'000);
  EXPECT_EQ(limit("1")->count(), 1);
  EXPECT_EQ(limit("300000")->count(), 300'000);
  for (const char* value : {"0", "300001", "-1", "1.5", "30s", "99999999999"}) {
    ASSERT_FALSE(limit(value).ok()) << value;
    EXPECT_EQ(limit(value).error().message.find("DD_CIVISIBILITY_BACKEND_API_TIMEOUT_MILLIS="), 0U);
  }
}

TEST(ApiKeyTest, WhiteSpaceAroundAKeyIsNotPartOfIt) {
  const Result<ApiKey> key = ApiKey::from(" \tabcdef012345\r\n");
  ASSERT_TRUE(key.ok());
  EXPECT_EQ(key->header_value(), "abcdef012345");
  EXPECT_EQ(key->redacted("key abcdef012345, abcdef012345abcdef012345."), "key ***, ******.");
  EXPECT_EQ(ApiKey::from("x")->redacted("an example"), "an example");
  EXPECT_FALSE(ApiKey::from("a b").ok());
  EXPECT_FALSE(ApiKey::from("caf\xc3\xa9").ok());
  EXPECT_FALSE(ApiKey::from(std::string(5000, 'a')).ok());
  EXPECT_TRUE(ApiKey::from("")->empty());
}

TEST(AddressPartsTest, LoopbackIsKnownByItsNames) {
  for (const char* url : {"http://localhost", "http://LOCALHOST:80/x", "https://127.0.0.1:1",
                          "http://127.1.2.3/", "http://[::1]:80/"})
    EXPECT_TRUE(is_loopback_url(url)) << url;
  for (const char* url : {"http://localhost.example", "http://127.0.0.1.example/", "http://128.0.0.1",
                          "http://[::2]", "https://a/localhost", "unix:///localhost", "localhost"})
    EXPECT_FALSE(is_loopback_url(url)) << url;
}

TEST(RoutesTest, EveryRouteIsFoundByItsName) {
  for (const RouteEntry& entry : all_routes()) EXPECT_EQ(route_named(entry.name), entry.route);
  EXPECT_EQ(all_routes().size(), 11U);
  EXPECT_FALSE(route_named("").has_value());
  EXPECT_FALSE(route_named("citestcycl").has_value());
}

}  // namespace
}  // namespace alibi::transport

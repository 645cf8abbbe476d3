#include "collector/transport/intake_client.h"

#include <gtest/gtest.h>

#include <set>

#include "collector/compression/gzip.h"
#include "collector/model/error_codes.h"
#include "collector/transport/spool_delivery.h"
#include "tests/unit/transport/spool_fixture.h"

namespace alibi::transport {
namespace {

using compression::gunzip;
using compression::gzip;

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr char kKey[] = "0123456789abcdefSECRET";
constexpr char kBothVersions[] = R"({"endpoints": ["/evp_proxy/v2/", "/evp_proxy/v4/"]})";
constexpr char kOldVersion[] = R"({"endpoints": ["/evp_proxy/v2/"]})";

class IntakeClientTest : public SpoolFixture {
 protected:
  static IntakeAddress agentless() {
    return *intake_address({{"DD_CIVISIBILITY_AGENTLESS_ENABLED", "1"}, {"DD_API_KEY", kKey}}, {});
  }
  static IntakeAddress agent() { return *intake_address({{"DD_TRACE_AGENT_URL", "unix:///run/a.sock"}}, {}); }
  IntakeClient client_of(const IntakeAddress& address, ClientLimits limits = {}) {
    return IntakeClient(address, *ApiKey::from(kKey), &http_, &pace_, limits);
  }
  void queue(std::vector<HttpAnswer> answers) { http_.answers.assign(answers.begin(), answers.end()); }
  static ClientLimits patient() {
    ClientLimits limits;
    limits.budget = seconds(100);
    return limits;
  }

  FakeHttp http_;
};

TEST_F(IntakeClientTest, AgentlessRequestsCarryTheKeyAndNoSubdomain) {
  IntakeClient client = client_of(agentless());
  EXPECT_EQ(client.send(payload_of("body")).fate, Fate::kDelivered);
  ASSERT_EQ(http_.seen.size(), 1U);
  const FakeHttp::Seen& seen = http_.seen[0];
  EXPECT_EQ(seen.url, "https://citestcycle-intake.datadoghq.com/api/v2/citestcycle");
  EXPECT_EQ(seen.header("dd-api-key"), kKey);
  EXPECT_EQ(seen.header("X-Datadog-EVP-Subdomain"), "(absent)");
  EXPECT_EQ(seen.header("Content-Type"), "application/msgpack");
  EXPECT_EQ(seen.header("Content-Encoding"), "gzip");
  EXPECT_EQ(seen.header("Accept-Encoding"), "gzip");
  EXPECT_EQ(*gunzip(seen.body, 100), "body");
}

TEST_F(IntakeClientTest, AnAgentIsToldTheContainerWhereThereIsOne) {
  queue({of_status(200, kBothVersions)});
  IntakeAddress address = agent();
  address.container = "c0ffee";
  IntakeClient client = client_of(address);
  EXPECT_EQ(client.send(payload_of("body")).fate, Fate::kDelivered);
  EXPECT_EQ(http_.seen[1].header("Datadog-Container-ID"), "c0ffee");
}

TEST_F(IntakeClientTest, AnAgentIsAskedOnceAndGetsTheSubdomainAndNoKey) {
  queue({of_status(200, kBothVersions)});
  IntakeClient client = client_of(agent());
  EXPECT_EQ(client.send(payload_of("body")).fate, Fate::kDelivered);
  EXPECT_TRUE(client.ask(Route::kSettings, "{}").ok());
  ASSERT_EQ(http_.seen.size(), 3U);
  EXPECT_EQ(http_.seen[0].url, "http://localhost/info");
  EXPECT_EQ(http_.seen[1].url, "http://localhost/evp_proxy/v4/api/v2/citestcycle");
  EXPECT_EQ(http_.seen[1].header("Content-Encoding"), "gzip");
  EXPECT_EQ(http_.seen[1].header("X-Datadog-EVP-Subdomain"), "citestcycle-intake");
  EXPECT_EQ(http_.seen[2].header("X-Datadog-EVP-Subdomain"), "api");
  EXPECT_EQ(http_.seen[2].header("Content-Type"), "application/json");
  for (const FakeHttp::Seen& seen : http_.seen) {
    EXPECT_EQ(seen.unix_socket, "/run/a.sock");
    EXPECT_EQ(seen.header("dd-api-key"), "(absent)");
    EXPECT_EQ(seen.header("Datadog-Container-ID"), "(absent)");
  }
}

TEST_F(IntakeClientTest, AnAgentOfTheSecondVersionGetsNoGzipAtAll) {
  queue({of_status(200, kOldVersion)});
  IntakeClient client = client_of(agent());
  Payload packed = payload_of(*gzip("packed before"));
  packed.encoding = Encoding::kGzip;  // of the spool, from a run with another intake
  EXPECT_EQ(client.send(payload_of("body")).fate, Fate::kDelivered);
  EXPECT_EQ(client.send(packed).fate, Fate::kDelivered);
  EXPECT_EQ(http_.seen[1].url, "http://localhost/evp_proxy/v2/api/v2/citestcycle");
  EXPECT_EQ(http_.seen[1].body, "body");
  EXPECT_EQ(http_.seen[2].body, "packed before");
  for (const FakeHttp::Seen& seen : http_.seen) {
    EXPECT_EQ(seen.header("Content-Encoding"), "(absent)");
    EXPECT_EQ(seen.header("Accept-Encoding"), "(absent)");
  }
}

TEST_F(IntakeClientTest, OnlyTheRoutesOfTheTableArePacked) {
  IntakeClient client = client_of(agentless());
  const std::set<Route> packed = {Route::kTestCycle, Route::kCoverage, Route::kLogs};
  for (const RouteEntry& entry : all_routes()) {
    EXPECT_EQ(client.send({entry.route, "a/b", Encoding::kPlain, "body"}).fate, Fate::kDelivered);
    const bool is_packed = packed.count(entry.route) > 0;
    EXPECT_EQ(http_.seen.back().header("Content-Encoding"), is_packed ? "gzip" : "(absent)") << entry.name;
    EXPECT_EQ(http_.seen.back().body == "body", !is_packed);
  }
}

TEST_F(IntakeClientTest, WhatIsPackedAlreadyIsNotPackedAgain) {
  IntakeClient client = client_of(agentless());
  Payload packed = payload_of(*gzip("once"));
  packed.encoding = Encoding::kGzip;
  EXPECT_EQ(client.send(packed).fate, Fate::kDelivered);
  EXPECT_EQ(http_.seen[0].body, packed.body);
}

TEST_F(IntakeClientTest, ABodyThatIsNotTheGzipThatItSaysIsNeverTaken) {
  queue({of_status(200, kOldVersion)});
  IntakeClient client = client_of(agent());
  Payload broken = payload_of("no gzip");
  broken.encoding = Encoding::kGzip;
  EXPECT_EQ(client.send(broken).fate, Fate::kNeverTaken);
  EXPECT_EQ(http_.seen.size(), 1U);
}

TEST_F(IntakeClientTest, AnAgentWithoutAProxyIsAskedOnceAndNamed) {
  queue({of_status(200, R"({"endpoints": ["/v0.4/traces"]})")});
  IntakeClient client = client_of(agent());
  for (int round = 0; round < 2; ++round) {
    const Delivery delivery = client.send(payload_of("body"));
    EXPECT_EQ(delivery.fate, Fate::kTryLater);
    EXPECT_EQ(delivery.code, collector::kRefused);
    EXPECT_NE(delivery.reason.find("unix:///run/a.sock"), std::string::npos) << delivery.reason;
  }
  EXPECT_EQ(http_.seen.size(), 1U);
}

TEST_F(IntakeClientTest, AnAgentThatDoesNotAnswerIsTriedTwice) {
  http_.always = of_fault(HttpFault::kUnreachable);
  IntakeClient client = client_of(agent());
  EXPECT_EQ(client.ask(Route::kSettings, "{}").error().code, collector::kNotReached);
  EXPECT_EQ(http_.seen.size(), 2U);
}

TEST_F(IntakeClientTest, WithoutAnIntakeNothingIsSent) {
  IntakeClient client = client_of(*intake_address({}, {}));
  EXPECT_EQ(client.send(payload_of("body")).fate, Fate::kTryLater);
  EXPECT_FALSE(client.ask(Route::kSettings, "{}").ok());
  EXPECT_TRUE(http_.seen.empty());
}

TEST_F(IntakeClientTest, ServerErrorsAreTriedAgainWithWaitsThatDouble) {
  queue({of_status(503), of_status(500), of_fault(HttpFault::kBroken), of_fault(HttpFault::kTimedOut)});
  IntakeClient client = client_of(agentless(), patient());
  const Delivery delivery = client.send(payload_of("body"));
  EXPECT_EQ(delivery.fate, Fate::kDelivered);
  EXPECT_EQ(delivery.tries, 5U);
  EXPECT_EQ(pace_.sleeps, (std::vector<nanoseconds>{milliseconds(75), milliseconds(150), milliseconds(300),
                                                    milliseconds(600)}));
}

TEST_F(IntakeClientTest, TriesEnd) {
  http_.always = of_status(503);
  IntakeClient client = client_of(agentless(), patient());
  const Delivery delivery = client.send(payload_of("body"));
  EXPECT_EQ(delivery.fate, Fate::kTryLater);
  EXPECT_EQ(delivery.code, collector::kRefused);
  EXPECT_EQ(delivery.status, 503);
  EXPECT_EQ(http_.seen.size(), 5U);
}

TEST_F(IntakeClientTest, RefusalsAreNotRepeated) {
  for (const auto& [status, fate] : std::map<int, Fate>{{400, Fate::kNeverTaken},
                                                        {401, Fate::kTryLater},
                                                        {403, Fate::kNeverTaken},
                                                        {404, Fate::kNeverTaken},
                                                        {413, Fate::kNeverTaken},
                                                        {302, Fate::kTryLater}}) {
    http_.always = of_status(status);
    IntakeClient client = client_of(agentless(), patient());
    const Delivery delivery = client.send(payload_of("body"));
    EXPECT_EQ(delivery.fate, fate) << status;
    EXPECT_EQ(delivery.tries, 1U) << status;
    EXPECT_NE(delivery.reason.find(std::to_string(status)), std::string::npos);
  }
}

TEST_F(IntakeClientTest, ARateLimitIsWaitedForWhenThereIsTime) {
  queue({of_status(429, "", {{"x-ratelimit-reset", "3"}})});
  IntakeClient client = client_of(agentless(), patient());
  EXPECT_EQ(client.send(payload_of("body")).fate, Fate::kDelivered);
  EXPECT_EQ(pace_.sleeps, std::vector<nanoseconds>{seconds(3)});
}

TEST_F(IntakeClientTest, ARateLimitBeyondTheBudgetIsNotWaitedFor) {
  queue({of_status(429, "", {{"x-ratelimit-reset", "3"}})});
  IntakeClient client = client_of(agentless());
  const Delivery delivery = client.send(payload_of("body"));
  EXPECT_EQ(delivery.fate, Fate::kTryLater);
  EXPECT_EQ(delivery.code, collector::kRateLimited);
  EXPECT_TRUE(pace_.sleeps.empty());
}

TEST_F(IntakeClientTest, AllCallsShareOneBudget) {
  http_.always = of_status(503);
  http_.on_request = [this](const HttpRequest& request) {
    pace_.pass(std::min<nanoseconds>(milliseconds(700), request.deadline));
  };
  ClientLimits limits;
  limits.budget = seconds(2);
  IntakeClient client = client_of(agentless(), limits);
  const nanoseconds start = pace_.steady();
  for (int call = 0; call < 5; ++call) EXPECT_FALSE(client.ask(Route::kSettings, "{}").ok());
  EXPECT_LE(pace_.steady() - start, seconds(2));
  EXPECT_TRUE(client.has_stopped());
  EXPECT_LT(http_.seen.back().deadline, milliseconds(700));
  const size_t requests = http_.seen.size();
  const Delivery delivery = client.send(payload_of("body"));
  EXPECT_EQ(delivery.code, collector::kTimedOut);
  EXPECT_EQ(http_.seen.size(), requests);
}

TEST_F(IntakeClientTest, TimeBetweenCallsIsFree) {
  IntakeClient client = client_of(agentless());
  for (int call = 0; call < 10; ++call) {
    EXPECT_TRUE(client.ask(Route::kSettings, "{}").ok());
    pace_.pass(seconds(60));
  }
}

TEST_F(IntakeClientTest, AfterFailuresInARowNothingIsTriedAnyMore) {
  http_.always = of_fault(HttpFault::kUnreachable);
  IntakeClient client = client_of(agentless(), patient());
  for (int call = 0; call < 10; ++call) EXPECT_FALSE(client.ask(Route::kSettings, "{}").ok());
  EXPECT_EQ(http_.seen.size(), 6U);
  EXPECT_TRUE(client.has_stopped());
}

TEST_F(IntakeClientTest, AnAnswerIsGivenAsItCame) {
  queue({of_status(200, R"({"data": 1})")});
  IntakeClient client = client_of(agentless());
  EXPECT_EQ(*client.ask(Route::kSkippable, R"({"q": 1})"), R"({"data": 1})");
  EXPECT_EQ(http_.seen[0].body, R"({"q": 1})");
}

TEST_F(IntakeClientTest, AnAnswerThatIsTooLongHasItsOwnError) {
  HttpAnswer answer = of_status(200);
  answer.fault = HttpFault::kTooLarge;
  queue({answer});
  IntakeClient client = client_of(agentless());
  EXPECT_EQ(client.ask(Route::kSkippable, "{}").error().code, collector::kAnswerTooLarge);
}

TEST_F(IntakeClientTest, NoMessageHoldsTheKeyWhateverTheServerSays) {
  IntakeClient client = client_of(agentless(), patient());
  queue({of_status(403, "API key is invalid: " + std::string(kKey)),
         of_fault(HttpFault::kInsecure, "bad " + std::string(kKey)),
         of_status(400, "\x1b[31m" + std::string(kKey) + "\n\nnext")});
  for (int call = 0; call < 3; ++call) {
    const std::string message = client.ask(Route::kSettings, "{}").error().message;
    EXPECT_EQ(message.find("SECRET"), std::string::npos) << message;
    EXPECT_EQ(message.find_first_of("\n\x1b"), std::string::npos);
  }
}

TEST_F(IntakeClientTest, ManyPayloadsAreSentOnceEachInTheirOrder) {
  std::vector<Payload> payloads;
  for (int number = 0; number < 100; ++number)
    payloads.push_back({Route::kPackfile, "a/b", Encoding::kPlain, std::to_string(number)});
  HttpAnswer refusal = of_status(400);
  IntakeClient client = client_of(agentless());
  http_.on_request = [&](const HttpRequest& request) {
    if (request.body == "42") http_.answers.push_back(refusal);
  };
  const std::vector<Delivery> deliveries = client.send_all(payloads);
  ASSERT_EQ(deliveries.size(), 100U);
  for (size_t at = 0; at < deliveries.size(); ++at)
    EXPECT_EQ(deliveries[at].fate, at == 42 ? Fate::kNeverTaken : Fate::kDelivered) << at;
  std::set<std::string> sent;
  for (const FakeHttp::Seen& seen : http_.seen) sent.insert(seen.body);
  EXPECT_EQ(sent.size(), 100U);
  EXPECT_EQ(http_.seen.size(), 100U);
}

TEST_F(IntakeClientTest, ShippingKeepsWhatWasNotTakenAndTheNextRunDeliversIt) {
  queue({of_status(202), of_status(400)});
  http_.always = of_fault(HttpFault::kUnreachable);
  ClientLimits one_by_one;
  one_by_one.connections = 1;
  one_by_one.retry.tries = 1;
  IntakeClient client = client_of(agentless(), one_by_one);
  Spool spool = spool_of();
  ShipReport report = ship({payload_of("taken"), payload_of("refused"), payload_of("kept")}, &client, &spool);
  EXPECT_EQ(report.delivered, 1U);
  EXPECT_EQ(report.set_aside, 1U);
  EXPECT_EQ(report.kept, 1U);
  EXPECT_TRUE(report.not_kept.empty());
  EXPECT_EQ(report.complaints.size(), 2U);
  ASSERT_EQ(bodies(&spool).size(), 1U);
  EXPECT_EQ(*gunzip(bodies(&spool)[0], 100), "kept");

  http_.always = HttpAnswer();
  IntakeClient next = client_of(agentless());
  report = ship_waiting(&next, &spool);
  EXPECT_EQ(report.delivered, 1U);
  EXPECT_EQ(bodies(&spool), std::vector<std::string>{});
  EXPECT_EQ(*gunzip(http_.seen.back().body, 100), "kept");
  EXPECT_EQ(ship_waiting(&next, &spool).delivered, 0U);
}

TEST_F(IntakeClientTest, WhatIsKeptIsPackedWhereItWouldGoOutPacked) {
  http_.always = of_fault(HttpFault::kUnreachable);
  IntakeClient client = client_of(agentless());
  Spool spool = spool_of();
  const std::string plain(100'000, 'x');
  ASSERT_EQ(ship({payload_of(plain)}, &client, &spool).kept, 1U);
  EXPECT_LT(spool.survey()->waiting_bytes, 2000U);
  ASSERT_EQ(ship({{Route::kPackfile, "a/b", Encoding::kPlain, plain}}, &client, &spool).kept, 1U);
  EXPECT_GT(spool.survey()->waiting_bytes, 100'000U);
}

TEST_F(IntakeClientTest, WhatCanNeitherBeSentNorKeptIsGivenBack) {
  testing::write_text(folder(), "a file lies in the way");
  http_.always = of_fault(HttpFault::kUnreachable);
  IntakeClient client = client_of(agentless());
  Spool spool = spool_of();
  const ShipReport report = ship({payload_of("one"), payload_of("two")}, &client, &spool);
  ASSERT_EQ(report.not_kept.size(), 2U);
  for (const Payload& payload : report.not_kept) {
    EXPECT_EQ(payload.encoding, Encoding::kGzip);
    EXPECT_TRUE(gunzip(payload.body, 100).ok());
  }
  ASSERT_TRUE(report.spool_error.has_value());
  EXPECT_NE(report.spool_error->message.find(folder()), std::string::npos);
}

TEST_F(IntakeClientTest, ShippingWhatWaitsCountsTriesSetsAsideAndStopsWithTheClient) {
  Spool spool = spool_of();
  for (const char* body : {"refused", "a", "b", "c"}) put(&spool, body);
  queue({of_status(413)});
  http_.always = of_fault(HttpFault::kUnreachable);
  ClientLimits limits;
  limits.connections = 1;
  limits.retry.tries = 3;
  IntakeClient client = client_of(agentless(), limits);
  const ShipReport report = ship_waiting(&client, &spool);
  EXPECT_EQ(report.set_aside, 1U);
  EXPECT_EQ(report.kept, 3U);
  EXPECT_EQ(http_.seen.size(), 7U);  // six failures in a row, then no more
  const std::vector<std::string> left = names(&spool);
  EXPECT_EQ(spool.claim(left[0])->claim->tries(), 1U);
  EXPECT_EQ(spool.claim(left[2])->claim->tries(), 0U);
}

TEST_F(IntakeClientTest, TheSpoolNeverHoldsTheKey) {
  http_.always = of_status(403, "wrong key " + std::string(kKey));
  IntakeClient client = client_of(agentless());
  Spool spool = spool_of();
  static_cast<void>(ship({payload_of("one")}, &client, &spool));
  http_.always = of_status(500, kKey);
  static_cast<void>(ship({payload_of("two")}, &client, &spool));
  size_t looked_at = 0;
  for (const std::string& place : {folder(), aside()}) {
    for (const std::string& name : testing::names_in(place)) {
      if (place + "/" + name == aside()) continue;
      const std::vector<std::byte> bytes = testing::read_bytes(place + "/" + name);
      const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
      EXPECT_EQ(text.find("SECRET"), std::string_view::npos) << name;
      looked_at += bytes.empty() ? 0 : 1;
    }
  }
  EXPECT_EQ(looked_at, 3U);
}

}  // namespace
}  // namespace alibi::transport

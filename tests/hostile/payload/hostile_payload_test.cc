// Damages messages in every way a single fault can: cut at every length, every byte changed, giant counts put
// everywhere. Whatever is still understood must be as an intake may believe it.
#include <gtest/gtest.h>

#include <random>

#include "collector/compression/gzip.h"
#include "collector/payload/coverage_decoder.h"
#include "collector/payload/coverage_encoder.h"
#include "collector/payload/event_rules.h"
#include "collector/payload/forms.h"
#include "collector/payload/git_messages.h"
#include "collector/payload/line_bitmap.h"
#include "collector/payload/source_path.h"
#include "collector/payload/test_cycle_decoder.h"
#include "collector/payload/test_cycle_encoder.h"
#include "tests/unit/payload/example_messages.h"

namespace alibi::payload {
namespace {

using compression::gunzip;
using compression::gzip;

using testing::example_coverage;
using testing::example_cycle;
using testing::from_hex;

// What holds of everything that a decoder lets through.
void expect_believable(const Result<DecodedTestCycle>& decoded) {
  if (!decoded) return;
  for (const Event& event : decoded->cycle.events) {
    ASSERT_EQ(fault_of(event), "");
    for (const auto& [key, value] : event.meta) ASSERT_FALSE(key.empty());
  }
  const EncodedBodies again = encode_test_cycle(decoded->cycle);
  ASSERT_EQ(again.counts.events, decoded->cycle.events.size());
}

void expect_believable(const Result<DecodedCoverage>& decoded) {
  if (!decoded) return;
  for (const CoverageEvent& event : decoded->events) {
    ASSERT_FALSE(event.files.empty());
    for (const CoveredFile& file : event.files) {
      ASSERT_EQ(relative_path(file.path), file.path);
      ASSERT_TRUE(std::ranges::is_sorted(file.lines));
      ASSERT_TRUE(file.lines.empty() || (file.lines.front() > 0 && file.lines.back() <= kMostLine));
    }
  }
  ASSERT_EQ(encode_coverage(decoded->events).counts.events, decoded->events.size());
}

struct Message {
  const char* name;
  std::string bytes;
  bool (*decode)(std::string_view);  // true: it was understood, at least in part
};

bool decode_cycle(std::string_view bytes) {
  const auto decoded = decode_test_cycle(bytes);
  expect_believable(decoded);
  return decoded.ok();
}

bool decode_coverages(std::string_view bytes) {
  const auto decoded = decode_coverage(bytes, {100'000});
  expect_believable(decoded);
  return decoded.ok();
}

bool decode_gzip(std::string_view bytes) {
  constexpr size_t kMost = 1 << 20;
  const auto decoded = gunzip(bytes, kMost);
  EXPECT_TRUE(!decoded || decoded->size() <= kMost);
  return decoded.ok();
}

bool decode_any_form(std::string_view bytes) {
  const auto documents = coverage_documents(bytes, "multipart/form-data; boundary=b0");
  if (!documents) return false;
  for (const std::string_view document : *documents) decode_coverages(document);
  return true;
}

template <typename Value>
bool parsed(const Result<Value>& result) {
  return result.ok();
}

std::vector<Message> messages() {
  const std::string coverage = encode_coverage(example_coverage()).documents.at(0);
  const std::string ranges = testing::packed(nlohmann::json::parse(
      R"({"version":2,"coverages":[{"test_session_id":1,"test_suite_id":2,"span_id":3,
          "files":[{"filename":"a.py","segments":[[1,0,9,0,-1],[12,0,13,0,1]]},{"filename":"/b.py"}]}]})"));
  return {
      {"cycle", encode_test_cycle(example_cycle()).bodies.at(0), decode_cycle},
      {"coverage", coverage, decode_coverages},
      {"ranges", ranges, decode_coverages},
      {"form", *coverage_form(coverage, "b0"), decode_any_form},
      {"gzip", *gzip(coverage), decode_gzip},
      {"settings", encode_settings(testing::example_settings()),
       [](std::string_view text) { return parsed(parse_settings(text)); }},
      {"request", encode_settings_request(testing::example_facts()),
       [](std::string_view text) { return parsed(parse_settings_request(text)); }},
      {"skippable", encode_skippable(testing::example_skippable()),
       [](std::string_view text) { return parsed(parse_skippable(text)); }},
      {"known", encode_known_tests(testing::example_known_tests()),
       [](std::string_view text) { return parsed(parse_known_tests(text)); }},
      {"management", encode_test_management(testing::example_managed_tests()),
       [](std::string_view text) { return parsed(parse_test_management(text)); }},
      {"commits", encode_known_commits({std::string(40, 'a')}),
       [](std::string_view text) { return parsed(parse_known_commits(text)); }},
  };
}

class HostilePayload : public ::testing::TestWithParam<Message> {
 protected:
  const std::string& bytes() const { return GetParam().bytes; }
  bool decode(std::string_view damaged) const {
    // Of its own size, so that a sanitizer sees a read beyond the end.
    const std::vector<char> exact(damaged.begin(), damaged.end());
    return GetParam().decode({exact.data(), exact.size()});
  }
};

TEST_P(HostilePayload, IsSoundAsItIs) {
  EXPECT_TRUE(decode(bytes()));
}

TEST_P(HostilePayload, IsRefusedWhenCutAtAnyLength) {
  const bool is_form = std::string_view(GetParam().name) == "form";
  const size_t least =
      is_form ? bytes().size() - 2 : bytes().size();  // without the last line end, as some send it
  for (size_t length = 0; length < least; ++length) ASSERT_FALSE(decode(bytes().substr(0, length))) << length;
}

// Every single bit, all of them, and bytes that mean something: of each kind in msgpack, of JSON, of forms.
std::string changes_of(char sound) {
  std::string changes("\x00\x80\x90\xA0\xC0\xC1\xC4\xCA\xCF\xD3\xD9\xDD\xDF\"{[}],:0\r\n-", 24);
  for (unsigned bit = 1; bit < 256; bit *= 2) changes += static_cast<char>(static_cast<uint8_t>(sound) ^ bit);
  return changes += static_cast<char>(~static_cast<uint8_t>(sound));
}

TEST_P(HostilePayload, SurvivesEveryChangedByte) {
  std::string damaged = bytes();
  for (size_t at = 0; at < damaged.size(); ++at) {
    const char sound = damaged[at];
    for (const char change : changes_of(sound)) {
      damaged[at] = change;
      decode(damaged);
      if (HasFatalFailure()) FAIL() << "byte " << at << " changed to " << int{static_cast<uint8_t>(change)};
    }
    damaged[at] = sound;
  }
}

TEST_P(HostilePayload, SurvivesGiantCountsEverywhere) {
  for (const char* hex :
       {"dd ffffffff", "df ffffffff", "db ffffffff", "c6 ffffffff", "c9 ffffffff 00", "dc ffff", "de ffff",
        "cf ffffffffffffffff", "d3 8000000000000000", "cb 7ff8000000000000"}) {
    const std::string giant = from_hex(hex);
    for (size_t at = 0; at < bytes().size(); ++at) {
      decode(bytes().substr(0, at) + giant + bytes().substr(at));
      std::string over = bytes();
      over.replace(at, std::min(giant.size(), over.size() - at), giant);
      decode(over);
      if (HasFatalFailure()) FAIL() << hex << " at " << at;
    }
  }
}

TEST_P(HostilePayload, SurvivesManyFaultsAtOnce) {
  std::mt19937 random(42);
  for (int round = 0; round < 3000; ++round) {
    std::string damaged = bytes();
    for (uint32_t faults = random() % 8 + 1; faults > 0; --faults) {
      const size_t at = random() % damaged.size();
      const size_t from = random() % damaged.size();
      const size_t count = random() % 20;
      if (random() % 2 == 0)
        damaged[at] = static_cast<char>(random());
      else
        damaged.insert(at, damaged.substr(from, count));
    }
    decode(damaged);
    if (HasFatalFailure()) FAIL() << "round " << round;
  }
}

std::string name_of(const ::testing::TestParamInfo<Message>& info) {
  return info.param.name;
}
INSTANTIATE_TEST_SUITE_P(Payload, HostilePayload, ::testing::ValuesIn(messages()), name_of);

}  // namespace
}  // namespace alibi::payload

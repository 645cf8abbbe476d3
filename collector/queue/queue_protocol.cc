#include "collector/queue/queue_protocol.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <string_view>

#include "collector/model/plan_errors.h"
#include "collector/queue/queue_scripts.h"

namespace alibi::queue {
namespace {

constexpr uint64_t kHeaviest = 1'000'000'000;  // ms: the server counts in doubles
constexpr const char* kKeptSeconds = "86400";

Error not_understood(const std::string& what) {
  return {collector::kQueue, 0, "it answers what no queue of Alibi answers (" + what + ")"};
}

std::string_view end_name(run::UnitEnd end) {
  switch (end) {
    case run::UnitEnd::kPassed:
      return "passed";
    case run::UnitEnd::kFailed:
      return "failed";
    case run::UnitEnd::kCrashed:
      return "crashed";
    case run::UnitEnd::kTimedOut:
      return "late";
    case run::UnitEnd::kNotRun:
      break;
  }
  return "elsewhere";
}

std::optional<uint64_t> number_of(std::string_view text) {
  uint64_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<Standing> standing_of(const std::string& word) {
  if (word == "ok") return Standing::kMember;
  if (word == "gone" || word == "resume" || word == "fill") return Standing::kForgotten;
  if (word == "superseded") return Standing::kSuperseded;
  return std::nullopt;
}

// FNV-1a, twice with different starts: nobody has a reason to forge a plan of his own run.
class Digest {
 public:
  void add(std::string_view text) {
    for (const char letter : std::to_string(text.size()) + ":") one(letter);
    for (const char letter : text) one(letter);
  }
  std::string hex() const {
    static constexpr std::string_view kDigits = "0123456789abcdef";
    std::string out;
    for (const uint64_t half : {low_, high_})
      for (int shift = 60; shift >= 0; shift -= 4)
        out += kDigits[(half >> static_cast<unsigned>(shift)) & 15U];
    return out;
  }

 private:
  void one(char letter) {
    constexpr uint64_t kPrime = 0x100000001b3;
    low_ = (low_ ^ static_cast<unsigned char>(letter)) * kPrime;
    high_ = (high_ ^ static_cast<unsigned char>(letter) ^ 0xa5U) * kPrime;
  }
  uint64_t low_ = 0xcbf29ce484222325, high_ = 0x6c62272e07bb0142;
};

}  // namespace

std::string plan_digest(const plan::Plan& plan) {
  Digest digest;
  for (const plan::Unit& unit : plan.units) {
    digest.add(unit.file);
    digest.add(unit.group);
    digest.add(std::to_string(unit.selectors.size()));
    for (const std::string& selector : unit.selectors) digest.add(selector);
  }
  for (const plan::NodeShare& node : plan.nodes) {
    digest.add("node");
    for (const plan::WorkerShare& worker : node.workers)
      for (const size_t unit : worker.units) digest.add(std::to_string(unit));
  }
  return digest.hex();
}

QueueProtocol::QueueProtocol(std::shared_ptr<Server> server, Membership membership, const plan::Plan& plan)
    : server_(std::move(server)), membership_(std::move(membership)), units_(plan.units.size()) {
  std::map<std::string, std::string> groups;
  for (const plan::NodeShare& node : plan.nodes) {
    std::string text;
    for (const plan::WorkerShare& worker : node.workers) {
      for (const size_t unit : worker.units) {
        const uint64_t weight = std::clamp<uint64_t>(plan.units[unit].weight_ms, 1, kHeaviest);
        text += std::to_string(unit) + ":" + std::to_string(weight) + ",";
      }
    }
    shares_.push_back(std::move(text));
  }
  for (size_t unit = 0; unit < plan.units.size(); ++unit)
    if (!plan.units[unit].group.empty()) groups[plan.units[unit].group] += std::to_string(unit) + ",";
  for (const auto& [name, members] : groups) groups_ += members + ";";
}

std::vector<std::string> QueueProtocol::command(const std::string& script, const Ends& ended,
                                                const Positions& units) const {
  std::string ends, list;
  for (const auto& [unit, how] : ended) {
    ends += std::to_string(unit) + " ";
    ends.append(end_name(how)).append(",");
  }
  for (const size_t unit : units) list += std::to_string(unit) + ",";
  return {"EVAL",
          script,
          "1",
          membership_.key,
          membership_.session,
          membership_.node,
          std::to_string(membership_.node_index),
          std::to_string(membership_.lease_ms),
          kKeptSeconds,
          ends,
          list};
}

Result<Positions> QueueProtocol::positions(const Answer& answer) const {
  Positions found;
  std::string_view rest = answer.text;
  while (!rest.empty()) {
    const std::string_view word = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(word.size() + 1, rest.size()));
    const std::optional<uint64_t> unit = number_of(word);
    if (!unit || *unit >= units_ || found.size() >= units_) return not_understood("no unit of this plan");
    found.push_back(*unit);
  }
  return found;
}

Result<Joined> QueueProtocol::join(const Ends& ended, const Positions& held, bool first,
                                   uint64_t patience_ms) {
  std::vector<std::string> words = command(join_script(), ended, held);
  words.insert(words.end(), {first ? "1" : "0", std::to_string(units_), std::to_string(shares_.size())});
  for (const bool fills : {false, true}) {
    if (fills) {
      words.insert(words.end(), shares_.begin(), shares_.end());
      words.push_back(groups_);
    }
    const Result<Answer> answer = server_->call(words, patience_ms);
    if (!answer.ok()) return answer.error();
    if (answer->list.empty()) return not_understood("no list");
    const std::optional<Standing> standing = standing_of(answer->list[0].text);
    if (!standing) return not_understood("an unknown word");
    if (*standing == Standing::kForgotten) continue;  // the queue is empty: fill it
    Joined joined{.standing = *standing};
    known_ends_ = 0;
    if (*standing == Standing::kSuperseded) return joined;
    if (answer->list.size() < 2) return not_understood("a short list");
    Result<Positions> replay = positions(answer->list[1]);
    if (!replay.ok()) return replay.error();
    joined.replay = std::move(*replay);
    return joined;
  }
  return not_understood("it does not keep the queue");
}

Result<Step> QueueProtocol::step(const Ends& ended, const Positions& back, int64_t budget_ms, bool leaves,
                                 uint64_t patience_ms) {
  std::vector<std::string> words = command(step_script(), ended, back);
  words.insert(words.end(), {std::to_string(std::min<int64_t>(budget_ms, int64_t{kHeaviest})),
                             std::to_string(known_ends_), leaves ? "1" : "0"});
  const Result<Answer> answer = server_->call(words, patience_ms);
  if (!answer.ok()) return answer.error();
  if (answer->list.empty()) return not_understood("no list");
  const std::optional<Standing> standing = standing_of(answer->list[0].text);
  if (!standing) return not_understood("an unknown word");
  Step step{.standing = *standing};
  if (*standing != Standing::kMember || leaves) return step;
  constexpr size_t kParts = 8;
  if (answer->list.size() != kParts) return not_understood("a list of another length");
  Result<Positions> claimed = positions(answer->list[1]);
  if (!claimed.ok()) return claimed.error();
  Result<Positions> gone = positions(answer->list[6]);
  if (!gone.ok()) return gone.error();
  std::array<uint64_t*, 5> numbers = {&step.free_units, &step.free_ms, &step.open_own, &step.open,
                                      &step.twice};
  constexpr std::array<size_t, 5> kPlaces = {2, 3, 4, 5, 7};
  for (size_t at = 0; at < numbers.size(); ++at) {
    const std::optional<uint64_t> number = number_of(answer->list[kPlaces[at]].text);
    if (!number) return not_understood("no number");
    *numbers[at] = *number;
  }
  step.claimed = std::move(*claimed);
  step.ended = std::move(*gone);
  known_ends_ += step.ended.size();
  return step;
}

}  // namespace alibi::queue

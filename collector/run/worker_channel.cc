#include "collector/run/worker_channel.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace alibi::run {
namespace {

using nlohmann::json;

constexpr size_t kShown = 120;

std::string shown(std::string_view line) {
  std::string text;
  for (const char c : line.substr(0, kShown)) text += c >= ' ' && c < 0x7f ? c : '?';
  return text + (line.size() > kShown ? "..." : "");
}

std::string line_of(const json& document) {
  return document.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

const json* member(const json& document, const char* name) {
  const auto found = document.find(name);
  return found == document.end() ? nullptr : &*found;
}

uint64_t number_or_zero(const json& document, const char* name) {
  const json* found = member(document, name);
  return found != nullptr && found->is_number_unsigned() ? found->get<uint64_t>() : 0;
}

std::string text_or_empty(const json& document, const char* name) {
  const json* found = member(document, name);
  return found != nullptr && found->is_string() ? found->get<std::string>() : "";
}

std::vector<std::string> texts_of(const json& document, const char* name) {
  std::vector<std::string> texts;
  const json* found = member(document, name);
  if (found == nullptr || !found->is_array()) return texts;
  for (const json& text : *found) {
    if (text.is_string()) texts.push_back(text.get<std::string>());
  }
  return texts;
}

DriverMessage plain(DriverSays says) {
  DriverMessage message;
  message.says = says;
  return message;
}

}  // namespace

std::vector<DriverMessage> WorkerChannel::read(std::string_view bytes) {
  std::vector<DriverMessage> messages;
  while (!broken_ && !bytes.empty()) {
    const size_t newline = bytes.find('\n');
    const std::string_view piece = bytes.substr(0, newline);
    if (partial_.size() + piece.size() > kLongestLine) {
      (void)refuse("a line longer than 16 MiB", partial_.empty() ? piece : std::string_view(partial_));
      break;
    }
    if (newline == std::string_view::npos) {
      partial_.append(piece);
      break;
    }
    bytes.remove_prefix(newline + 1);
    const std::string line = std::exchange(partial_, {}) + std::string(piece);
    if (line.empty()) continue;
    if (std::optional<DriverMessage> message = understand(line)) messages.push_back(std::move(*message));
  }
  if (broken_) std::string().swap(partial_);
  return messages;
}

std::optional<DriverMessage> WorkerChannel::refuse(std::string_view why, std::string_view line) {
  broken_ = std::string(why) + ": " + shown(line);
  return std::nullopt;
}

std::optional<DriverMessage> WorkerChannel::begin(size_t unit, std::string_view line) {
  const auto given = std::ranges::find(given_, unit);
  if (given == given_.end()) return refuse("it begins with a unit that it was not given", line);
  if (running_) return refuse("it begins with a unit before the last one is done", line);
  given_.erase(given);
  running_ = unit;
  DriverMessage message = plain(DriverSays::kBegin);
  message.unit = unit;
  return message;
}

std::optional<DriverMessage> WorkerChannel::understand(std::string_view line) {
  const json document = json::parse(line, nullptr, false);
  if (!document.is_object()) return refuse("no JSON document", line);
  if (member(document, "ready") != nullptr) {
    if (ready_) return refuse("it is ready a second time", line);
    ready_ = true;
    DriverMessage message = plain(DriverSays::kReady);
    message.text = text_or_empty(document, "framework") + " " + text_or_empty(document, "version");
    return message;
  }
  if (!ready_) return refuse("it speaks before it is ready", line);
  if (const json* next = member(document, "next")) {
    const bool early = *next == json("early");
    if (!early && *next != json(true)) return refuse("an unknown question", line);
    // One that waits for the answer to an early question may ask again in earnest, nothing else.
    if (asked_) return refuse("it asks before its last question was answered", line);
    asked_ = true, early_ = early;
    return plain(early ? DriverSays::kNextEarly : DriverSays::kNext);
  }
  if (const json* unit = member(document, "begin")) {
    if (!unit->is_number_unsigned()) return refuse("it begins with no unit", line);
    return begin(unit->get<size_t>(), line);
  }
  if (const json* unit = member(document, "done")) {
    const std::string outcome = text_or_empty(document, "outcome");
    if (!unit->is_number_unsigned() || running_ != unit->get<size_t>())
      return refuse("it is done with a unit that it did not begin", line);
    if (outcome != "passed" && outcome != "failed" && outcome != "none")
      return refuse("an unknown outcome", line);
    DriverMessage message = plain(DriverSays::kDone);
    message.unit = *running_;
    message.failed = outcome == "failed";
    message.wall_ms = number_or_zero(document, "ms");
    if (const json* loading = member(document, "loading_ms");
        loading != nullptr && loading->is_number_unsigned())
      message.loading_ms = loading->get<uint64_t>();
    message.tests = outcome == "none" ? 0 : number_or_zero(document, "tests");
    message.failed_selectors = texts_of(document, "failed");
    if (member(document, "left_out") != nullptr) message.left_out = number_or_zero(document, "left_out");
    running_.reset();
    return message;
  }
  if (member(document, "stop") != nullptr) {
    DriverMessage message = plain(DriverSays::kStop);
    message.text = text_or_empty(document, "stop");
    return message;
  }
  if (const json* outside = member(document, "failed_outside")) {
    if (*outside != json(true)) return refuse("a failure outside of units that is none", line);
    return plain(DriverSays::kFailedOutside);
  }
  return refuse("an unknown message", line);
}

std::string WorkerChannel::give(size_t unit, const plan::Unit& what, uint32_t attempt) {
  asked_ = false;
  given_.push_back(unit);
  return line_of(
      {{"unit", {{"id", unit}, {"file", what.file}, {"arguments", what.arguments()}, {"attempt", attempt}}}});
}

std::string WorkerChannel::later() {
  asked_ = false;
  return line_of({{"later", true}});
}

std::string WorkerChannel::end() {
  asked_ = false;
  ended_ = true;
  return line_of({{"end", true}});
}

}  // namespace alibi::run

#include "collector/watch/run_event.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "collector/report/style.h"

namespace alibi::watch {
namespace {

using Json = nlohmann::json;
using Kind = RunEvent::Kind;

constexpr size_t kLongestLine = 4 << 20;
constexpr size_t kMostTextLines = 500;

std::string text_of(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// Shown on a terminal: nothing in it may be obeyed.
std::string shown(const Json& json, const char* key) {
  return report::printable(text_of(json, key));
}

size_t count_of(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_number_unsigned() ? found->get<size_t>() : 0;
}

bool truth_of(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_boolean() && found->get<bool>();
}

double milliseconds_of(const Json& json) {
  const auto found = json.find("ms");
  const double value = found != json.end() && found->is_number() ? found->get<double>() : 0;
  return std::isfinite(value) && value > 0 ? value : 0;
}

std::vector<std::string> lines_of(const Json& json, const char* key) {
  std::vector<std::string> lines;
  const auto found = json.find(key);
  if (found == json.end() || !found->is_array()) return lines;
  for (const Json& each : *found) {
    if (lines.size() == kMostTextLines) break;
    if (each.is_string()) lines.push_back(report::printable(each.get<std::string>()));
  }
  return lines;
}

}  // namespace

std::optional<RunEvent> parse_run_event(std::string_view line) {
  const Json json = Json::parse(line, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  const std::string kind = text_of(json, "event");
  RunEvent event;
  if (kind == "session") {
    event.kind = Kind::kSession;
    event.root = text_of(json, "root");
    event.data = text_of(json, "data");
    event.environment = text_of(json, "environment");
  } else if (kind == "collected") {
    event.kind = Kind::kCollected;
    event.run = count_of(json, "run");
    event.left_out = count_of(json, "left_out");
    event.notes = lines_of(json, "notes");
  } else if (kind == "failure" || kind == "test") {
    event.kind = kind == "test" ? Kind::kTest : Kind::kFailure;
    event.id = shown(json, "id");
    if (event.id.empty()) return std::nullopt;
    event.outcome = text_of(json, "outcome");
    event.milliseconds = milliseconds_of(json);
    event.finding = truth_of(json, "finding");
    event.place = shown(json, "place");
    event.message = shown(json, "message");
    event.text = lines_of(json, "text");
  } else if (kind == "end") {
    event.stopped = truth_of(json, "stopped");
  } else {
    return std::nullopt;
  }
  return event;
}

void LineCutter::add(std::string_view bytes, std::vector<std::string>* lines) {
  while (!bytes.empty()) {
    const size_t end = bytes.find('\n');
    const std::string_view piece = bytes.substr(0, end);
    if (!dropping_) rest_.append(piece);
    if (rest_.size() > kLongestLine) {
      dropping_ = true;
      rest_.clear();
    }
    if (end == std::string_view::npos) return;
    bytes.remove_prefix(end + 1);
    if (!dropping_) lines->push_back(std::exchange(rest_, {}));
    dropping_ = false;
  }
}

}  // namespace alibi::watch

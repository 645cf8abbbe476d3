#include "collector/change/ground_json.h"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "collector/model/error_codes.h"

namespace alibi::change {
namespace {

using Json = nlohmann::json;
using collector::Distribution;
using collector::ImportedModule;
using collector::Input;
using collector::InputKind;
using collector::InputState;

constexpr size_t kMost = 1'000'000;  // entries of a list
constexpr uint64_t kVersion = 1;

std::string written(std::string_view bytes) {
  std::string text;
  for (const char each : bytes) {
    const auto byte = static_cast<unsigned char>(each);
    if (byte >= 0x80) text += static_cast<char>(0xC0 | (byte >> 6));
    text += static_cast<char>(byte >= 0x80 ? 0x80 | (byte & 0x3F) : byte);
  }
  return text;
}

// JSON texts are UTF-8: nothing but two-byte characters up to U+00FF are ours.
std::optional<std::string> bytes_of(const Json& json) {
  if (!json.is_string()) return std::nullopt;
  const auto& text = json.get_ref<const std::string&>();
  std::string bytes;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto first = static_cast<unsigned char>(text[i]);
    if (first < 0x80) {
      bytes += text[i];
      continue;
    }
    if ((first & 0xFC) != 0xC0 || ++i == text.size()) return std::nullopt;
    bytes += static_cast<char>(((first & 0x03) << 6) | (static_cast<unsigned char>(text[i]) & 0x3F));
  }
  return bytes;
}

Json list_of(const std::vector<std::string>& texts) {
  Json list = Json::array();
  for (const std::string& text : texts) list.push_back(written(text));
  return list;
}

// Takes an object apart; the first thing that is not as it should be makes all of it wrong.
class Reading {
 public:
  explicit Reading(const Json& json) : json_(json) {}
  bool is_good() const { return good_; }

  std::string text(const char* name) {
    const auto found = json_.find(name);
    return checked(found == json_.end() ? std::nullopt : bytes_of(*found));
  }
  std::vector<std::string> texts(const char* name) {
    std::vector<std::string> found;
    for (const Json& each : list(json_, name)) found.push_back(checked(bytes_of(each)));
    return found;
  }
  template <typename Take>
  void each(const char* name, const Take& take) {
    for (const Json& entry : list(json_, name)) take(entry);
  }
  std::string text_in(const Json& from, size_t place) {
    if (from.is_array() && place < from.size()) return checked(bytes_of(from[place]));
    return checked(std::nullopt);
  }
  uint64_t number_in(const Json& from, size_t place, uint64_t most = UINT64_MAX) {
    const bool there = from.is_array() && place < from.size() && from[place].is_number_unsigned();
    const uint64_t number = there ? from[place].get<uint64_t>() : 0;
    if (!there || number > most) good_ = false;
    return good_ ? number : 0;
  }
  std::vector<std::string> texts_in(const Json& from, size_t place) {
    std::vector<std::string> found;
    if (!from.is_array() || place >= from.size() || !from[place].is_array() || from[place].size() > kMost) {
      good_ = false;
      return found;
    }
    for (const Json& each : from[place]) found.push_back(checked(bytes_of(each)));
    return found;
  }
  void blame() { good_ = false; }

 private:
  const Json& list(const Json& from, const char* name) {
    static const Json kNone = Json::array();
    const auto found = from.find(name);
    if (found != from.end() && found->is_array() && found->size() <= kMost) return *found;
    good_ = false;
    return kNone;
  }
  std::string checked(std::optional<std::string> text) {
    if (!text) good_ = false;
    return text ? *std::move(text) : std::string();
  }

  const Json& json_;
  bool good_ = true;
};

Input input_of(const Json& entry, Reading* reading) {
  Input input;
  const uint64_t kind = reading->number_in(entry, 0, static_cast<uint64_t>(InputKind::kOption));
  const uint64_t state = reading->number_in(entry, 1, static_cast<uint64_t>(InputState::kNoValue));
  if (kind == 0 || state == 0) reading->blame();
  input.kind = static_cast<InputKind>(kind);
  input.state = static_cast<InputState>(state);
  input.hash.low = reading->number_in(entry, 2);
  input.hash.high = reading->number_in(entry, 3);
  input.subject = reading->text_in(entry, 4);
  input.detail = reading->text_in(entry, 5);
  return input;
}

}  // namespace

std::string ground_text(const Ground& ground) {
  Json inputs = Json::array(), imported = Json::array(), distributions = Json::array();
  for (const Input& input : ground.inputs)
    inputs.push_back(
        Json::array({static_cast<uint64_t>(input.kind), static_cast<uint64_t>(input.state), input.hash.low,
                     input.hash.high, written(input.subject), written(input.detail)}));
  for (const ImportedModule& module : ground.imported)
    imported.push_back(Json::array({written(module.module), written(module.path)}));
  for (const Distribution& each : ground.distributions)
    distributions.push_back(Json::array(
        {written(each.name), written(each.version), each.editable ? 1U : 0U, list_of(each.modules)}));
  const Json json = {{"version", kVersion},
                     {"root", written(ground.root)},
                     {"root_from_plan", written(ground.root_from_plan)},
                     {"interpreter", written(ground.interpreter)},
                     {"inputs", inputs},
                     {"imported", imported},
                     {"packages", distributions},
                     {"absent", list_of(ground.absent)},
                     {"plugins", list_of(ground.plugins)},
                     {"ignored", list_of(ground.ignored)}};
  return json.dump();
}

Result<Ground> parse_ground(std::string_view text) {
  const Error wrong{collector::kBadRequest, 0, "what the left-out tests rest on is not understood"};
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains("version") || json["version"] != kVersion) return wrong;
  Reading reading(json);
  Ground ground;
  ground.root = reading.text("root");
  ground.root_from_plan = reading.text("root_from_plan");
  ground.interpreter = reading.text("interpreter");
  reading.each("inputs", [&](const Json& entry) { ground.inputs.push_back(input_of(entry, &reading)); });
  reading.each("imported", [&](const Json& entry) {
    ImportedModule module;
    module.module = reading.text_in(entry, 0);
    module.path = reading.text_in(entry, 1);
    ground.imported.push_back(std::move(module));
  });
  reading.each("packages", [&](const Json& entry) {
    Distribution each;
    each.name = reading.text_in(entry, 0);
    each.version = reading.text_in(entry, 1);
    each.editable = reading.number_in(entry, 2, 1) == 1;
    each.modules = reading.texts_in(entry, 3);
    ground.distributions.push_back(std::move(each));
  });
  ground.absent = reading.texts("absent");
  ground.plugins = reading.texts("plugins");
  ground.ignored = reading.texts("ignored");
  if (!reading.is_good()) return wrong;
  return ground;
}

}  // namespace alibi::change

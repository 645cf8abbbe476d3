#include "collector/plan_folder/json_fields.h"

#include <cmath>
#include <optional>

#include "collector/plan_folder/utf8.h"

namespace alibi::plan_folder {
namespace {

using nlohmann::json;

constexpr char kHex[] = "0123456789abcdef";

std::optional<std::string> from_hex(const std::string& hex) {
  std::string bytes;
  const auto digit = [](char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  };
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    const int high = digit(hex[i]);
    const int low = digit(hex[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes += static_cast<char>(high * 16 + low);
  }
  if (hex.size() % 2 != 0) return std::nullopt;
  return bytes;
}

const json& empty_object() {
  static const json none = json::object();
  return none;
}

}  // namespace

nlohmann::ordered_json json_text(const std::string& text) {
  if (is_utf8(text)) return text;
  std::string hex;
  for (const char c : text) {
    hex += kHex[static_cast<uint8_t>(c) >> 4];
    hex += kHex[static_cast<uint8_t>(c) & 0xF];
  }
  return {{"bytes", hex}};
}

JsonFields::JsonFields(const json& object, std::string where, std::string* fault)
    : object_(object.is_object() ? &object : &empty_object()), where_(std::move(where)), fault_(fault) {
  if (!object.is_object()) blame("", "an object");
}

void JsonFields::blame(const std::string& key, const std::string& wanted) const {
  if (!fault_->empty()) return;
  const std::string name = where_ + (where_.empty() || key.empty() ? "" : ".") + key;
  *fault_ = (name.empty() ? "it" : "\"" + name + "\"") + " is not " + wanted;
}

const json* JsonFields::find(const char* key) const {
  if (!fault_->empty()) return nullptr;
  const auto found = object_->find(key);
  if (found != object_->end()) return &*found;
  blame(key, "there");
  return nullptr;
}

bool JsonFields::has(const char* key) const {
  return object_->contains(key);
}

std::string JsonFields::text_value(const json& value, const char* key) const {
  if (value.is_string()) return value.get<std::string>();
  const auto bytes = value.is_object() ? value.find("bytes") : value.end();
  if (value.is_object() && bytes != value.end() && bytes->is_string()) {
    std::optional<std::string> text = from_hex(bytes->get<std::string>());
    if (text) return *std::move(text);
  }
  blame(key, "a text");
  return "";
}

std::string JsonFields::text(const char* key) const {
  const json* value = find(key);
  return value == nullptr ? "" : text_value(*value, key);
}

std::vector<std::string> JsonFields::texts(const char* key) const {
  std::vector<std::string> texts;
  for (const json& value : list(key)) texts.push_back(text_value(value, key));
  return texts;
}

std::map<std::string, std::string> JsonFields::pairs(const char* key) const {
  std::map<std::string, std::string> texts;
  for (const json& pair : list(key)) {
    if (!pair.is_array() || pair.size() != 2) {
      blame(key, "a list of pairs");
      break;
    }
    texts[text_value(pair[0], key)] = text_value(pair[1], key);
  }
  return texts;
}

uint64_t JsonFields::number(const char* key, uint64_t most) const {
  const json* value = find(key);
  if (value == nullptr) return 0;
  if (value->is_number_unsigned() && value->get<uint64_t>() <= most) return value->get<uint64_t>();
  blame(key, "a whole number up to " + std::to_string(most));
  return 0;
}

double JsonFields::real(const char* key) const {
  const json* value = find(key);
  if (value == nullptr) return 0;
  if (value->is_number() && std::isfinite(value->get<double>())) return value->get<double>();
  blame(key, "a number");
  return 0;
}

bool JsonFields::flag(const char* key) const {
  const json* value = find(key);
  if (value == nullptr) return false;
  if (value->is_boolean()) return value->get<bool>();
  blame(key, "true or false");
  return false;
}

const json& JsonFields::object_value(const char* key) const {
  const json* value = find(key);
  if (value != nullptr && !value->is_object()) blame(key, "an object");
  return value != nullptr && value->is_object() ? *value : empty_object();
}

JsonFields JsonFields::object(const char* key) const {
  return {object_value(key), where_ + (where_.empty() ? "" : ".") + key, fault_};
}

const json& JsonFields::list(const char* key) const {
  static const json none = json::array();
  const json* value = find(key);
  if (value != nullptr && !value->is_array()) blame(key, "a list");
  return value != nullptr && value->is_array() ? *value : none;
}

JsonFields JsonFields::element(const json& value, const char* list, size_t index) const {
  return {value, where_ + (where_.empty() ? "" : ".") + list + "[" + std::to_string(index) + "]", fault_};
}

}  // namespace alibi::plan_folder
